import type { ArtifactFileName, Version } from "./artifact-name.ts";
import type { Import, PinFileRead } from "./event-import.ts";
import type { CertificateSource } from "./evidence.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { PackageName } from "./package-name.ts";
import type { Requirement } from "./policy.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";
import type { VerdictKind } from "./verdict.ts";
import type { WitnessVoice } from "./witness.ts";

/** Every change of what tofu knows (rules.md, section 2). Events are appended, never edited. */
export type EventBody =
  | FirstUse
  | Sighting
  | Refusal
  | Retire
  | Revoke
  | Trust
  | Confirm
  | Distrust
  | CertificateSeen
  | Unsigned
  | Require
  | Forget
  | Handover
  | HandoverActive
  | HandoverContest
  | HandoverRefused
  | Fetch
  | Resolve
  | Import
  | PinFileRead;

/** `*` is the journal of machine-wide events. */
export type JournalName = PackageName | "*";

/** An event in its place: sealed into its package's chain. */
export interface Event {
  /** Schema version. */
  readonly v: 1;
  /** Version of this package's journal, gapless from 1. */
  readonly n: number;
  /** SHA-256 of the previous event's bytes, `undefined` for the first. */
  readonly prev: Sha256 | undefined;
  /** Wall clock. */
  readonly at: UnixMs;
  /** Never less than the previous event's `mono`: the time that folding and judging use. */
  readonly mono: UnixMs;
  /** The wall clock went back since the previous event, so that `mono` no longer follows it. */
  readonly clockStep?: boolean | undefined;
  readonly package: JournalName;
  readonly actor: Actor;
  readonly body: EventBody;
}

/** Who had this event written: `daemon`, `user:<name>`, or `import:<sha256 of the file>`. */
export type Actor = string;

/** What a user's process said of itself. Claimed: any process of the same user can say it (security.md, section 2). */
export interface Claimed {
  readonly tty?: string | undefined;
  readonly pid: number;
  readonly parent: string;
}

export interface EventArtifact {
  readonly name: ArtifactFileName;
  readonly version?: Version | undefined;
  readonly sha256: Sha256;
  readonly size: number;
}

/** One signature that counted, or was refused, on an artifact. */
export interface SignerUse {
  readonly key: SignerId;
  readonly subkey: Fingerprint;
  readonly sigCreated: UnixMs;
  readonly hash: string;
  readonly algo: string;
}

/** How tofu came to see the artifact: `verify`, `watch`, `exec:pip`, `proxy`; and the index host, where there is one. */
export interface Source {
  readonly via: string;
  /** The pending statement came from this very place again: no second place vouches for it. */
  readonly sameStatement?: boolean | undefined;
  readonly host?: string | undefined;
}

interface Seen {
  readonly artifact: EventArtifact;
  readonly source: Source;
  /** SHA-256 of the stored signature file, and of the bytes its signatures cover. */
  readonly signature?: Sha256 | undefined;
  readonly signedDigest?: Sha256 | undefined;
}

export interface FirstUse extends Seen {
  readonly kind: "first-use";
  readonly key: SignerId;
  readonly subkey: Fingerprint;
  readonly sigCreated: UnixMs;
  readonly certSource: CertificateSource;
  /** The policy that let it pass. */
  readonly mode: string;
  readonly listed?: readonly SignerId[] | undefined;
  readonly witnesses?: readonly WitnessVoice[] | undefined;
}

export interface Sighting extends Seen {
  readonly kind: "sighting";
  readonly keys: readonly SignerUse[];
  readonly verdict: VerdictKind;
  /** Signers of the keyring that came along, where it is not the one that came before (row 9a). */
  readonly listed?: readonly SignerId[] | undefined;
}

export interface Refusal extends Seen {
  readonly kind: "refusal";
  readonly keys: readonly SignerUse[];
  readonly verdict: VerdictKind;
  /** The digest that this name and version had before, where the refusal is about that. */
  readonly other?: Sha256 | undefined;
  /** What independent sources said when they were asked. */
  readonly witnesses?: readonly WitnessVoice[] | undefined;
}

export interface Retire {
  readonly kind: "retire";
  readonly key: SignerId;
  readonly reason: "superseded" | "retired" | "lost";
  readonly by: "handover" | "user" | "cert";
  /** Artifacts first seen before this stay good. */
  readonly cutoff: UnixMs;
}

export interface Revoke {
  readonly kind: "revoke";
  readonly key: SignerId;
  readonly hard: boolean;
  /** The owner said that the key was stolen; without it no reason was given, which counts as hard all the same. */
  readonly compromised?: boolean | undefined;
  readonly by: "cert" | "handover" | "user";
  readonly since?: UnixMs | undefined;
}

export interface Trust {
  readonly kind: "trust";
  readonly key: SignerId;
  readonly scope: "artifact" | "package";
  readonly artifact?: EventArtifact | undefined;
  readonly reason: string;
  /** The verdict that this overrides, where there was one. */
  readonly overridden?: VerdictKind | undefined;
  readonly until?: UnixMs | undefined;
  readonly undoDistrust?: boolean | undefined;
  /** The signer who retires as `lost`, and whose roles this one takes. */
  readonly replaces?: SignerId | undefined;
  readonly claimed?: Claimed | undefined;
}

export interface Confirm {
  readonly kind: "confirm";
  readonly key: SignerId;
  readonly method: string;
  readonly claimed?: Claimed | undefined;
}

export interface Distrust {
  readonly kind: "distrust";
  readonly key: SignerId;
  readonly scope: "package" | "*";
  readonly since?: UnixMs | undefined;
  readonly reason: string;
  readonly claimed?: Claimed | undefined;
}

export interface CertificateSeen {
  readonly kind: "certificate";
  readonly key: SignerId;
  readonly cert: Sha256;
  readonly subkeys: readonly Fingerprint[];
  readonly expiry?: UnixMs | undefined;
}

export interface Unsigned {
  readonly kind: "unsigned";
  readonly artifact: EventArtifact;
  readonly source: Source;
  readonly previouslySigned: boolean;
  readonly verdict: VerdictKind;
}

export interface Require {
  readonly kind: "require";
  readonly requirement: Requirement;
  readonly reason: string;
  readonly claimed?: Claimed | undefined;
}

export interface Forget {
  readonly kind: "forget";
  readonly reason: string;
  readonly claimed?: Claimed | undefined;
}

/** A statement as it was offered: its text is what was signed, and what the fold reads. */
export interface SignedStatement {
  readonly sha256: Sha256;
  readonly text: string;
  /** Whose signatures on it counted. */
  readonly signers: readonly SignerId[];
  /** Where it came from: a folder, a file, a site. */
  readonly place: string;
  /** SHA-256 of the stored signature blocks. */
  readonly blocks?: Sha256 | undefined;
}

/** A statement that takes effect, at once or when its time has come. */
export interface Handover {
  readonly kind: "handover";
  readonly statement: SignedStatement;
  readonly state: "active" | "pending";
  readonly via: "quorum" | "recovery" | "join" | "first-use";
  /** It wins over the branch that began at its place: that branch is undone (rules.md, 4.6). */
  readonly rewind?: boolean | undefined;
}

export interface HandoverActive {
  readonly kind: "handover-active";
  readonly sha256: Sha256;
  readonly by: "window" | "not-before" | "user";
  readonly reason?: string | undefined;
  readonly claimed?: Claimed | undefined;
}

/** A second statement at a place that is taken. */
export interface HandoverContest {
  readonly kind: "handover-contest";
  readonly statement: SignedStatement;
  /** The statement of ours that stands there. */
  readonly against: Sha256;
  /** `fork` freezes, the others are kept as evidence. */
  readonly rule: "fork" | "spent" | "recovery";
}

/** A look for statements while one is pending: a day with one counts like a day with a sighting (rules.md, 4.6). */
export interface Fetch {
  readonly kind: "fetch";
  readonly source: Source;
  /** What answered: folders, files, sites. */
  readonly places: readonly string[];
}

/** A statement that was offered and changes nothing. */
export interface HandoverRefused {
  readonly kind: "handover-refused";
  readonly sha256: Sha256;
  readonly detail: string;
  readonly place: string;
}

/** The user ends a freeze, a contest, or a conflict with a pin file. */
export interface Resolve {
  readonly kind: "resolve";
  readonly keep: "mine" | "theirs" | Sha256;
  /** The pin file that differed, where it is about one; only there `theirs` is an answer. */
  readonly import?: Sha256 | undefined;
  readonly reason: string;
  readonly claimed?: Claimed | undefined;
}
