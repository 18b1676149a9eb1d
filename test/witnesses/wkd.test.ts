import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Fetched, Network } from "../../daemon/network/network.ts";
import { addressOf } from "../../daemon/witnesses/address.ts";
import type { Asking } from "../../daemon/witnesses/witness.ts";
import { wkdAddresses, wkdWitnesses, zBase32 } from "../../daemon/witnesses/wkd.ts";
import { PACKAGE, time } from "../core/scene.ts";

test("an address is asked for where the draft's own example says", () => {
  const address = addressOf("Joe.Doe@Example.ORG");
  assert.ok(address !== undefined);
  assert.deepEqual(wkdAddresses(address), {
    advanced:
      "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe",
    direct: "https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe",
  });
});

test("z-base-32 says the bytes and nothing else", () => {
  const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769";
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const bits = [...zBase32(bytes)].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
      const back = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
      assert.deepEqual(back.slice(0, bytes.length), [...bytes]);
      assert.match(bits.slice(bytes.length * 8), /^0{0,4}$/);
    }),
  );
});

/** Answers by address, and notes who was asked. */
function network(answers: (url: string) => Fetched): { readonly network: Network; readonly asked: string[] } {
  const asked: string[] = [];
  const get: Network["get"] = async (url, { reach }) => {
    assert.equal(reach, "public");
    asked.push(new URL(url).hostname);
    return answers(url);
  };
  return { network: { get }, asked };
}

const gone: Fetched = { kind: "failed", detail: "could not be asked (ENOTFOUND)", code: "ENOTFOUND" };
const away: Fetched = { kind: "failed", detail: "could not be asked (ECONNREFUSED)", code: "ECONNREFUSED" };
const absent: Fetched = { kind: "absent", detail: "answered 404" };

function asking(...userIds: readonly string[]): Asking {
  const addresses = userIds.flatMap((userId) => addressOf(userId) ?? []);
  return { package: PACKAGE, version: undefined, signers: [], addresses, now: time("2026-09-14") };
}

const ROWS: readonly {
  readonly name: string;
  readonly answers: (url: string) => Fetched;
  readonly asked: readonly string[];
  readonly silence: string;
}[] = [
  {
    name: "the domain's own host is asked only where there is no host for keys",
    answers: (url) => (url.includes("//openpgpkey.") ? gone : absent),
    asked: ["openpgpkey.sunpy.example", "sunpy.example"],
    silence: "no-key",
  },
  {
    name: "a host for keys that has none is the answer",
    answers: () => absent,
    asked: ["openpgpkey.sunpy.example"],
    silence: "no-key",
  },
  {
    name: "a host that is away says nothing",
    answers: () => away,
    asked: ["openpgpkey.sunpy.example"],
    silence: "unreachable",
  },
  {
    name: "a domain that does not exist has no key",
    answers: () => gone,
    asked: ["openpgpkey.sunpy.example", "sunpy.example"],
    silence: "no-key",
  },
  {
    name: "what is no key names nobody",
    answers: () => ({ kind: "found", bytes: Buffer.from("<html>hello</html>") }),
    asked: ["openpgpkey.sunpy.example"],
    silence: "no-key",
  },
];
for (const { name, answers, asked, silence } of ROWS)
  test(name, async () => {
    const net = network(answers);
    const [witness] = wkdWitnesses(net.network, asking("Stuart <stuart@sunpy.example>"));
    const said = await witness?.ask(AbortSignal.timeout(1000));
    assert.deepEqual([net.asked, said?.names, said?.silence], [asked, [], silence]);
  });

test("each mail domain is one witness, a few at most", () => {
  const many = Array.from({ length: 9 }, (_, index) => `a@d${index}.example`);
  const witnesses = wkdWitnesses(network(() => absent).network, asking("x@d0.example", ...many));
  assert.deepEqual(
    witnesses.map(({ source }) => source),
    ["d0.example", "d1.example", "d2.example", "d3.example"],
  );
});

test("only an address with a host by name can be asked about", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Stuart <Stuart@SunPy.example>", "Stuart@sunpy.example"],
    ["stuart@sunpy.example", "stuart@sunpy.example"],
    ["Stuart (work) <s+x@sunpy.example> ", "s+x@sunpy.example"],
    ["Stuart", undefined],
    ["Stuart <stuart@localhost>", undefined],
    ["Stuart <stuart@127.0.0.1>", undefined],
    ["Stuart <stuart@[::1]>", undefined],
    ["Stuart <stuart@10.1>", undefined],
    ["Stuart <stuart@sunpy.example/../x>", undefined],
    ["Stuart <stuart@sunpy.example:22>", undefined],
    ["Stuart <a@b@sunpy.example>", undefined],
    ["Stuart <stuart@-x.example>", undefined],
    ["Stuart <stuart@ex\u202eample.org>", undefined],
    [`Stuart <${"a".repeat(65)}@sunpy.example>`, undefined],
  ];
  for (const [userId, wanted] of rows) {
    const found = addressOf(userId);
    assert.equal(found === undefined ? undefined : `${found.local}@${found.domain}`, wanted, userId);
  }
});
