import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { answerCodec } from "../../daemon/protocol/answer-codec.ts";
import type { JudgementLine } from "../../daemon/protocol/judgement-line.ts";
import { TOFU } from "./places.ts";

/** A command that takes longer has hung: the slowest answer of these checks takes a few seconds. */
const COMMAND_LIMIT_MS = 60_000;

/** What one command said. */
export interface Said {
  /** The exit code, or the name of the signal that ended the command. */
  readonly exit: number | string;
  readonly answers: readonly Answer[];
  readonly judgement: JudgementLine | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The words after `tofu`, for a message. */
  readonly words: readonly string[];
}

/** A computer that never saw a package: an empty home with a store of its own. */
export interface Machine {
  readonly home: string;
  /** Runs the real command line with `--json` as of that moment, without a daemon. */
  tofu(at: string, ...words: readonly string[]): Promise<Said>;
  close(): Promise<void>;
}

/** @throws Error if an answer is not one JSON object a line in the published form. */
export async function openMachine(): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), "tofu-check-"));
  for (const folder of ["config", "run", "gnupg"]) await mkdir(join(home, folder), { mode: 0o700 });
  const environment = bareEnvironment(home);
  const globals = ["--json", "--no-daemon", "--store", join(home, "store")];
  return {
    home,
    tofu: (at, ...words) => run([...globals, "--at", at, ...words], environment),
    close: () => rm(home, { recursive: true, force: true }),
  };
}

/** Nothing of the user's own reaches the command: no home, keyring, agent, proxy or setting. */
export function bareEnvironment(home: string): Readonly<Record<string, string>> {
  const { PATH = "", NODE_V8_COVERAGE } = process.env;
  return {
    PATH,
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_RUNTIME_DIR: join(home, "run"),
    GNUPGHOME: join(home, "gnupg"),
    LANG: "C.UTF-8",
    TERM: "dumb",
    TZ: "UTC",
    ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
  };
}

async function run(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Said> {
  const child = spawn(process.execPath, [TOFU, ...words], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_LIMIT_MS,
  });
  const [stdout, stderr, exit] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown end"));
    }),
  ]);
  const answers = stdout.split("\n").slice(0, -1).map(readAnswer);
  const judgement = answers.find((answer) => answer.type === "judgement");
  return { exit, answers, judgement, stdout, stderr, words };
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function readAnswer(line: string): Answer {
  const parsed = answerCodec.parse(JSON.parse(line), "");
  if (!parsed.ok) throw new Error(`${parsed.error.path}: not ${parsed.error.expected}, in ${line.slice(0, 300)}`);
  return parsed.value;
}

/** What a command said, short, for the message of a failed check. */
export function told(said: Said): string {
  const judged = said.judgement && `${said.judgement.verdict}: ${said.judgement.sentence}`;
  return `exit ${said.exit}, ${judged ?? (said.stderr.trim() || said.stdout.trim()).slice(0, 400)}\n  tofu ${said.words.join(" ")}`;
}
