import type { Pin, Role } from "./pin.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

/** A signer as a pin file says it. */
export interface ImportedSigner {
  readonly signer: SignerId;
  readonly standing:
    | { readonly kind: "active" | "frozen" | "contested" }
    | {
        readonly kind: "retired";
        readonly cutoff: UnixMs | undefined;
        readonly reason: "superseded" | "retired" | "lost" | undefined;
      }
    | { readonly kind: "revoked"; readonly hard: boolean; readonly since: UnixMs | undefined }
    | { readonly kind: "distrusted"; readonly since: UnixMs | undefined };
  readonly roles: ReadonlySet<Role>;
  readonly basis:
    | { readonly kind: "first-use" | "trust" }
    | { readonly kind: "handover"; readonly seq: number }
    | undefined;
  readonly first: UnixMs | undefined;
  readonly last: UnixMs | undefined;
  readonly releases: number | undefined;
  readonly days: number | undefined;
  readonly until: UnixMs | undefined;
  readonly extras: readonly { readonly name: string; readonly value: string }[];
}

/** A revocation or a distrust that a file brings. */
export interface News {
  readonly signer: SignerId;
  readonly kind: "revoked" | "distrusted";
  readonly hard: boolean;
  readonly since: UnixMs | undefined;
  /** The revocation verified, whoever sent the file; else it is somebody's word. */
  readonly isProven: boolean;
  /** The signer may act here now, and no longer once this takes effect. */
  readonly stops: boolean;
}

/** Row 71: bad news takes effect where it proves itself or comes from a trusted file. */
export interface NewsOutcome {
  readonly effects: readonly News[];
  /** Shown at import and at the next verdict (`imported-opinion`), counted as a witness against. */
  readonly opinions: readonly News[];
}

/** More signers than this are not stopped in passing. */
export const MAX_STOPPED_UNASKED = 3;

const NO_NEWS: NewsOutcome = { effects: [], opinions: [] };

type BadNews = Extract<ImportedSigner["standing"], { readonly kind: "revoked" | "distrusted" }>;

function isBadNews(standing: ImportedSigner["standing"]): standing is BadNews {
  return standing.kind === "revoked" || standing.kind === "distrusted";
}

/** @returns what of a file's bad news is news here, apart by whether it takes effect. */
export function newsOf(question: {
  readonly pin: Pin;
  readonly signers: readonly ImportedSigner[];
  readonly isTrusted: boolean;
  readonly provenRevocations: ReadonlySet<SignerId>;
}): NewsOutcome {
  const { pin, isTrusted, provenRevocations } = question;
  // Most lines of a large file bring none.
  if (!question.signers.some(({ standing }) => isBadNews(standing))) return NO_NEWS;
  const all = question.signers.flatMap(({ signer, standing }): readonly News[] => {
    if (!isBadNews(standing)) return [];
    const state = pin.signers.get(signer)?.state;
    if (state === "distrusted" || state === standing.kind) return [];
    const isRevocation = standing.kind === "revoked";
    return [
      {
        signer,
        kind: standing.kind,
        hard: isRevocation && standing.hard,
        since: standing.since,
        isProven: isRevocation && provenRevocations.has(signer),
        stops: state === "active",
      },
    ];
  });
  const takesEffect = ({ isProven }: News): boolean => isTrusted || isProven;
  return { effects: all.filter(takesEffect), opinions: all.filter((news) => !takesEffect(news)) };
}

/**
 * @param accepted - what `--accept-revocations N` says.
 * @returns how many signers pinned here the whole file would stop, where that is more than {@link MAX_STOPPED_UNASKED}
 * and not the number that the user gave; `undefined` where the import may go on.
 */
export function stopsTooMany(outcomes: Iterable<NewsOutcome>, accepted: number | undefined): number | undefined {
  const stopped = new Set<SignerId>();
  for (const { effects } of outcomes) for (const { signer, stops } of effects) if (stops) stopped.add(signer);
  return stopped.size <= MAX_STOPPED_UNASKED || stopped.size === accepted ? undefined : stopped.size;
}
