import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { openpgpSigner } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import { outcomeOf } from "./outcome.ts";
import { storeCertificates } from "./world.ts";

interface Case {
  readonly title: string;
  readonly now: string;
  readonly pinned: readonly string[];
  readonly expect: string;
  readonly accept?: readonly string[];
}

const FOLDER = "test/vectors";
const FIELDS = new Set(["title", "why", "now", "pinned", "expect", "accept", "reason", "peers"]);

/** Each vector from memory, through digests, with the pin's file itself offered, and with nothing stored. */
const WAYS = [
  { name: "in memory", memoryLimitBytes: 1 << 20, stored: true },
  { name: "by digest", memoryLimitBytes: -1, stored: true },
  { name: "pin offered as key file", memoryLimitBytes: 1 << 20, stored: false },
] as const;

for (const name of readdirSync(FOLDER).sort()) {
  const folder = join(FOLDER, name);
  if (!existsSync(join(folder, "case.json"))) continue;
  // A vector file is ours: its fields are checked by name, their types by what the test does with them.
  const vector = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Case;
  const stranger = Object.keys(vector).filter((field) => !FIELDS.has(field));
  test(`${name} has no unknown field`, () => assert.deepEqual(stranger, []));
  for (const way of WAYS) {
    test(`${name}, ${way.name}: ${vector.title}`, async () => {
      const outcome = await play(folder, vector, way);
      assert.ok([vector.expect, ...(vector.accept ?? [])].includes(outcome), `${outcome}, not ${vector.expect}`);
    });
  }
}

async function play(folder: string, vector: Case, way: (typeof WAYS)[number]): Promise<string> {
  const now = unixMs(Date.parse(vector.now));
  const present = (file: string): readonly string[] => [join(folder, file)].filter((path) => existsSync(path));
  const fileName = parseArtifactFileName("artifact");
  const pinned = vector.pinned.map((text) => {
    const fingerprint = parseFingerprint(text);
    assert.ok(fingerprint.ok);
    return openpgpSigner(fingerprint.value);
  });
  assert.ok(fileName.ok);
  const shelf = await storeCertificates(way.stored ? present("pinned.asc") : [], now);
  const { evidence } = await gatherEvidence(
    {
      path: join(folder, "artifact"),
      fileName: fileName.value,
      version: undefined,
      signatures: [...present("artifact.asc"), ...present("artifact.sig")],
      keys: [...(way.stored ? [] : present("pinned.asc")), ...present("presented.asc")],
      pinned,
      now,
    },
    shelf.world,
    { memoryLimitBytes: way.memoryLimitBytes },
  );
  return outcomeOf(evidence, pinned, now);
}
