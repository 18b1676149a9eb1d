/** Every fault tofu can name. A fault is never a verdict: it says that nothing was judged, or nothing recorded. */
export type FaultCode =
  | "store-in-use"
  | "store-damaged"
  | "store-rolled-back"
  | "store-unwritable"
  | "store-foreign"
  | "store-newer"
  | "replay-mismatch"
  | "daemon-unreachable"
  | "daemon-untrusted"
  | "daemon-running"
  | "daemon-other-store"
  | "protocol"
  | "file-missing"
  | "file-unreadable"
  | "file-not-regular"
  | "file-changing"
  | "place-unreachable"
  | "config"
  | "layer"
  | "busy"
  /** Whoever asked is gone, so the work was given up. */
  | "abandoned"
  | "internal";

/** A fault with the thing it is about and what to do, in one sentence without a stack trace. */
export class TofuError extends Error {
  readonly code: FaultCode;

  /**
   * @param code - names the kind of fault, for programs.
   * @param message - names the thing and, where there is one, the remedy; outside text in it must be printable already.
   */
  constructor(code: FaultCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "TofuError";
    this.code = code;
  }
}

/** A wrong use of the command line, the configuration or a request: nothing was judged, exit code 2. */
export class UsageError extends Error {
  /** A near word or an example, where there is one. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}
