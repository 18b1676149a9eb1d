import { formatFingerprint } from "../core/fingerprint.ts";
import { shortName } from "../core/package-name.ts";
import { activeSigners, type Pin, type RefusedArtifact } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { formatStatement } from "../core/statement.ts";
import type { StatementKey } from "../core/statement-value.ts";
import { formatDate } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { type Answer, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { HandoverAskRequest } from "../protocol/handover-requests.ts";
import { draft } from "./handover-make.ts";
import { resolvePackage } from "./names.ts";
import { readBase, type StatementBase } from "./statement-base.ts";
import { readSignerWord } from "./statement-changes.ts";
import { BUNDLE_COMMAND, signingCommands, statementName } from "./statement-commands.ts";
import { nextStatement } from "./statement-next.ts";
import type { TofuWorld } from "./world.ts";

/** A letter names a few newcomers; more are somebody's flood. */
const MAX_NEWCOMERS = 4;

/**
 * `tofu handover request`: the text that asks upstream for a statement, with the commands for the old signers and the
 * new one. It says what this machine saw and asks for nothing but a signed answer; it believes the newcomer nothing.
 *
 * @throws UsageError where the package has no signer here to ask.
 */
export async function handoverRequest(
  world: TofuWorld,
  request: HandoverAskRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const words = { keys: [], gnupgHome: undefined, from: undefined };
  const base = await readBase(world, name, words);
  const refused = openRefusals(base.pin);
  const newcomers = newcomersOf(base, refused, request.fingerprint);
  const add = newcomers.map((signer): StatementKey => ({ signer, roles: new Set(["release", "handover"]) }));
  if (base.before.keys.size === 0 || (base.head !== undefined && add.length === 0))
    throw new UsageError(
      base.before.keys.size === 0
        ? `${shortName(name)} has no signer here whom a letter could ask`
        : `no new signer of ${shortName(name)} was seen here; name the one that upstream should speak for`,
      `tofu handover request ${shortName(name)} FINGERPRINT`,
    );
  const next = nextStatement(
    base,
    { add, remove: [], rotate: [], handTo: [], recovery: [], dropRecovery: [] },
    {
      releaseThreshold: undefined,
      handoverThreshold: undefined,
      vouches: [],
      locations: [],
      alsoFor: [],
      notBefore: undefined,
      reason: "(say in one line why, for your users)",
    },
  );
  const { statement, signing } = await draft(world, words, base, next);
  const file = statementName(statement.seq);
  const lines = [
    ...opening(base, refused, newcomers),
    `1. Save this as tofu-handovers/${file} in your source repository, with your own reason and time:`,
    "",
    ...Buffer.from(formatStatement(statement))
      .toString("latin1")
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
    "",
    ...oldKeyHint(base, newcomers),
    `2. Each of these keys signs it, in that folder:`,
    "",
    ...signing.signers.flatMap(({ signer }) => commandsOf(file, signer, newcomers)),
    "   The ! makes gpg sign with the primary key, not a subkey; the notation keeps this apart from releases.",
    "",
    "3. Publish the folder, and beside each release the file that this makes, with the certificates:",
    "",
    `    ${BUNDLE_COMMAND}`,
    `    gpg --armor --export ${signing.signers.flatMap(({ signer }) => fingerprintOf(signer) ?? []).join(" ")} > TOFU-KEYS`,
    "",
    "If the old key is lost or stolen, please say so on a channel that your users know, with the whole",
    "fingerprint of the new one.",
    "",
  ];
  tell({ schemaVersion: SCHEMA_VERSION, type: "text", text: lines.join("\n") });
  return 0;
}

/** Releases that were refused because nobody here knows their signer. */
function openRefusals(pin: Pin): readonly RefusedArtifact[] {
  return [...pin.refusals.values()].filter(({ verdict }) => verdict === "unexpected-signer");
}

function newcomersOf(
  { before }: StatementBase,
  refused: readonly RefusedArtifact[],
  named: string | undefined,
): readonly SignerId[] {
  const seen = named === undefined ? refused.flatMap(({ keys }) => keys) : [readSignerWord(named)];
  return [...new Set(seen)].filter((signer) => !before.keys.has(signer)).slice(0, MAX_NEWCOMERS);
}

function opening(
  base: StatementBase,
  refused: readonly RefusedArtifact[],
  newcomers: readonly SignerId[],
): readonly string[] {
  const name = shortName(base.package);
  const by = refused.filter(({ keys }) => keys.some((signer) => newcomers.includes(signer)));
  const old = activeSigners(base.pin, "release");
  return [
    `Subject: ${name}: please say in a signed statement who signs its releases`,
    "",
    "Hello,",
    "",
    `so far ${name} was signed, as seen here, by:`,
    "",
    ...old.map(
      ({ signer, releases, firstSeen, lastSeen }) =>
        `    ${longName(signer)}${firstSeen === undefined || lastSeen === undefined ? "" : `, ${plural(releases.size, "release")} from ${formatDate(firstSeen)} to ${formatDate(lastSeen)}`}`,
    ),
    "",
    ...(newcomers.length === 0
      ? ["Should its keys change one day, users can't tell that from a theft."]
      : [
          "This key is new to your users, who can't tell it from a thief's:",
          "",
          ...newcomers.map((signer) => `    ${longName(signer)}`),
        ]),
    ...by.map(
      ({ artifact, first }) =>
        `    (on ${escapeText(artifact.name)}, sha256 ${artifact.sha256}, first met ${formatDate(first)})`,
    ),
    "",
    "A short text file, signed by the old key and the new one, lets every user's tofu follow without asking:",
    "",
  ];
}

function oldKeyHint({ before }: StatementBase, newcomers: readonly SignerId[]): readonly string[] {
  const [old] = before.keys.keys();
  if (newcomers.length === 0 || old === undefined) return [];
  return [
    "   If an old key is to sign no more, replace its `key` line by such a line behind the thresholds, which must not",
    "   ask for more keys than are left; it signs this one statement all the same:",
    "",
    `    remove ${old} superseded`,
    "",
  ];
}

function commandsOf(file: string, signer: SignerId, newcomers: readonly SignerId[]): readonly string[] {
  const [command] = signingCommands(file, signer);
  const who = newcomers.includes(signer) ? "the new signer" : "the present signer";
  return [`    # ${who}`, ...(command?.lines ?? [`# ${signer}: with its own tool`]).map((line) => `    ${line}`), ""];
}

function longName(signer: SignerId): string {
  const fingerprint = fingerprintOf(signer);
  return fingerprint === undefined ? signer : formatFingerprint(fingerprint);
}
