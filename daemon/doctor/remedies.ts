import { TofuError, UsageError } from "../core/tofu-error.ts";

/** @returns the one thing to do about something that could not be looked at, or opened. */
export function remedyOf(cause: unknown): string {
  if (cause instanceof UsageError) return cause.hint ?? "edit config.toml, then: tofu doctor";
  return cause instanceof TofuError ? remedyFor(cause.code) : REPORT;
}

const REPORT = "report it, with what this command said; nothing is judged until it is mended";

/** @param code - of a fault (cli.md). */
export function remedyFor(code: string): string {
  switch (code) {
    case "store-damaged":
    case "store-rolled-back":
      return "put a copy back, or: tofu doctor --repair";
    case "store-in-use":
    case "busy":
      return "wait for it, or end that process";
    case "store-newer":
      return "install that tofu or a newer one";
    case "store-foreign":
      return "mend that, or name another folder: --store DIR";
    case "store-unwritable":
      return "make room on its disk, or give yourself the right to write there";
    case "replay-mismatch":
      return "leave that store to --at, and name another: --store DIR";
    case "config":
      return "edit config.toml, then: tofu doctor";
    case "layer":
      return "put a new pin file in its place: tofu export on a workstation";
    case "daemon-running":
    case "daemon-untrusted":
      return "systemctl --user restart tofu.service, or end that tofud and start it again";
    default:
      return REPORT;
  }
}
