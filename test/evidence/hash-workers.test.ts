import assert from "node:assert/strict";
import { appendFileSync, truncateSync } from "node:fs";
import { basename } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { readArtifact } from "../../daemon/evidence/artifact-document.ts";
import { openArtifact } from "../../daemon/evidence/artifact-file.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import type { Gathered, GatherWorld } from "../../daemon/evidence/gathering.ts";
import { type HashJob, HashWorkers } from "../../daemon/evidence/hash-workers.ts";
import { DIES, HANGS, THROWS } from "./fake-hash-worker.ts";
import { type GpgPlace, openGpgPlace } from "./gpg.ts";

const MIB: number = 1 << 20;
const GIB: number = 1 << 30;
const EMPTY: GatherWorld = {
  storedCertificate: async () => undefined,
  storedPrimaryOf: async () => undefined,
  keyring: undefined,
  onProgress: () => undefined,
};

function isFault(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof TofuError && error.code === code && words.test(error.message);
}

describe("workers that hash", () => {
  let place: GpgPlace;
  let alice: string;
  const workers = new HashWorkers({ maxWorkers: 2 });

  before(() => {
    place = openGpgPlace();
    alice = place.makeKey("Alice <alice@example.org>");
    place.exportKey(alice, "KEYS");
  });
  after(async () => {
    await workers.close();
    place.close();
  });

  async function gather(path: string, signatures: readonly string[], world: Partial<GatherWorld>): Promise<Gathered> {
    const fileName = parseArtifactFileName(basename(path));
    assert.ok(fileName.ok);
    const asked = { path, fileName: fileName.value, version: undefined, signatures, keys: [], pinned: [] };
    return await gatherEvidence({ ...asked, now: unixMs(Date.now()) }, { ...EMPTY, ...world });
  }

  const rows: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ["SHA-256 alone", [["--digest-algo", "SHA256"]]],
    ["SHA-512 beside the file's own SHA-256", [["--digest-algo", "SHA512"]]],
    ["a text signature", [["--digest-algo", "SHA512", "--textmode"]]],
    [
      "four signatures of three hashes, text and binary",
      [
        ["--digest-algo", "SHA256"],
        ["--digest-algo", "SHA512"],
        ["--digest-algo", "SHA384", "--textmode"],
        ["--digest-algo", "SHA256", "--textmode"],
      ],
    ],
  ];
  for (const [index, [name, ways]] of rows.entries())
    test(`find what reading here finds: ${name}`, async () => {
      const lines = Array.from({ length: 90_000 }, (_, n) => `line ${n * (index + 1)} of the file\n`).join("");
      const path = place.write(`f${index}`, lines);
      const signatures = ways.map((way, n) => {
        const signature = `${path}.${n}.sig`;
        place.gpg(...way, "--local-user", alice, "--output", signature, "--detach-sign", path);
        return signature;
      });
      const progress: number[] = [];
      const onProgress = (done: number): number => progress.push(done);
      const here = await gather(path, signatures, {});
      const there = await gather(path, signatures, { hashers: workers, onProgress });
      const timeless = ({ evidence }: Gathered): unknown => ({
        ...evidence,
        certificates: evidence.certificates.length,
      });
      assert.deepEqual(timeless(there), timeless(here));
      assert.deepEqual(
        there.evidence.signatures.map(({ kind }) => kind),
        ways.map(() => "verified"),
      );
      assert.equal(progress.at(-1), lines.length);
    });

  test("a file that grew or shrank since it was opened is changing", async () => {
    for (const change of [appendFileSync, (path: string) => truncateSync(path, 3 * MIB)]) {
      const path = place.write("moving", new Uint8Array(4 * MIB));
      const file = await openArtifact(path);
      change(path, "more");
      const reading = readArtifact(file, [], { ...EMPTY, hashers: workers, memoryLimitBytes: MIB });
      await assert.rejects(reading, isFault("file-changing", /changed while it was read/));
      await file.close();
    }
  });

  test("a reading that nobody waits for any more ends", async () => {
    const path = place.write("large", "");
    truncateSync(path, 64 * GIB);
    const file = await openArtifact(path);
    const gone = new AbortController();
    const reading = readArtifact(file, [], {
      hashers: workers,
      gone: gone.signal,
      memoryLimitBytes: MIB,
      onProgress: () => gone.abort(),
    });
    await assert.rejects(reading, isFault("abandoned", /nobody waits/));
    await file.close();
  });
});

describe("workers that fail", () => {
  const program = new URL("./fake-hash-worker.js", import.meta.url);
  const workers = new HashWorkers({ maxWorkers: 1, stallMs: 5000, program });
  after(() => workers.close());
  const job = (size: number): HashJob => ({
    size,
    path: "/a/file",
    descriptor: 0,
    signatures: [],
    document: false,
    onProgress: () => undefined,
    gone: undefined,
  });

  for (const [name, size, words] of [
    ["dies", DIES, /\/a\/file could not be read to its end: .*its thread ended/],
    ["throws", THROWS, /\/a\/file could not be read to its end: .*out of order/],
    ["hangs", HANGS, /\/a\/file could not be read to its end: .*nothing came for 5 s/],
  ] as const)
    test(`one that ${name} is a fault with the file's name, and another takes its place`, async () => {
      const failing = assert.rejects(workers.hash(job(size)), isFault("file-unreadable", words));
      // It waits for the only worker, and gets the one that follows it.
      const next = workers.hash(job(100));
      await failing;
      assert.equal((await next).bytes, 100);
    });

  test("what is asked beyond their number waits in line", async () => {
    const sizes = [10, 20, 30, 40, 50];
    const done = await Promise.all(sizes.map((size) => workers.hash(job(size))));
    assert.deepEqual(
      done.map(({ bytes }) => bytes),
      sizes,
    );
  });
});
