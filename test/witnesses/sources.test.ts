import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { parseVersion } from "../../daemon/core/artifact-name.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { openpgpSigner, type SignerId } from "../../daemon/core/signer.ts";
import type { Fetched, Network } from "../../daemon/network/network.ts";
import { addressOf } from "../../daemon/witnesses/address.ts";
import { distributionWitnesses } from "../../daemon/witnesses/distribution-keys.ts";
import { githubWitnesses } from "../../daemon/witnesses/github.ts";
import { keyServerWitnesses } from "../../daemon/witnesses/key-server.ts";
import { namedKeys } from "../../daemon/witnesses/named-keys.ts";
import { pinFileWitnesses, type VerifyPinFile } from "../../daemon/witnesses/pin-files.ts";
import type { Asking, Said, Witness } from "../../daemon/witnesses/witness.ts";
import { must, PACKAGE, time } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";

let place: GpgPlace;
let alice = "";
let bob = "";
let gone = "";

before(() => {
  place = openGpgPlace();
  alice = place.makeKey("Alice <alice@sunpy.example>");
  bob = place.makeKey("Bob <bob@sunpy.example>");
  gone = place.makeKey("Gone <gone@sunpy.example>");
  revoke(gone);
});
after(() => place.close());

/** gpg's own certificate for that says no reason, which counts as the worst one. */
function revoke(key: string): void {
  const text = Buffer.from(place.read(`openpgp-revocs.d/${key}.rev`)).toString();
  place.gpg("--import", place.write("revocation", text.replace(":-----BEGIN", "-----BEGIN")));
}

const id = (key: string): SignerId => openpgpSigner(must(parseFingerprint(key)));
const exported = (...keys: readonly string[]): Uint8Array => new Uint8Array(place.gpg("--export", ...keys));
const pages = (...found: readonly (readonly [string, Uint8Array])[]): Network & { readonly asked: string[] } => {
  const asked: string[] = [];
  const get = async (url: string): Promise<Fetched> => {
    asked.push(url);
    const bytes = new Map(found).get(url);
    return bytes === undefined ? { kind: "absent", detail: "answered 404" } : { kind: "found", bytes };
  };
  return { get, asked };
};
const nowhere: Network = { get: async () => ({ kind: "failed", detail: "is away", code: "ECONNREFUSED" }) };

function asking(rest: Partial<Asking> & { readonly from?: string } = {}): Asking {
  const address = addressOf(rest.from ?? "Alice <alice@sunpy.example>");
  return {
    package: PACKAGE,
    version: must(parseVersion("6.0.4")),
    signers: [id(alice)],
    addresses: address === undefined ? [] : [address],
    now: time("2026-09-14"),
    ...rest,
  };
}

async function said(witnesses: readonly Witness[]): Promise<Said> {
  const [witness] = witnesses;
  const answer = await witness?.ask(AbortSignal.timeout(20_000));
  assert.ok(answer !== undefined);
  return answer;
}

const summary = ({ names, against = [], silence }: Said): readonly unknown[] => [
  names.map(({ signer, by }) => `${by} ${signer}`),
  against,
  silence,
];

describe("keys that a server or a file gives", () => {
  test("all of them are named, or those of an address", async () => {
    const all = await namedKeys(exported(alice, bob), { by: "listing" });
    assert.deepEqual(new Set(all.names.map(({ signer }) => signer)), new Set([id(alice), id(bob)]));
    const address = must({ ok: true, value: addressOf("BOB@sunpy.example") } as const);
    const one = await namedKeys(exported(alice, bob), {
      by: "address",
      addresses: address === undefined ? [] : [address],
    });
    assert.deepEqual(summary(one), [[`address ${id(bob)}`], [], undefined]);
  });

  test("a key that its owner revoked speaks against its signer", async () => {
    assert.deepEqual(summary(await namedKeys(exported(gone), { by: "listing" })), [[], [id(gone)], undefined]);
  });

  test("what is no key names nobody", async () => {
    assert.deepEqual(summary(await namedKeys(Buffer.from("no key"), { by: "listing" })), [[], [], "no-key"]);
  });
});

describe("key servers", () => {
  const vks = "https://keys.example/vks/v1/by-email/alice%40sunpy.example";
  const hkp = (key: string): string => `https://keys.example/pks/lookup?op=get&options=mr&search=0x${key}`;
  const server = (network: Network, rest = {}): Promise<Said> =>
    said(keyServerWitnesses(network, ["keys.example"], asking(rest)));

  test("one that verified the address names its key", async () => {
    const network = pages([vks, exported(alice)], [hkp(alice), exported(alice)]);
    assert.deepEqual(summary(await server(network)), [[`address ${id(alice)}`], [], undefined]);
    assert.deepEqual(network.asked, [vks]);
  });

  test("a key that is put under an address which it does not claim is not that address's", async () => {
    assert.deepEqual(summary(await server(pages([vks, exported(bob)]))), [[], [], "no-key"]);
  });

  test("one that only has the key", async () => {
    assert.deepEqual(summary(await server(pages([hkp(alice), exported(alice)]))), [
      [`bare-key ${id(alice)}`],
      [],
      undefined,
    ]);
  });

  test("one that gives another key than the one asked for says nothing", async () => {
    assert.deepEqual(summary(await server(pages([hkp(alice), exported(bob)]))), [[], [], "no-key"]);
  });

  test("one that has the key revoked speaks against it", async () => {
    const asked = { signers: [id(gone)], from: "nobody" };
    assert.deepEqual(summary(await server(pages([hkp(gone), exported(gone)]), asked)), [[], [id(gone)], undefined]);
  });

  test("one that has nothing, and one that is away", async () => {
    assert.deepEqual(summary(await server(pages())), [[], [], "no-key"]);
    assert.deepEqual(summary(await server(nowhere)), [[], [], "unreachable"]);
  });

  test("its controller is its host, whatever the port", () => {
    const [witness] = keyServerWitnesses(nowhere, ["keys.example:8443"], asking());
    assert.deepEqual(witness?.controller, { kind: "host", host: "keys.example" });
  });
});

describe("accounts", () => {
  test("all users of a package are one answer", async () => {
    const network = pages(
      ["https://github.com/alice.gpg", exported(alice)],
      ["https://github.com/bob.gpg", exported(bob)],
    );
    const answer = await said(githubWitnesses(network, ["alice", "bob", "carol"], asking()));
    assert.deepEqual(summary(answer), [[`listing ${id(alice)}`, `listing ${id(bob)}`], [], undefined]);
  });

  test("the owner of the repository is asked as well, and nobody whom only the key names", async () => {
    const network = pages();
    const repository = must(parsePackageName("pkg:github/Cadair/parfive"));
    const from = "Alice <123+alice-b@users.noreply.github.com>";
    assert.deepEqual(summary(await said(githubWitnesses(network, [], asking({ package: repository, from })))), [
      [],
      [],
      "no-key",
    ]);
    assert.deepEqual(network.asked, ["https://github.com/cadair.gpg"]);
  });

  test("where nobody is known there, nobody is asked", () => {
    assert.deepEqual(githubWitnesses(nowhere, [], asking()), []);
  });

  test("one who can't be reached is silent", async () => {
    assert.deepEqual(summary(await said(githubWitnesses(nowhere, ["alice"], asking()))), [[], [], "unreachable"]);
  });
});

describe("keys of a distribution", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["a key file by the package's name", "sunpy.asc"],
    ["a binary keyring by its name", "sunpy.gpg"],
    ["a source package's folder", "sunpy/debian/upstream/signing-key.asc"],
    ["one with the version", "sunpy-6.0.4/debian/upstream/signing-key.asc"],
  ];
  for (const [name, path] of rows)
    test(name, async () => {
      const folder = place.path("distribution");
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(place.path(`distribution/${path}/..`).replace(/\/[^/]+\/\.\.$/, ""), { recursive: true });
      writeFileSync(`${folder}/${path}`, exported(alice));
      const answer = await said(distributionWitnesses([folder], asking()));
      assert.deepEqual(summary(answer), [[`listing ${id(alice)}`], [], undefined]);
    });

  test("a source package that was unpacked", async () => {
    const folder = place.path("sunpy-6.0.3");
    mkdirSync(`${folder}/debian/upstream`, { recursive: true });
    writeFileSync(`${folder}/debian/upstream/signing-key.asc`, exported(bob));
    assert.deepEqual((await said(distributionWitnesses([folder], asking()))).names.length, 1);
    const astropy = must(parsePackageName("pkg:pypi/astropy"));
    assert.equal((await said(distributionWitnesses([folder], asking({ package: astropy })))).silence, "no-key");
  });

  test("a folder without the package has no key, and so has one that is not there", async () => {
    assert.equal((await said(distributionWitnesses([place.path("openpgp-revocs.d")], asking()))).silence, "no-key");
    assert.equal((await said(distributionWitnesses([place.path("nowhere")], asking()))).silence, "no-key");
  });
});

describe("pin files", () => {
  const unsigned: VerifyPinFile = async () => ({ kind: "unchecked" });
  const ask = (text: string, verify: VerifyPinFile = unsigned, signature?: string): Promise<Said> => {
    const path = place.write("pins", text);
    rmSync(place.path("pins.sig"), { force: true });
    if (signature !== undefined) place.write("pins.sig", signature);
    return said(pinFileWitnesses([path], asking(), verify));
  };
  const line = (key: string, more = ""): string => `pkg:pypi/sunpy openpgp:${key}${more}\n`;

  test("its signers of the package are named, with the day they were first seen", async () => {
    const answer = await ask(line(alice, " first=2026-01-02T00:00:00Z") + line(bob));
    assert.deepEqual(
      new Map(answer.names.map(({ signer, firstSeen }) => [signer, firstSeen])),
      new Map([
        [id(alice), time("2026-01-02")],
        [id(bob), undefined],
      ]),
    );
    assert.deepEqual(answer.controller, { kind: "unsigned-files" });
  });

  test("whom it has revoked or distrusted it speaks against, whoever retired it does not name", async () => {
    const answer = await ask(
      `@distrusted * openpgp:${bob}\n@revoked pkg:pypi/sunpy openpgp:${gone}\n@retired pkg:pypi/sunpy openpgp:${alice}\n`,
    );
    assert.deepEqual([answer.names, new Set(answer.against)], [[], new Set([id(bob), id(gone)])]);
  });

  test("who may only hand over is not named", async () => {
    assert.equal((await ask(line(alice, " roles=handover"))).silence, "not-listed");
  });

  test("a file without the package says nothing of it", async () => {
    assert.equal((await ask(`pkg:pypi/astropy openpgp:${alice}\n`)).silence, "not-listed");
  });

  test("a file that takes too long to read can't be used", async () => {
    const [witness] = pinFileWitnesses([place.write("pins", "\n".repeat((4 << 20) + 1))], asking(), unsigned);
    await assert.rejects(async () => await witness?.ask(AbortSignal.timeout(20_000)), { code: "file-unreadable" });
  });

  test("who signed it is its controller", async () => {
    const answer = await ask(line(alice), async () => ({ kind: "signed", signers: [id(bob)] }), "a signature");
    assert.deepEqual(answer.controller, { kind: "file-signer", signer: id(bob) });
  });

  for (const [name, text, verify] of [
    ["whose signature does not fit", () => line(alice), async () => ({ kind: "refused" as const })],
    ["that has expired", () => `@format 1\n@expires 2026-09-13T00:00:00Z\n${line(alice)}`, unsigned],
    ["that is hostile", () => `${line(alice)}pkg:pypi/* openpgp:${bob}\n`, unsigned],
  ] as const)
    test(`a file ${name} can't be used`, async () => {
      assert.deepEqual(summary(await ask(text(), verify, "a signature")), [[], [], "unusable"]);
    });
});
