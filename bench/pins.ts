import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../daemon/embedded.ts";
import { parsePinFile } from "../daemon/pinfile/parse.ts";
import type { Answer } from "../daemon/protocol/answer.ts";
import type { Request } from "../daemon/protocol/request.ts";
import { manyPins } from "./many-pins.ts";

// Imports and exports many pins: `node dist/bench/pins.js [COUNT]`. The measure is the parse of the same file, in
// processor time, so that what else runs on the machine does not count.

const COUNT = Number(process.argv[2] ?? 100_000);
const PARSES = 3;

interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const folder = mkdtempSync(join(tmpdir(), "tofu-bench-"));
try {
  const file = join(folder, "known_keys");
  writeFileSync(file, manyPins(COUNT));
  const bytes = readFileSync(file);
  const parses = Array.from({ length: PARSES }, () => cpuSeconds(() => void parsePinFile(bytes)));
  const parse = parses.toSorted((a, b) => a - b)[1] ?? 0;
  tell(`${COUNT} pins, ${(bytes.length / 1e6).toFixed(1)} MB: parsed in ${parse.toFixed(2)} s of processor time`);
  const importing = { do: "import", file, isStdin: false, label: "known_keys", from: "known_keys", keys: [] } as const;
  const flags = { dryRun: false, preferImported: false, claimed: { pid: process.pid, parent: "bench" } } as const;
  const [taken] = await ask("store", { ...importing, ...flags });
  tell(`import: ${told(taken, parse)}`);
  const [written, answers] = await ask("store", { do: "export", for: "known_keys", header: false });
  tell(`export: ${told(written, parse)}`);
  const text = answers.map((answer) => (answer.type === "text" ? answer.text : "")).join("");
  tell(Buffer.from(text).equals(bytes) ? "the export is the file, byte by byte" : "the export differs from the file");
  tell(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Asks as the command line does without a daemon: from opening the store to closing it. */
async function ask(store: string, request: Request): Promise<readonly [Taken, readonly Answer[]]> {
  const answers: Answer[] = [];
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  const places = { configFile: undefined, policyFile: undefined, at: undefined, env: { HOME: folder } } as const;
  const tofu = await openEmbedded({ store: join(folder, store), storeGiven: true, ...places });
  await tofu.ask(request, (answer) => {
    if (answer.type === "text") answers.push(answer);
  });
  await tofu.close();
  return [{ seconds: (performance.now() - from) / 1000, cpuSeconds: sum(process.cpuUsage(cpu)) }, answers];
}

function told({ seconds, cpuSeconds: cpu }: Taken, parse: number): string {
  return `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time, ${(cpu / parse).toFixed(1)} times the parse`;
}

function cpuSeconds(work: () => void): number {
  const from = process.cpuUsage();
  work();
  return sum(process.cpuUsage(from));
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
