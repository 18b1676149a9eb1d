import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { RequireRequest } from "../../daemon/protocol/request.ts";
import type { Surroundings } from "../world.ts";
import type { Action, Arguments, Command } from "./command.ts";
import { BECAUSE, readReason } from "./reason.ts";
import { readWord } from "./words.ts";

const MAX_THRESHOLD = 100;

export const require: Command = {
  name: "require",
  operands: "PACKAGE --because TEXT",
  summary: "a package's own policy, stricter or allowing more",
  examples: [
    'tofu require sunpy --release-threshold 2 --because "two releasers"',
    'tofu require chrony --allow sha1 --because "4.0 has no stronger signature"',
  ],
  completes: "packages",
  options: {
    because: BECAUSE,
    "release-threshold": { kind: "text", value: "K", summary: "so many signers must sign a release" },
    "first-use": { kind: "text", value: "POLICY", summary: "accept, decide, deny or witnesses:N" },
    allow: { kind: "texts", value: "ALGORITHM", summary: "a weak algorithm that this package still uses" },
    "unsigned-ok": { kind: "flag", summary: "with --release: these versions may come unsigned" },
    release: { kind: "texts", value: "VERSION", summary: "a version for --unsigned-ok" },
    "no-rollback": { kind: "flag", summary: "refuse versions older than the newest seen" },
    "no-handover": { kind: "flag", summary: "follow no statement that changes the signers" },
    expired: { kind: "text", value: "decide", choices: ["decide"], summary: "ask about expired keys" },
  },
  prepare,
};

function prepare(args: Arguments, surroundings: Surroundings): Action {
  const name = readWord(args, "require", "PACKAGE");
  const because = readReason(args, "require");
  const settings = {
    firstUse: args.text("first-use"),
    releaseThreshold: readThreshold(args.text("release-threshold")),
    allow: args.texts("allow"),
    unsignedOk: readVersions(args),
    noRollback: args.flag("no-rollback"),
    noHandover: args.flag("no-handover"),
    expired: args.text("expired") === "decide" ? "decide" : undefined,
  } satisfies Partial<RequireRequest>;
  const said = Object.values(settings).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)));
  if (!said) throw new UsageError("tofu require changes nothing: name a setting", "tofu require --help");
  return {
    kind: "ask",
    request: { do: "require", package: name, because, ...settings, claimed: surroundings.claimed() },
  };
}

/** An allowance for every version there will ever be is none to give a reason for, so the versions are named. */
function readVersions(args: Arguments): readonly string[] {
  const versions = args.texts("release");
  const asked = args.flag("unsigned-ok");
  if (asked === versions.length > 0) return versions;
  throw new UsageError(
    asked ? "--unsigned-ok needs the versions it is for" : "--release goes with --unsigned-ok",
    "--unsigned-ok --release VERSION",
  );
}

function readThreshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const threshold = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(threshold <= MAX_THRESHOLD))
    throw new UsageError(`--release-threshold takes a number from 1 to ${MAX_THRESHOLD}`);
  return threshold;
}
