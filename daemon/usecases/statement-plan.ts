import { type ChainState, handoverKeys } from "../core/handover-chain.ts";
import { shortName } from "../core/package-name.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import type { SignerId } from "../core/signer.ts";
import { DAY_MS, formatDate, type UnixMs } from "../core/time.ts";
import type { StatementBase } from "./statement-base.ts";
import { signFlagRecipe } from "./statement-commands.ts";
import type { KeyAtHand, KeysAtHand } from "./statement-keys.ts";

/** Whoever rotates before a key ends needs some weeks for users to meet the statement. */
const SOON_MS = 90 * DAY_MS;

/**
 * `tofu handover make --plan`: what expires when, what the loss or theft of each key would mean, and what to do next.
 *
 * @param state - as it is, or as the changes asked for would make it.
 */
export function planText(base: StatementBase, state: ChainState, keys: KeysAtHand): string {
  const { head, now } = base;
  const name = shortName(base.package);
  const since =
    head === undefined ? "no statement yet" : `statement ${head.statement.seq} of ${formatDate(head.statement.issued)}`;
  const signers = [...state.keys.keys(), ...state.recovery];
  return [
    `Plan for ${name} on ${formatDate(now)}, ${since}`,
    `${state.threshold.release} must sign a release, ${state.threshold.handover} a handover`,
    ...base.notes.map((note) => `Mind: ${note}`),
    "",
    "Keys, and when they end",
    ...signers.flatMap((signer) => keyLines(state, signer, keys.of(signer), now)),
    "",
    "If a key is lost",
    ...signers.map((signer) => `  ${shortSigner(signer)}  ${lossOf(state, signer)}`),
    "",
    "If a key is stolen",
    ...signers.map((signer) => `  ${shortSigner(signer)}  ${theftOf(state, signer)}`),
    "",
    "What to do next",
    ...nextSteps(base, state, keys).map((step) => `  - ${step}`),
    "",
  ].join("\n");
}

function keyLines(state: ChainState, signer: SignerId, key: KeyAtHand | undefined, now: UnixMs): readonly string[] {
  const roles = [...(state.keys.get(signer) ?? ["recovery"])].join(", ");
  const head = `  ${shortSigner(signer)}  ${roles}: `;
  if (key === undefined) return [`${head}certificate not at hand (--key FILE)`];
  const { shown, standing } = key;
  const revoked = shown.revocations.length > 0 ? "; revoked" : "";
  const certifies = standing.kind === "not-for-signing" ? "; may only certify" : "";
  const subkeys = shown.subkeys.filter(({ signs, revoked: gone }) => signs && !gone);
  return [
    `${head}${end(shown.expiresAt, now)}${revoked}${certifies}`,
    ...subkeys.map(
      (subkey) =>
        `    signing subkey ${subkey.fingerprint.slice(-8)}: ${end(subkey.expiresAt ?? shown.expiresAt, now)}`,
    ),
  ];
}

function end(expiresAt: UnixMs | undefined, now: UnixMs): string {
  if (expiresAt === undefined) return "does not expire";
  if (expiresAt <= now) return `expired on ${formatDate(expiresAt)}`;
  return `expires on ${formatDate(expiresAt)}, in ${plural(Math.ceil((expiresAt - now) / DAY_MS), "day")}`;
}

/** What can still be done once nobody has the key any more. */
function lossOf(state: ChainState, signer: SignerId): string {
  const { threshold } = state;
  if (state.recovery.has(signer)) return "the others go on; name another recovery key";
  const roles = state.keys.get(signer);
  const left = handoverKeys(state).filter((other) => other !== signer).length;
  const releasers = [...state.keys].filter(([other, held]) => other !== signer && held.has("release")).length;
  const release =
    roles?.has("release") === true && releasers < threshold.release
      ? `${releasers === 0 ? "nobody" : `no ${threshold.release} keys`} can sign releases then; `
      : "";
  if (left >= threshold.handover) return `${release}${left} of ${threshold.handover} needed can remove it as lost`;
  if (state.recovery.size > 0) return `${release}a recovery key can replace it, which takes effect after 7 days`;
  return `${release}no statement can ever be made again: every user must compare and trust a new key by hand`;
}

/** What the thief could do, and who stops it. */
function theftOf(state: ChainState, signer: SignerId): string {
  const { threshold } = state;
  if (state.recovery.has(signer))
    return threshold.handover === 1
      ? "outranks the single key that must hand over: it can take the package after 7 days; keep it offline"
      : `${threshold.handover} handover keys together veto what it says within 7 days`;
  const roles = state.keys.get(signer);
  const releases =
    threshold.release === 1
      ? "signs releases alone until it is removed"
      : `needs ${threshold.release - 1} more to sign a release`;
  const release = roles?.has("release") === true ? [releases] : [];
  const handover = roles?.has("handover") === true ? [handoverTheft(state)] : ["can change no keys"];
  return [...release, ...handover].join("; ");
}

function handoverTheft({ threshold, recovery }: ChainState): string {
  if (threshold.handover > 1) return `needs ${threshold.handover - 1} more to change the keys`;
  return recovery.size > 0
    ? "1 key can change everything, and a recovery key can undo it within 7 days"
    : "1 key can change everything, and nothing tells its thief from its owner";
}

function nextSteps(base: StatementBase, state: ChainState, keys: KeysAtHand): readonly string[] {
  const name = shortName(base.package);
  const make = `tofu handover make ${name}`;
  const steps: string[] = [];
  if (base.head === undefined)
    steps.push(`publish a first statement now, while every key is there: ${make} --reason TEXT`);
  for (const { signer, shown, standing } of keys.all) {
    const { expiresAt } = shown;
    if (standing.kind === "not-for-signing") steps.push(`let ${shortSigner(signer)} sign: ${signFlagRecipe(signer)}`);
    if (shown.revocations.length > 0)
      steps.push(`remove ${shortSigner(signer)}, which is revoked: ${make} --rotate OLD=NEW`);
    else if (expiresAt !== undefined && expiresAt < base.now + SOON_MS)
      steps.push(
        `extend ${shortSigner(signer)}, or rotate it before ${formatDate(expiresAt)}: ${make} --rotate OLD=NEW`,
      );
  }
  if (state.recovery.size === 0) steps.push(`name a recovery key and keep it offline: ${make} --recovery FPR`);
  if (handoverKeys(state).length === 1) steps.push(`consider a second key that may hand over: ${make} --add FPR`);
  if (keys.all.length < state.keys.size + state.recovery.size)
    steps.push("give the certificates that are not at hand with --key, to see when they end");
  return steps.length === 0 ? ["nothing; look again in some months"] : steps;
}
