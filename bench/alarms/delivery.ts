/** A key that made a good signature, by the certificate that it belongs to. */
export interface MadeBy {
  readonly primary: string;
  readonly signingKey: string;
}

/** What arrives at a user's machine: files on disk, and what a plain verification would establish about them. */
export interface Delivery {
  readonly series: string;
  readonly version: string;
  /** When it arrives, in seconds since 1970. */
  readonly at: number;
  readonly path: string;
  readonly signature: string | undefined;
  readonly keyring: string;
  /** A chain of statements that lies beside it. */
  readonly chain: string | undefined;
  /** Signers whose signature fits; none for an altered or unsigned file. */
  readonly signers: readonly MadeBy[];
}

/** One way to watch releases arrive. */
export interface Watcher {
  /** @returns why it raised an alarm, `undefined` where it let the delivery pass. Whatever passes is remembered. */
  readonly receive: (delivery: Delivery) => Promise<string | undefined>;
  /** As {@link receive}, remembering nothing: an attack that is tried out. */
  readonly probe: (delivery: Delivery) => Promise<string | undefined>;
  /** The person in front of it asked the project, and says that this delivery is right. */
  readonly accept: (delivery: Delivery) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Method {
  readonly name: string;
  readonly open: () => Promise<Watcher>;
  /** Statements lie beside the files: for which changes. */
  readonly statements: "none" | "announced" | "every";
}

export const DAY = 86_400;
