import { formatFingerprint } from "./fingerprint.ts";
import { addedBy, type ChainState, stateAfter } from "./handover-chain.ts";
import type { StatementVerdict } from "./handover-judgement.ts";
import type { Signers } from "./handover-signers.ts";
import type { Fact } from "./judgement.ts";
import type { OfferedStatement, StatementSignature } from "./offer.ts";
import { type PackageName, shortName } from "./package-name.ts";
import type { Pin } from "./pin.ts";
import { plural, shortSigner } from "./sentence.ts";
import { fingerprintOf, type SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import { formatDate } from "./time.ts";
import type { VerdictClass, VerdictExit } from "./verdict.ts";

/** How a statement is answered; the last one where this machine takes no new packages. */
export type ToldVerdict = StatementVerdict | "first-use-denied";

/** What there is to tell of one judged statement. */
export interface ToldStatement {
  readonly package: PackageName;
  readonly offer: OfferedStatement;
  readonly verdict: ToldVerdict;
  readonly detail: string | undefined;
  /** Whether it was written down; else the answer says what would be. */
  readonly recorded: boolean;
}

/** @returns the class and exit code of a statement's verdict (rules.md, 3.6). */
export function statementRuling(verdict: ToldVerdict): { readonly class: VerdictClass; readonly exit: VerdictExit } {
  switch (verdict) {
    case "handover-applied":
    case "handover-recovered":
    case "handover-known":
    case "first-use":
      return { class: "ok", exit: 0 };
    case "handover-pending":
    case "handover-gap":
    case "handover-contested":
      return { class: "decide", exit: 3 };
    case "handover-rejected":
    case "handover-fork":
    case "first-use-denied":
      return { class: "refused", exit: 4 };
    case "unsupported":
      return { class: "unchecked", exit: 6 };
  }
}

/** @returns line one of an answer about a statement, without the class word. */
export function statementSentence({ package: name, offer, verdict, detail, recorded }: ToldStatement): string {
  const is = recorded ? "is" : "would be";
  const statement = offer.parsed.ok ? offer.parsed.value : undefined;
  const subject = `${shortName(name)}: statement ${statement?.seq ?? `${offer.sha256.slice(0, 8)}…`}`;
  switch (verdict) {
    case "handover-applied":
      return `${subject} ${is} in force`;
    case "first-use":
      return `${subject} ${is} in force; nothing was known of ${shortName(name)} before`;
    case "handover-recovered":
      return `${subject} ${is} in force, signed by a recovery key; what took its place before is undone`;
    case "handover-known":
      return `${subject} is known here`;
    case "handover-pending":
      return `${subject} ${pendingClause(statement, detail)}`;
    case "handover-contested":
      return `${subject} needs your decision: ${contestedClause(detail)}`;
    case "handover-gap":
      return `${subject} can't be followed yet: statements before it are missing`;
    case "handover-fork":
      return `${subject} disagrees with the one in force, and both are signed by enough keys`;
    case "first-use-denied":
      return `${subject}: not in this machine's pins, which take no new names`;
    case "handover-rejected":
      return `${subject} changes nothing: ${rejectionClause(detail ?? "", name)}`;
    case "unsupported":
      return `${subject} is written for a later version of tofu`;
  }
}

/** @returns a rejected statement's reason as people say it; what has no words of its own stays as it is. */
export function rejectionClause(detail: string, name: PackageName): string {
  const quorum = /^quorum \((\d+) of (\d+)\)( of the new signers)?/.exec(detail);
  if (quorum !== null) {
    const whose = quorum[3] === undefined ? "signers who may hand over" : "its new signers";
    return `it carries ${quorum[1]} of the ${quorum[2]} signatures of ${whose} that it needs`;
  }
  const possession = /^possession (.+)$/.exec(detail)?.[1];
  if (possession !== undefined) return `${possession}, which it adds, did not sign it`;
  const subkey = /^subkey (.+)$/.exec(detail)?.[1];
  if (subkey !== undefined) return subkeyClause(subkey);
  const line = /^syntax line (\d+)/.exec(detail)?.[1];
  if (line !== undefined) return `line ${line} is no line of a statement`;
  return OTHER_REASONS.get(detail.split(" ")[0] ?? "")?.(shortName(name)) ?? detail;
}

const OTHER_REASONS: ReadonlyMap<string, (name: string) => string> = new Map<string, (name: string) => string>([
  ["package", (name) => `it does not speak for ${name}`],
  ["genesis", (name) => `nobody who may hand over ${name} here signed it`],
  ["set", () => "a signer is missing from its list without a line that says why, or one is removed that was not there"],
  ["role", () => "a key is listed as a recovery key and as another one"],
  ["thresholds", () => "it asks for more signers than it lists"],
  ["future", () => "it, or a signature that it needs, is dated in the future"],
  ["spent", () => "it leans on keys that have left since; the statement in force stays"],
  ["policy", (name) => `you decided that ${name} follows no statement`],
  ["seq", () => "its number is not that of its place"],
]);

/** Rule 7, with its remedy: the maintainer's own tools sign with a subkey unless told otherwise. */
function subkeyClause(signer: string): string {
  return (
    `${signer} signed with a subkey, and only a primary key says who signs; a primary that may only certify gets the ` +
    "sign flag first (gpg --edit-key, change-usage, S, save), then signs with -u FINGERPRINT!"
  );
}

function pendingClause(statement: Statement | undefined, detail: string | undefined): string {
  if (detail?.startsWith("not-before") === true) {
    const { notBefore } = statement ?? {};
    return `waits until ${notBefore === undefined ? "its time" : formatDate(notBefore)}`;
  }
  return "waits: a recovery key signed it, and those who may hand over have 7 days to object";
}

function contestedClause(detail: string | undefined): string {
  const by = /^leans on (.+), revoked since/.exec(detail ?? "")?.[1];
  if (by === undefined) return "a recovery key contradicts it";
  return `it needs the signature of ${by}, which was revoked since, so that its owner and a thief look alike`;
}

/** A signature on a statement, and why it counts or not. */
export interface ToldSignature {
  readonly signer: SignerId;
  readonly counts: boolean;
  readonly why: string;
}

/** @returns each signer once; of several signatures the one that counts. */
export function toldSignatures(offer: OfferedStatement, signers: Signers, pin: Pin): readonly ToldSignature[] {
  const told = new Map<SignerId, ToldSignature>();
  for (const signature of offer.signatures) {
    const { signer } = signature;
    if (told.get(signer)?.counts === true) continue;
    const why = whyNot(signature, signers, pin);
    told.set(signer, { signer, counts: why === undefined, why: why ?? countedWord(signature) });
  }
  return [...told.values()];
}

function countedWord({ isExpired }: StatementSignature): string {
  return isExpired ? "signed; its certificate here has expired" : "signed";
}

function whyNot(signature: StatementSignature, signers: Signers, pin: Pin): string | undefined {
  const { signer, byPrimary, isBinary, isForHandover, isWeak, isEntitled } = signature;
  if (!isBinary) return "a signature in text mode";
  if (!isForHandover) return "a signature without the purpose handover";
  if (isWeak) return "weak cryptography";
  if (!isEntitled) return "a key that might not sign then";
  if (pin.signers.get(signer)?.state === "distrusted") return "distrusted by you";
  if (!byPrimary) return "signed with a subkey";
  if (signers.counted.has(signer)) return undefined;
  if (signers.revoked.has(signer)) return "revoked as compromised";
  return signers.future.has(signer) ? "dated in the future" : "the same key as another signer";
}

/** @returns what a statement changes against the state before it, and what it says, a label and a text each. */
export function statementFacts(statement: Statement, before: ChainState, place: string): readonly Fact[] {
  const after = stateAfter(statement);
  const removal = new Map(statement.removed.map((removed) => [removed.signer, removed]));
  const added = new Set(addedBy(before, after));
  const gone = [...before.keys.keys(), ...before.recovery].filter(
    (signer) => !after.keys.has(signer) && !after.recovery.has(signer),
  );
  const roles = [...after.keys].filter(([signer, now]) => isOther(now, before.keys.get(signer)) && !added.has(signer));
  return [
    ...[...added].map((signer) => ({ label: "added", text: `${wholeSigner(signer)}, ${rolesText(after, signer)}` })),
    ...roles.map(([signer]) => ({ label: "role", text: `${shortSigner(signer)} may now ${rolesText(after, signer)}` })),
    ...gone.map((signer) => ({
      label: "removed",
      text: `${shortSigner(signer)}, ${removalText(removal.get(signer))}`,
    })),
    ...thresholdFacts(before, after),
    ...(statement.vouches.length === 0
      ? []
      : [{ label: "vouches", text: `for ${plural(statement.vouches.length, "older file")}` }]),
    ...statement.locations.map((url) => ({ label: "published", text: url })),
    { label: "note", text: `"${statement.reason}"` },
    { label: "from", text: place },
  ];
}

function isOther(now: ReadonlySet<string>, before: ReadonlySet<string> | undefined): boolean {
  return before !== undefined && (before.size !== now.size || [...now].some((role) => !before.has(role)));
}

function rolesText(state: ChainState, signer: SignerId): string {
  const roles = state.keys.get(signer);
  if (roles === undefined) return "recovery key";
  return [...roles].map((role) => (role === "handover" ? "hand over" : role)).join(" and ");
}

function removalText(removal: Statement["removed"][number] | undefined): string {
  if (removal === undefined) return "not listed any more";
  return removal.since === undefined ? removal.reason : `${removal.reason} since ${formatDate(removal.since)}`;
}

function thresholdFacts(before: ChainState, after: ChainState): readonly Fact[] {
  const facts: Fact[] = [];
  if (before.threshold.release !== after.threshold.release)
    facts.push({ label: "releases", text: `now need ${plural(after.threshold.release, "signer")}` });
  if (before.threshold.handover !== after.threshold.handover)
    facts.push({ label: "handovers", text: `now need ${plural(after.threshold.handover, "signer")}` });
  return facts;
}

/** An added key is shown whole: it is what people compare. */
function wholeSigner(signer: SignerId): string {
  const fingerprint = fingerprintOf(signer);
  return fingerprint === undefined ? signer : formatFingerprint(fingerprint);
}
