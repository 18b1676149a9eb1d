import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Arguments, OptionSpec } from "./command.ts";

export const BECAUSE: OptionSpec = { kind: "text", value: "TEXT", summary: "the reason, kept in the journal" };

/**
 * @returns the reason that every decision is recorded with.
 * @throws UsageError where there is none.
 */
export function readReason(args: Arguments, command: string): string {
  const reason = args.text("because")?.trim() ?? "";
  if (reason === "") throw new UsageError(`tofu ${command} needs a reason`, "--because TEXT");
  return reason;
}
