/** One statement, judged or only shown (`tofu handover apply|check|show|fetch`, and `verify` where some lay beside). */
export interface HandoverLine {
  readonly schemaVersion: 1;
  readonly type: "handover";
  readonly package?: string | undefined;
  /** Absent where a statement is only shown. */
  readonly verdict?: string | undefined;
  readonly detail?: string | undefined;
  readonly class: "ok" | "refused" | "decide" | "unchecked";
  readonly exit: number;
  readonly sha256: string;
  readonly seq?: number | undefined;
  readonly sentence: string;
  /** Who signed it, and whether that counts: a fingerprint and a word each. */
  readonly signers: readonly { readonly signer: string; readonly counts: boolean; readonly why: string }[];
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly notices: readonly string[];
  /** Files accepted under a branch that this statement undid: digests with their names. */
  readonly affected: readonly AffectedLine[];
  readonly place: string;
  readonly recorded: boolean;
  readonly next?: readonly string[] | undefined;
  readonly replay?: boolean | undefined;
}

export interface AffectedLine {
  readonly sha256: string;
  readonly name: string;
  readonly version?: string | undefined;
}
