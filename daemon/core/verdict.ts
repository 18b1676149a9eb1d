/** Every verdict an artifact can get (rules.md, section 3), with the classes it may come in. */
export type VerdictKind =
  | "first-use"
  | "match"
  | "match-new-subkey"
  | "match-plus-unknown"
  | "match-retired"
  | "match-handover"
  | "accepted-once"
  | "unsigned-expected"
  | "unsigned"
  | "first-use-undecided"
  | "name-ambiguous"
  | "retired-signer-unseen"
  | "revoked-seen"
  | "expired-key"
  | "expired-signature"
  | "future-dated"
  | "weak-crypto"
  | "unsigned-older"
  | "renamed"
  | "older-version"
  | "first-use-denied"
  | "unexpected-signer"
  | "quorum-not-met"
  | "wrong-role"
  | "handover-fork"
  | "handover-pending"
  | "handover-contested"
  | "chain-behind"
  | "import-conflict"
  | "hash-differs-from-import"
  | "distrusted"
  | "retired-signer"
  | "revoked"
  | "unsigned-downgrade"
  | "bad-signature"
  | "artifact-changed"
  | "certificate-unavailable"
  | "unreadable-signature"
  | "unsupported";

/** The class word that line one of every answer begins with. */
export type VerdictClass = "ok" | "decide" | "refused" | "unchecked";

export type NoticeKind =
  | "expired-since"
  | "key-copy-expired"
  | "self-signature-newer"
  | "bad-signature-beside"
  | "older-version"
  | "older-signature"
  | "same-bytes"
  | "shared-key"
  | "weak-binding"
  | "allowed-weak"
  | "statement-signature-on-file"
  | "trusted-here-only"
  | "recovery-dropped"
  | "signer-expired"
  | "handover-contested"
  | "chain-rollback"
  | "chain-ignored"
  | "not-recorded"
  | "imported-opinion"
  | "layer-conflict"
  | "forgotten-before";

/** 0 go on, 3 a person must look, 4 refused on trust, 5 refused on evidence, 6 cannot tell (cli.md, exit codes). */
export type VerdictExit = 0 | 3 | 4 | 5 | 6;

/** A verdict with the class and exit code it comes in here; a few verdicts come in several. */
export interface Ruling {
  readonly verdict: VerdictKind;
  readonly class: VerdictClass;
  readonly exit: VerdictExit;
}

/** @returns the verdict in its usual class. */
export function rule(verdict: VerdictKind): Ruling {
  switch (verdict) {
    case "first-use":
    case "match":
    case "match-new-subkey":
    case "match-plus-unknown":
    case "match-retired":
    case "match-handover":
    case "accepted-once":
    case "unsigned-expected":
    case "unsigned":
      return { verdict, class: "ok", exit: 0 };
    case "first-use-undecided":
    case "name-ambiguous":
    case "retired-signer-unseen":
    case "revoked-seen":
    case "expired-key":
    case "expired-signature":
    case "future-dated":
    case "weak-crypto":
    case "unsigned-older":
    case "renamed":
    case "handover-pending":
    case "handover-contested":
    case "chain-behind":
    case "import-conflict":
    case "hash-differs-from-import":
      return decide(verdict);
    case "older-version":
    case "first-use-denied":
    case "unexpected-signer":
    case "quorum-not-met":
    case "wrong-role":
    case "handover-fork":
    case "distrusted":
    case "retired-signer":
    case "revoked":
    case "unsigned-downgrade":
      return refuse(verdict);
    case "bad-signature":
    case "artifact-changed":
      return { verdict, class: "refused", exit: 5 };
    case "certificate-unavailable":
    case "unreadable-signature":
    case "unsupported":
      return { verdict, class: "unchecked", exit: 6 };
  }
}

/** @returns the verdict as a question to a person. */
export function decide(verdict: VerdictKind): Ruling {
  return { verdict, class: "decide", exit: 3 };
}

/** @returns the verdict as a refusal on trust. */
export function refuse(verdict: VerdictKind): Ruling {
  return { verdict, class: "refused", exit: 4 };
}
