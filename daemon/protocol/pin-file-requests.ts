import type { Claimed } from "../core/event.ts";

/** A pin file, or pins that another tool keeps. */
export interface PinFileRequest {
  /** A file or, for keys, a folder. */
  readonly file: string;
  /** It is a copy of standard input: nothing can lie beside it. */
  readonly isStdin: boolean;
  /** As the user named it. */
  readonly label: string;
  readonly from: ForeignKind | "known_keys";
  /** Of keys that name none. */
  readonly package?: string | undefined;
  readonly minSerial?: number | undefined;
  readonly keys: readonly string[];
  readonly gnupgHome?: string | undefined;
}

export type ForeignKind = "gradle" | "debian" | "makepkg" | "keys" | "apache-keys" | "gnupg";

/** `tofu import`: takes pins in, after saying what differs. */
export interface ImportRequest extends PinFileRequest {
  readonly do: "import";
  readonly dryRun: boolean;
  readonly preferImported: boolean;
  /** How many signers pinned here the file may stop. */
  readonly acceptRevocations?: number | undefined;
  readonly claimed: Claimed;
}

/** `tofu diff`: my pins against a file's. */
export interface DiffRequest extends PinFileRequest {
  readonly do: "diff";
}

/** `tofu export`: pins as text. */
export interface ExportRequest {
  readonly do: "export";
  readonly pattern?: string | undefined;
  readonly for: "known_keys" | "gradle" | "debian" | "makepkg";
  /** With a header: a serial, an expiry, or because the file is to be signed. */
  readonly header: boolean;
  readonly serial?: number | undefined;
  readonly expires?: string | undefined;
}
