import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import type { Program } from "../../cli/tofu.ts";
import { parseEnvelope } from "../../daemon/protocol/request-codec.ts";
import { formatReply, type Reply } from "../../daemon/protocol/wire.ts";
import { SAMPLES } from "../../test/cli/samples.ts";

// Keeps what V8 makes of the program: not of all its functions, but of those that a plain question runs. So it asks some,
// of a daemon that says always the same, and then keeps what was compiled.

const program = fileURLToPath(new URL("../../cli/tofu-program.cjs", import.meta.url));
const { judgement, summary, why, pin, status, progress, fault, end } = SAMPLES;
const ANSWERS: Readonly<Record<string, readonly Reply[]>> = {
  verify: [
    progress,
    judgement,
    { ...judgement, class: "refused", exit: 4, verdict: "unexpected-signer" },
    fault,
    summary,
  ],
  why: [why],
  list: [pin],
  status: [status],
};
const QUESTIONS: readonly (readonly string[])[] = [
  ["verify", "a-1.0.tar.gz", "--key", "KEYS"],
  ["verify", "a-1.0.tar.gz", "--json", "-v"],
  ["why", "a", "1.0"],
  ["list"],
  ["status"],
];

const folder = mkdtempSync(join(tmpdir(), "tofu-build-"));
process.env["XDG_RUNTIME_DIR"] = folder;
const mask = process.umask(0o077);
mkdirSync(join(folder, "tofu"));
const server = createServer((connection) => {
  connection.setEncoding("utf8").once("data", (line: string) => {
    const asked = parseEnvelope(line);
    const replies = asked.ok ? (ANSWERS[asked.value.request.do] ?? []) : [];
    const all: readonly Reply[] = [{ schemaVersion: 1, type: "accepted" }, ...replies, end];
    connection.end(all.map(formatReply).join(""));
  });
});
await once(server.listen(join(folder, "tofu", "socket")), "listening");

const script = new Script(readFileSync(program, "latin1"), { filename: program });
const run: Program = script.runInThisContext();
const exit = process.exit;
const noAlone = (): never => {
  throw new Error("no daemon has answered");
};
for (const question of QUESTIONS) {
  const over = new Promise<void>((resolve) => {
    // The program ends the process when it has answered; here another question comes.
    process.exit = (() => resolve()) as typeof process.exit;
  });
  process.argv = [process.execPath, program, ...question];
  run(createRequire(program), () => Promise.reject(new Error(`${question.join(" ")} is not plain`)), noAlone, {
    begun: undefined,
    failed: undefined,
  });
  await over;
}
process.umask(mask);
writeFileSync(program.replace(/cjs$/, "cache"), script.createCachedData());
rmSync(folder, { recursive: true });
exit(0);
