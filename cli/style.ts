import type { UnixMs } from "../daemon/core/time.ts";
import { MAX_WIDTH, MIN_WIDTH, type Style } from "../daemon/words/style.ts";
import type { Manner } from "../daemon/words/telling.ts";
import type { Output, Settings, Terminal } from "./world.ts";

const UNKNOWN_WIDTH = 80;

type Env = Readonly<Record<string, string | undefined>>;
type Wish = Pick<Settings, "color" | "verbose" | "quiet" | "at">;

/** @returns how to write to this output: options over environment over what the output is (cli.md, streams). */
export function styleFor(output: Output, env: Env, wish: Wish, now: UnixMs): Style {
  return {
    width: output.columns === undefined ? UNKNOWN_WIDTH : Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, output.columns)),
    color: wish.color ?? wantsColor(output, env),
    unicode: hasUtf8(env),
    verbose: wish.verbose,
    quiet: wish.quiet,
    now: wish.at ?? now,
  };
}

/** @returns how a question's answers are told to a terminal. */
export function mannerOf(
  settings: Pick<Settings, "json"> & Wish,
  { stdout, stderr, env, now }: Pick<Terminal, "stdout" | "stderr" | "env" | "now">,
): Manner {
  const at = now();
  const style = (output: Output): Style => styleFor(output, env, settings, at);
  return { json: settings.json, stdout: style(stdout), stderr: style(stderr) };
}

function wantsColor(output: Output, env: Env): boolean {
  if (isSet(env["NO_COLOR"])) return false;
  if (isSet(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0") return true;
  return output.isTerminal && env["TERM"] !== "dumb";
}

/** POSIX: `LC_ALL` beats `LC_CTYPE` beats `LANG`, and an empty one counts as unset. */
function hasUtf8(env: Env): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(isSet) ?? "";
  return ["utf-8", "utf8"].some((name) => locale.toLowerCase().includes(name));
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
