import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { styleText } from "node:util";
import { answerCodec } from "../../daemon/protocol/answer-codec.ts";
import { CORPUS } from "../checks/corpus-series.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Arrival, STOPS, type Stop } from "./stops.ts";

const isTerminal = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";

process.exitCode = await tour();

/** @returns 0 if every answer was the right one. */
async function tour(): Promise<number> {
  print("tofu remembers who signed a package and stops when somebody else does.");
  print("Real releases now arrive on a scratch computer with a running tofud.");
  const stage = await openStage();
  let wrong = 0;
  const interrupted = (): void => void stage.close().then(() => process.exit(130));
  process.once("SIGINT", interrupted);
  try {
    for (const stop of STOPS) wrong += await visit(stage, stop);
  } finally {
    process.off("SIGINT", interrupted);
    const code = await stage.close();
    if (code !== 0) {
      wrong += 1;
      process.stderr.write(`tofud ended with ${code}\n`);
    }
  }
  if (wrong > 0) {
    process.stderr.write(`${wrong} of ${STOPS.length} answers were not as they should be\n`);
    return 1;
  }
  print("", `All ${STOPS.length} answers were right; the scratch computer is gone. To use tofu for real:`, "");
  print("  npm run build && npm install --global .", "");
  return 0;
}

/** The command as a person types it with what it prints. @returns 1 if the answer is wrong, else 0. */
async function visit(stage: Stage, stop: Stop): Promise<number> {
  if (stop.story !== undefined) print("", style("bold", stop.story));
  for (const arrival of stop.arrivals) await arrive(stage.downloads, arrival);
  print("", `$ tofu ${stop.words.map(quoted).join(" ")}`);
  // The verdict is asked for first and leaves no trace: what is printed is what a first asking says.
  const verdict = stop.verdict === undefined ? undefined : await askVerdict(stage, stop.words);
  const { exit, output } = await stage.tofu(isTerminal ? ["--color", ...stop.words] : stop.words);
  process.stdout.write(output);
  if (verdict === stop.verdict && exit === stop.exit) return 0;
  process.stderr.write(
    `should be ${stop.verdict ?? "done"}, exit ${stop.exit}; is ${verdict ?? "done"}, exit ${exit}\n`,
  );
  return 1;
}

async function askVerdict(stage: Stage, words: readonly string[]): Promise<string> {
  const { output } = await stage.tofu(["--json", ...words, "--dry-run"]);
  const [line = ""] = output.split("\n");
  const answer = answerCodec.parse(line.startsWith("{") ? JSON.parse(line) : undefined, "");
  return answer.ok && answer.value.type === "judgement" ? answer.value.verdict : `no verdict: ${line.slice(0, 200)}`;
}

async function arrive(downloads: string, { from, as, tampered }: Arrival): Promise<void> {
  const bytes = await readFile(join(CORPUS, "releases", from));
  if (tampered) {
    const middle = bytes.length >> 1;
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  }
  const file = join(downloads, as);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word}"`;
}

function style(name: "bold", text: string): string {
  return isTerminal ? styleText(name, text) : text;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
