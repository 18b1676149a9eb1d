/** Every verdict an artifact can get (rules.md, section 3), with the classes it may come in. */
export type VerdictKind =
  | "first-use"
  | "match"
  | "match-new-subkey"
  | "match-plus-unknown"
  | "match-retired"
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
  | "not-recorded"
  | "forgotten-before";

/** 0 go on, 3 a person must look, 4 refused on trust, 5 refused on evidence, 6 cannot tell (cli.md, exit codes). */
export type VerdictExit = 0 | 3 | 4 | 5 | 6;
