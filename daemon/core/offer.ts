import type { Result } from "./result.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { Statement } from "./statement.ts";
import type { StatementError } from "./statement-text.ts";
import type { UnixMs } from "./time.ts";

/** A statement somebody offers, with what was established about its signatures. Facts only. */
export interface OfferedStatement {
  /** Of the bytes after the transport step, which are what signatures cover. */
  readonly sha256: Sha256;
  readonly text: string;
  readonly parsed: Result<Statement, StatementError>;
  readonly signatures: readonly StatementSignature[];
  readonly place: string;
  readonly blocks: Sha256 | undefined;
  /** A signature fits only the bytes as they lay in the file, with CRLF line ends. */
  readonly fitsOnlyRaw: boolean;
}

/** A signature over exactly the statement's bytes that verified, by a certificate (or ssh key) at hand. */
export interface StatementSignature {
  readonly signer: SignerId;
  /** The primary key itself signed; a subkey says who may release, never who may say so (rules.md, 4.3, 7). */
  readonly byPrimary: boolean;
  readonly isBinary: boolean;
  /** Every hashed purpose notation says `handover`, and there is one; ssh signatures have the namespace for it. */
  readonly isForHandover: boolean;
  readonly isWeak: boolean;
  /** The key was entitled then, or it is a primary whose copy has merely expired (row 54). */
  readonly isEntitled: boolean;
  readonly isExpired: boolean;
  /** A hard revocation, `compromised` where its owner said so. */
  readonly revoked: "compromised" | "no-reason" | undefined;
  /** The owner withdrew it without suspicion, at this time. */
  readonly retiredAt: UnixMs | undefined;
  readonly createdAt: UnixMs | undefined;
  /** Equal for equal key material (row 13). */
  readonly material: Sha256;
}
