import { createHash } from "node:crypto";
import { judgeStatement } from "../core/handover.ts";
import { addedBy, handoverKeys, stateAfter } from "../core/handover-chain.ts";
import type { StatementJudgement } from "../core/handover-judgement.ts";
import type { OfferedStatement, StatementSignature } from "../core/offer.ts";
import { ok } from "../core/result.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";
import type { Statement } from "../core/statement.ts";
import { UsageError } from "../core/tofu-error.ts";
import { isAlive, type StatementBase } from "./statement-base.ts";

/** So many of these must sign, for this reason (rules.md, section 4.3). */
export interface Quorum {
  readonly need: number;
  readonly of: readonly SignerId[];
  readonly why: string;
  /** Their signatures make it stronger; it passes without them. */
  readonly advised?: true;
}

/** Everybody whose signature a statement needs or may use. */
export interface Signing {
  readonly quorums: readonly Quorum[];
  /** Each signer once, who must first. */
  readonly signers: readonly AskedSigner[];
  /** It counts only by a recovery key: it waits before it takes effect (rules.md, 4.6). */
  readonly byRecovery: boolean;
}

export interface AskedSigner {
  readonly signer: SignerId;
  /** Without this one there is no quorum. */
  readonly must: boolean;
}

/**
 * @param silent - those whose signatures count for nothing, by what their certificates say.
 * @returns who must sign: a quorum of the state before, every added key, a quorum of the new state.
 * @throws UsageError where nobody is left whose word could bring the statement about.
 */
export function whoMustSign(base: StatementBase, statement: Statement, silent: ReadonlySet<SignerId>): Signing {
  const after = stateAfter(statement);
  const isGenesis = statement.previous === undefined;
  const added = isGenesis ? [...after.keys.keys(), ...after.recovery] : addedBy(base.before, after);
  const old = oldQuorum(base, statement, silent);
  const fresh: Quorum = {
    need: after.threshold.handover,
    of: handoverKeys(after).filter((signer) => !silent.has(signer)),
    why: "who may hand over then",
  };
  const whole: Quorum = {
    need: added.length,
    of: added,
    why: isGenesis
      ? "each key that a first statement lists"
      : "each key that is new, since nobody is made a signer unasked",
  };
  const quorums = [
    ...(old === undefined ? [] : [old.quorum]),
    ...(added.length === 0 ? [] : [whole]),
    fresh,
    ...againstTheft(base, statement, old?.byRecovery === true),
  ];
  const must = new Set(
    quorums.filter(({ need, of, advised }) => need === of.length && advised !== true).flatMap(({ of }) => of),
  );
  const all = new Set(quorums.flatMap(({ of }) => of));
  const signers = [...all].map((signer) => ({ signer, must: must.has(signer) }));
  return {
    quorums,
    signers: [...signers.filter((each) => each.must), ...signers.filter((each) => !each.must)],
    byRecovery: old?.byRecovery === true,
  };
}

/** @returns one quorum in words, without the signers' names. */
export function quorumWords({ need, of, why }: Quorum): string {
  return why.startsWith("each ") ? why : `${need} of ${of.length} ${why}`;
}

/**
 * Judges the statement as if everybody asked had signed it, so that no publisher hands round a statement that no user
 * could ever follow.
 *
 * @throws UsageError with the reason that users' machines would give.
 */
export function assertFollowable(base: StatementBase, statement: Statement, bytes: Uint8Array, signing: Signing): void {
  const offer: OfferedStatement = {
    sha256: digestOf(bytes),
    text: Buffer.from(bytes).toString("latin1"),
    parsed: ok(statement),
    signatures: signing.signers.map(({ signer }) => asIfSigned(signer)),
    place: "",
    blocks: undefined,
    fitsOnlyRaw: false,
  };
  // What this machine's user requires of the package is no rule for others.
  const pin = { ...base.pin, requirement: {} };
  const judgement = judgeStatement({ package: base.package, pin, offer, now: base.now });
  if (!isFollowed(judgement))
    throw new UsageError(
      `even signed by everybody this statement would be refused: ${judgement.detail ?? judgement.verdict}`,
    );
}

/** @returns the digest that co-signers agree on, as `sha256sum` prints it. */
export function digestOf(bytes: Uint8Array): Sha256 {
  const digest = parseSha256(createHash("sha256").update(bytes).digest("hex"));
  if (!digest.ok) throw new Error("node:crypto made no SHA-256");
  return digest.value;
}

function oldQuorum(
  { before, pin }: StatementBase,
  { removed }: Statement,
  silent: ReadonlySet<SignerId>,
): { readonly quorum: Quorum; readonly byRecovery: boolean } | undefined {
  const capable = handoverKeys(before);
  if (capable.length === 0) return undefined;
  const need = before.threshold.handover;
  const reasons = new Map(removed.map(({ signer, reason }) => [signer, reason]));
  const able = capable.filter((signer) => {
    const reason = reasons.get(signer);
    // A lost key signs nothing; a stolen one counts only where it is all there is (rules.md, 4.3, 4).
    return isAlive(pin, signer) && !silent.has(signer) && reason !== "lost" && (reason !== "compromised" || need === 1);
  });
  if (able.length >= need) return { quorum: { need, of: able, why: "who may hand over now" }, byRecovery: false };
  const recovery = [...before.recovery].filter(
    (signer) => isAlive(pin, signer) && !silent.has(signer) && !reasons.has(signer),
  );
  if (recovery.length > 0) return { quorum: { need: 1, of: recovery, why: "recovery keys" }, byRecovery: true };
  throw new UsageError(
    `${able.length} of the ${need} keys that must hand over are left, and no recovery key: no statement can be made`,
    "users must compare the new key and say tofu trust PACKAGE FPR --replaces OLD",
  );
}

/** A stolen key's thief may have spoken already where users look: a recovery key's signature undoes that (rules.md, 4.6). */
function againstTheft({ before, pin }: StatementBase, { removed }: Statement, byRecovery: boolean): readonly Quorum[] {
  const isTheft = removed.some(
    ({ signer, reason }) => reason === "compromised" && before.keys.get(signer)?.has("handover"),
  );
  const recovery = [...before.recovery].filter((signer) => isAlive(pin, signer));
  if (!isTheft || byRecovery || before.threshold.handover > 1 || recovery.length === 0) return [];
  return [{ need: 1, of: recovery, why: "recovery keys, to undo what the thief may have said already", advised: true }];
}

function isFollowed({ verdict }: StatementJudgement): boolean {
  return verdict === "handover-applied" || verdict === "handover-pending" || verdict === "first-use";
}

function asIfSigned(signer: SignerId): StatementSignature {
  return {
    signer,
    byPrimary: true,
    isBinary: true,
    isForHandover: true,
    isWeak: false,
    isEntitled: true,
    isExpired: false,
    revoked: undefined,
    retiredAt: undefined,
    createdAt: undefined,
    material: digestOf(Buffer.from(signer)),
  };
}
