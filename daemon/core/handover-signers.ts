import { type ChainState, handoverKeys } from "./handover-chain.ts";
import type { OfferedStatement, StatementSignature } from "./offer.ts";
import type { Pin } from "./pin.ts";
import type { SignerId } from "./signer.ts";
import { MINUTE_MS, type UnixMs } from "./time.ts";

/** Whose signatures on a statement count, and why the others do not. */
export interface Signers {
  readonly counted: ReadonlySet<SignerId>;
  /** Signed only with a subkey (rules.md, 4.3, 7). */
  readonly bySubkey: ReadonlySet<SignerId>;
  /** Would count, but the signature is dated ahead of now (row 56a). */
  readonly future: ReadonlySet<SignerId>;
  /** Would count, but the key is revoked hard since (rows 53, 53b). */
  readonly revoked: ReadonlySet<SignerId>;
  /** Counted although the copy of the certificate has expired (row 54). */
  readonly expired: ReadonlySet<SignerId>;
}

const FUTURE_TOLERANCE_MS = 10 * MINUTE_MS;

/**
 * Counts distinct primaries, each once, equal key material as one (rules.md, 4.3). A signature counts only if it was
 * made by the primary key itself, binary, for handovers, with sound cryptography; distrust and revocation take it away.
 */
export function countSigners(offer: OfferedStatement, pin: Pin, now: UnixMs): Signers {
  const sound = offer.signatures.filter(
    (signature) => isSound(signature) && pin.signers.get(signature.signer)?.state !== "distrusted",
  );
  const primary = sound.filter(({ byPrimary }) => byPrimary);
  const inTime = primary.filter((signature) => !isAhead(signature, now));
  const alive = distinct(inTime.filter((signature) => !isRevoked(signature, pin)));
  const signersOf = (signatures: readonly StatementSignature[]): ReadonlySet<SignerId> =>
    new Set(signatures.map(({ signer }) => signer));
  return {
    counted: signersOf(alive),
    bySubkey: signersOf(sound.filter(({ byPrimary }) => !byPrimary)),
    future: signersOf(primary.filter((signature) => isAhead(signature, now))),
    revoked: signersOf(inTime.filter((signature) => isRevoked(signature, pin))),
    expired: signersOf(alive.filter(({ isExpired }) => isExpired)),
  };
}

function distinct(signatures: readonly StatementSignature[]): readonly StatementSignature[] {
  const materials = new Map<string, SignerId>();
  return signatures.filter(({ signer, material }) => {
    const owner = materials.get(material) ?? signer;
    materials.set(material, owner);
    return owner === signer;
  });
}

/**
 * @returns the keys of a state that may hand over, that signed, and that are alive: at the head, what has become of a
 * key since counts too; further back only the state there does.
 */
export function quorumOf(
  state: ChainState,
  signers: ReadonlySet<SignerId>,
  pin: Pin,
  atHead: boolean,
): readonly SignerId[] {
  return handoverKeys(state).filter((signer) => signers.has(signer) && (!atHead || mayAct(pin, signer)));
}

/** @returns the recovery keys of a state that signed and are alive. */
export function recoverersOf(
  state: ChainState,
  signers: ReadonlySet<SignerId>,
  pin: Pin,
  atHead: boolean,
): readonly SignerId[] {
  return [...state.recovery].filter((signer) => signers.has(signer) && (!atHead || mayAct(pin, signer)));
}

/** Withdrawn by its owner, or come by the help of a stolen key (rows 52, 53a): it has no say in what comes next. */
function mayAct({ signers }: Pin, signer: SignerId): boolean {
  const state = signers.get(signer)?.state;
  return state !== "retired" && state !== "contested";
}

function isSound({ isBinary, isForHandover, isWeak, isEntitled }: StatementSignature): boolean {
  return isBinary && isForHandover && !isWeak && isEntitled;
}

function isAhead({ createdAt }: StatementSignature, now: UnixMs): boolean {
  return createdAt !== undefined && createdAt > now + FUTURE_TOLERANCE_MS;
}

function isRevoked({ signer, revoked }: StatementSignature, pin: Pin): boolean {
  return revoked !== undefined || pin.signers.get(signer)?.revocation !== undefined;
}
