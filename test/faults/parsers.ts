import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseConfig } from "../../daemon/config/config.ts";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { cutChainFile } from "../../daemon/core/chain-file.ts";
import { parseStatement } from "../../daemon/core/statement.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import type { GatherWorld } from "../../daemon/evidence/gathering.ts";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { parseEnvelope } from "../../daemon/protocol/request-codec.ts";
import { PROJECT } from "../checks/places.ts";
import { must } from "../core/event-arbitrary.ts";
import { chainOf, packageName, pinFileArbitrary } from "../pinfile/samples.ts";
import type { Fault, Trial } from "./fault.ts";

const RUNS = 10_000;
const HANG_MS = 1000;
const NOW = unixMs(Date.parse("2026-06-01T00:00:00Z"));
const WORLD: GatherWorld = {
  storedCertificate: async () => undefined,
  storedPrimaryOf: async () => undefined,
  keyring: undefined,
  onProgress: () => undefined,
};

/** Feeds a parser with bytes. @returns whether it took what it must never take. */
type Feed = (bytes: Uint8Array) => boolean | Promise<boolean>;

interface Target {
  readonly parser: string;
  readonly seeds: readonly Uint8Array[];
  readonly feed: Feed;
}

export const mutations: readonly Fault[] = [
  fault("signature", (trial) => evidenceTarget(trial, "signature")),
  fault("certificate", (trial) => evidenceTarget(trial, "certificate")),
  fault("known_keys", () => ({
    parser: "known_keys",
    seeds: fc.sample(pinFileArbitrary, { numRuns: 40, seed: 7 }).map((file) => Buffer.from(formatPinFile(file))),
    feed: (bytes) => {
      const read = parsePinFile(bytes);
      // What is taken must be written and read as the same.
      return (
        read.ok &&
        formatPinFile(must(parsePinFile(Buffer.from(formatPinFile(read.value))))) !== formatPinFile(read.value)
      );
    },
  })),
  fault("statement", () => ({
    parser: "statement",
    seeds: chainOf(packageName("pkg:pypi/orbit"), 3).map(({ bytes }) => bytes),
    feed: (bytes) => {
      parseStatement(bytes);
      for (const { statement } of cutChainFile(bytes).parts) parseStatement(statement);
      return false;
    },
  })),
  fault("request", () => ({
    parser: "request",
    seeds: ['{"v":1,"request":{"do":"why","package":"orbit","prove":true,"files":["/tmp/a"]}}'].map((line) =>
      Buffer.from(line),
    ),
    feed: (bytes) => {
      parseEnvelope(Buffer.from(bytes).toString("utf8"));
      return false;
    },
  })),
  fault("configuration", () => ({
    parser: "configuration",
    seeds: ['[watch]\nfolders = ["~/in"]\nsignature-wait = "5m"\n[policy]\nunsigned = "deny"\n'].map((text) =>
      Buffer.from(text),
    ),
    feed: (bytes) => {
      parseConfig(Buffer.from(bytes).toString("utf8"), "config.toml");
      return false;
    },
  })),
];

function fault(name: string, targetOf: (trial: Trial) => Target): Fault {
  return {
    name: `random and mutated bytes to the parser: ${name}`,
    run: async (trial) => {
      const { seeds, feed } = targetOf(trial);
      const runs = trial.times(RUNS);
      let [crashes, hangs, wrong, slowest] = [0, 0, 0, 0];
      let first = "";
      for (let run = 0; run < runs; run += 1) {
        const bytes = mutated(seeds[Math.floor(trial.random() * seeds.length)] ?? Buffer.alloc(0), trial.random);
        const began = performance.now();
        try {
          if (await feed(bytes)) wrong += 1;
        } catch (cause) {
          crashes += 1;
          first ||= ` (${String(cause).slice(0, 100)} at run ${run})`;
        }
        const took = performance.now() - began;
        slowest = Math.max(slowest, took);
        if (took > HANG_MS) hangs += 1;
      }
      const figure = `${runs} runs, ${crashes} crashes${first}, ${hangs} over 1 s (slowest ${Math.round(slowest)} ms), ${wrong} taken that must not be`;
      return { kind: "ran", figure, passed: crashes + hangs + wrong === 0 };
    },
  };
}

/** The real road from files to evidence, with one byte more behind the artifact: nothing may verify. */
function evidenceTarget(trial: Trial, what: "signature" | "certificate"): Target {
  const vectors = readdirSync(join(PROJECT, "test/vectors"))
    .map((name) => join(PROJECT, "test/vectors", name))
    .filter((path) => existsSync(join(path, "pinned.asc")) && existsSync(join(path, "artifact.asc")))
    // A file of some MiB each time would measure the disk.
    .filter((path) => readFileSync(join(path, "artifact")).length < 100_000);
  const [folder, fileName] = [trial.folder(), must(parseArtifactFileName("artifact"))];
  const [path, signature, key] = ["artifact", "artifact.asc", "key.asc"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const file = what === "signature" ? "artifact.asc" : "pinned.asc";
  let at = 0;
  return {
    parser: what,
    seeds: vectors.map((vector) => readFileSync(join(vector, file))),
    feed: async (bytes) => {
      const vector = vectors[at % vectors.length] ?? "";
      at += 1;
      writeFileSync(path, Buffer.concat([readFileSync(join(vector, "artifact")), Buffer.from("!")]));
      writeFileSync(signature, what === "signature" ? bytes : readFileSync(join(vector, "artifact.asc")));
      writeFileSync(key, what === "certificate" ? bytes : readFileSync(join(vector, "pinned.asc")));
      const question = {
        path,
        fileName,
        version: undefined,
        signatures: [signature],
        keys: [key],
        pinned: [],
        now: NOW,
      };
      const { evidence } = await gatherEvidence(question, WORLD);
      return evidence.signatures.some(({ kind }) => kind === "verified");
    },
  };
}

/** One in four is random altogether. */
function mutated(seed: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  if (random() < 0.25) return Uint8Array.from({ length: below(600) }, () => below(256));
  let bytes = Buffer.from(seed);
  for (let edit = 0; edit <= below(4); edit += 1) {
    const at = below(bytes.length + 1);
    const head = bytes.subarray(0, at);
    const edits = [
      () => Buffer.concat([head, bytes.subarray(at + 1 + below(40))]),
      () => Buffer.concat([head, Buffer.from([below(256)]), bytes.subarray(at)]),
      () => Buffer.concat([head, bytes.subarray(below(bytes.length), below(bytes.length)), bytes.subarray(at)]),
      () => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << below(8)) : byte))),
    ];
    bytes = edits[below(edits.length)]?.() ?? bytes;
  }
  return bytes;
}
