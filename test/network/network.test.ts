import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isPrivateAddress, publicLookup } from "../../daemon/network/lookup.ts";
import { readLoopback } from "../../daemon/network/loopback.ts";
import { type FetchLimits, type Network, openNetwork } from "../../daemon/network/network.ts";
import { Turns } from "../../daemon/network/turns.ts";
import { type Internet, openInternet } from "../witnesses/site.ts";

const LIMITS: FetchLimits = { timeoutMs: 10_000, maxBytes: 1000, reach: "public" };

let internet: Internet;
let network: Network;

before(async () => {
  internet = await openInternet();
  network = openNetwork(readLoopback(internet.setting));
});
after(() => internet.close());

describe("the network", () => {
  test("gives what a host has, and asks in the same words for everybody", async () => {
    internet.pages.set("https://sunpy.example/a", Buffer.from("bytes"));
    const fetched = await network.get("https://sunpy.example/a?l=x", LIMITS);
    assert.ok(fetched.kind === "found");
    assert.equal(Buffer.from(fetched.bytes).toString(), "bytes");
    const { host, connection, ...others } = internet.headers();
    assert.deepEqual(others, { accept: "*/*", "user-agent": "tofu" });
    assert.equal(host, "sunpy.example");
  });

  test("tells what is not there from what could not be asked", async () => {
    assert.deepEqual((await network.get("https://sunpy.example/none", LIMITS)).kind, "absent");
    const nobody = openNetwork({ ...(readLoopback(internet.setting) ?? { ca: "", unusual: "" }), port: 1 });
    const fetched = await nobody.get("https://sunpy.example/none", LIMITS);
    assert.ok(fetched.kind === "failed" && fetched.code === "ECONNREFUSED");
  });

  test("believes no host that its own authority does not vouch for", async () => {
    const fetched = await network.get("https://elsewhere.example/a", LIMITS);
    assert.ok(fetched.kind === "failed");
    assert.equal(fetched.code, "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  test("takes no more than it was asked to", async () => {
    internet.pages.set("https://sunpy.example/large", Buffer.alloc(1001));
    const fetched = await network.get("https://sunpy.example/large", LIMITS);
    assert.ok(fetched.kind === "failed");
    assert.equal(fetched.detail, "has more than 1000 bytes");
  });

  test("waits for nobody longer than that, in a queue neither", async () => {
    internet.stuck.add("https://sunpy.example/stuck");
    const asked = Array.from({ length: 12 }, () =>
      network.get("https://sunpy.example/stuck", { ...LIMITS, timeoutMs: 200 }),
    );
    for (const fetched of await Promise.all(asked)) {
      assert.ok(fetched.kind === "failed");
      assert.equal(fetched.detail, "did not answer within 0.2 seconds");
    }
    assert.equal(internet.asked.filter((address) => address.endsWith("/stuck")).length, 4);
  });

  for (const address of [
    "http://sunpy.example/a",
    "file:///etc/passwd",
    "https://user@sunpy.example/a",
    "https://127.0.0.1/a",
    "https://[::1]/a",
    "https://2130706433/a",
    "https://0x7f.1/a",
    "not an address",
  ])
    test(`asks nobody at ${address}`, async () => {
      const before = internet.asked.length;
      const fetched = await network.get(address, LIMITS);
      assert.ok(fetched.kind === "failed");
      assert.equal(fetched.detail, "is no address that can be asked");
      assert.equal(internet.asked.length, before);
    });
});

test("a name that leads to this machine or its own network is not followed", async () => {
  const fetched = await openNetwork().get("https://localhost:1/a", LIMITS);
  assert.ok(fetched.kind === "failed");
  assert.equal(fetched.code, "EPRIVATE");
  const found = await new Promise<string | undefined>((resolve) => {
    publicLookup("localhost", { all: true }, (error) => resolve(error?.code));
  });
  assert.equal(found, "EPRIVATE");
  const rows: readonly (readonly [string, 4 | 6, boolean])[] = [
    ["127.0.0.1", 4, true],
    ["10.1.2.3", 4, true],
    ["172.31.255.255", 4, true],
    ["192.168.1.1", 4, true],
    ["169.254.169.254", 4, true],
    ["100.64.0.1", 4, true],
    ["0.0.0.0", 4, true],
    ["224.0.0.1", 4, true],
    ["255.255.255.255", 4, true],
    ["172.32.0.1", 4, false],
    ["8.8.8.8", 4, false],
    ["::1", 6, true],
    ["::", 6, true],
    ["fe80::1", 6, true],
    ["fd00::1", 6, true],
    ["::ffff:127.0.0.1", 6, true],
    ["::ffff:8.8.8.8", 6, false],
    ["64:ff9b::7f00:1", 6, true],
    ["2001:db8::1", 6, false],
  ];
  for (const [address, family, wanted] of rows) assert.equal(isPrivateAddress(address, family), wanted, address);
});

test("turns are given in order, and to nobody who has given up", async () => {
  const turns = new Turns(1);
  const never = new AbortController().signal;
  const first = await turns.take(never);
  const impatient = new AbortController();
  const second = turns.take(impatient.signal);
  const third = turns.take(never);
  impatient.abort();
  assert.equal(await second, undefined);
  first?.end();
  assert.ok((await third) !== undefined);
});

test("the exception for tests is a port of this machine and an authority, or a wrong use", () => {
  const folder = mkdtempSync(join(tmpdir(), "tofu-loop-"));
  try {
    writeFileSync(join(folder, "ca.pem"), "authority");
    assert.equal(readLoopback(undefined), undefined);
    assert.equal(readLoopback(""), undefined);
    const { unusual, ...loopback } = readLoopback(`4433:${join(folder, "ca.pem")}`) ?? { unusual: "" };
    assert.deepEqual(loopback, { port: 4433, ca: "authority" });
    assert.match(unusual, /port 4433/);
    for (const setting of ["4433", "4433:ca.pem", `70000:${folder}/ca.pem`, `0:${folder}/ca.pem`, `1:${folder}/none`])
      assert.throws(() => readLoopback(setting), { name: "UsageError" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
