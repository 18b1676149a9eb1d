import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Surroundings } from "../world.ts";
import type { Action, Arguments, Command } from "./command.ts";
import { absolute, gnupgHome, readPaths } from "./paths.ts";
import { readWord, readWords } from "./words.ts";

const MAX_THRESHOLD = 64;
/** The folder that maintainers keep in their source repository. */
const FOLDER = "tofu-handovers";

export const handoverMake: Command = {
  name: "handover make",
  operands: "PACKAGE --reason TEXT",
  summary: "write a package's next statement, to be signed",
  examples: ['tofu handover make sunpy --reason "first statement"', "tofu handover make sunpy --plan"],
  completes: "packages",
  options: {
    reason: { kind: "text", value: "TEXT", summary: "why, for the users to read" },
    add: { kind: "texts", value: "FPR[=ROLES]", summary: "a new signer, or other roles: release,handover" },
    remove: { kind: "texts", value: "FPR=WHY[@DATE]", summary: "superseded, retired, lost or compromised" },
    rotate: { kind: "texts", value: "OLD=NEW", summary: "a new key in the old one's place" },
    "hand-to": { kind: "texts", value: "FPR", summary: "the project goes to others; all present keys go" },
    recovery: { kind: "texts", value: "FPR", summary: "an offline key that may undo a theft" },
    "drop-recovery": { kind: "texts", value: "FPR", summary: "a recovery key that is one no more" },
    "release-threshold": { kind: "text", value: "K", summary: "so many must sign a release" },
    "handover-threshold": { kind: "text", value: "K", summary: "so many must sign the next statement" },
    vouch: { kind: "texts", value: "FILE", summary: "an old release that stays good without its signer" },
    location: { kind: "texts", value: "URL", summary: "where later statements will be published" },
    "also-for": { kind: "texts", value: "PACKAGE", summary: "another name that this speaks for" },
    "not-before": { kind: "text", value: "TIME", summary: "takes effect then, not before" },
    from: { kind: "text", value: "PATH", summary: "the statements so far: folder, clone or file" },
    key: { kind: "texts", value: "FILE", summary: "certificates of the keys named" },
    output: { kind: "text", value: "DIR", alias: "o", summary: `where to write; else ${FOLDER}` },
    plan: { kind: "flag", summary: "say what expires and what a loss means" },
  },
  prepare: prepareMake,
};

export const handoverRequest: Command = {
  name: "handover request",
  operands: "PACKAGE [FINGERPRINT]",
  summary: "the text that asks upstream for a statement",
  examples: ["tofu handover request sunpy"],
  completes: "packages",
  options: {},
  prepare: (args) => {
    const [name = "", ...groups] = args.words;
    if (name === "") readWord(args, "handover request", "PACKAGE");
    const odd = groups.length < 2 ? undefined : groups.find((group) => !/^[0-9A-Fa-f]+$/.test(group));
    if (odd !== undefined) readWords(args, "handover request", ["PACKAGE", "[FINGERPRINT]"]);
    const fingerprint = groups.length === 0 ? undefined : groups.join(" ");
    return { kind: "ask", request: { do: "handover-request", package: name, fingerprint } };
  },
};

function prepareMake(args: Arguments, surroundings: Surroundings): Action {
  const name = readWord(args, "handover make", "PACKAGE");
  const plan = args.flag("plan");
  const reason = args.text("reason")?.trim() ?? "";
  if (reason === "" && !plan)
    throw new UsageError("tofu handover make needs a reason, which users read", "--reason TEXT");
  const from = args.text("from");
  return {
    kind: "ask",
    request: {
      do: "handover-make",
      package: name,
      add: args.texts("add"),
      remove: args.texts("remove"),
      rotate: args.texts("rotate"),
      handTo: args.texts("hand-to"),
      recovery: args.texts("recovery"),
      dropRecovery: args.texts("drop-recovery"),
      releaseThreshold: readThreshold(args, "release-threshold"),
      handoverThreshold: readThreshold(args, "handover-threshold"),
      vouch: readPaths(args, "vouch", surroundings),
      location: args.texts("location"),
      alsoFor: args.texts("also-for"),
      notBefore: args.text("not-before"),
      reason: reason === "" ? undefined : reason,
      from: from === undefined ? undefined : absolute(from, surroundings),
      plan,
      output: absolute(args.text("output") ?? FOLDER, surroundings),
      keys: readPaths(args, "key", surroundings),
      gnupgHome: gnupgHome(surroundings),
      claimed: surroundings.claimed(),
    },
  };
}

function readThreshold(args: Arguments, name: string): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const threshold = /^[1-9]\d?$/.test(text) ? Number(text) : Number.NaN;
  if (!(threshold <= MAX_THRESHOLD)) throw new UsageError(`--${name} takes a number from 1 to ${MAX_THRESHOLD}`);
  return threshold;
}
