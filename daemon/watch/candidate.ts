/** A regular file, as `lstat` saw it. */
export interface FileState {
  readonly folder: string;
  readonly name: string;
  /** Device, inode, size and times: another one means another file, or other content. */
  readonly identity: string;
  readonly size: number;
  /** Its last write, by the inode's own time (ctime): downloaders set the other one to the server's. */
  readonly changedAtMs: number;
}

/** A file as it must still be when it is judged. */
export type CandidateFile = Pick<FileState, "folder" | "name" | "identity">;

/** An artifact whose time has come. */
export interface Candidate {
  readonly path: string;
  /**
   * `beside`: signatures of its own lie beside it. `listed`: lists of digests that may or may not name it; before
   * `aloneAtMs`, or where it {@link isKnown}, an answer counts only if one does. `alone`: it has waited long enough.
   */
  readonly basis: "beside" | "listed" | "alone";
  /** The same bytes were judged before, with less beside them. */
  readonly isKnown: boolean;
  /** Bytes of the artifact. */
  readonly size: number;
  /** The last write to any of its files. */
  readonly lastWriteMs: number;
  /** When its wait for a signature of its own is over. */
  readonly aloneAtMs: number;
  /** Every file whose state this rests on, the artifact first; look again before judging. */
  readonly files: readonly [CandidateFile, ...CandidateFile[]];
  /** What to remember once it is judged. */
  readonly marks: readonly string[];
}

export interface CandidateSettings {
  /** How long an artifact waits for its signature, after its last write. */
  readonly signatureWaitMs: number;
  /** How long a file must lie still before it is read. */
  readonly settleMs: number;
  /** Files that are kept in mind; more are left out, and {@link Candidates.isFull} says so. */
  readonly maxFiles: number;
}

export const DEFAULT_SETTINGS: CandidateSettings = {
  signatureWaitMs: 600_000,
  settleMs: 500,
  maxFiles: 250_000,
};
