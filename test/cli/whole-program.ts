import { runWhole } from "../../cli/whole.ts";
import type { Output } from "../../cli/world.ts";
import { unixMs } from "../../daemon/core/time.ts";

/** `tofu` as it is without the short way for plain questions: every line goes through yargs. */
const outputOf = (stream: NodeJS.WriteStream): Output => ({
  isTerminal: false,
  columns: undefined,
  write: (text) => void stream.write(text),
});

process.exitCode = await runWhole(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  now: () => unixMs(Date.now()),
  claimed: () => ({ pid: process.pid, parent: "test" }),
  onSignal: () => () => undefined,
});
