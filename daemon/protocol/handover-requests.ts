import type { Claimed } from "../core/event.ts";

/** `tofu handover apply|check|show|fetch`: statements from a file, a folder, a clone or a site. */
export interface HandoverRequest {
  readonly do: "handover";
  /** `apply` records; `check` and `show` do not; `fetch` looks where the package's statements are published. */
  readonly action: "apply" | "check" | "show" | "fetch";
  /** A chain file, a folder `tofu-handovers` or a clone that has one, or an https URL; absent: places known of the package. */
  readonly from?: string | undefined;
  readonly package?: string | undefined;
  /** For `check`: a release whose signature the statement must allow. */
  readonly file?: string | undefined;
  readonly release?: string | undefined;
  readonly keys: readonly string[];
  /** `apply`: ends a pending statement's wait. */
  readonly because?: string | undefined;
  readonly offline: boolean;
  readonly gnupgHome?: string | undefined;
  readonly policyFile?: string | undefined;
  readonly claimed: Claimed;
}

/** `tofu handover make`: writes the next statement of a package, and what its signers run. Nothing is recorded. */
export interface HandoverMakeRequest {
  readonly do: "handover-make";
  readonly package: string;
  /** Fingerprint, or fingerprint=roles. */
  readonly add: readonly string[];
  /** Fingerprint=reason, with `@DATE` for a time since when. */
  readonly remove: readonly string[];
  /** OLD=NEW: the new key takes the old one's roles. */
  readonly rotate: readonly string[];
  /** The project changes hands: these keys take every role, all present ones go. */
  readonly handTo: readonly string[];
  readonly recovery: readonly string[];
  readonly dropRecovery: readonly string[];
  readonly releaseThreshold?: number | undefined;
  readonly handoverThreshold?: number | undefined;
  readonly vouch: readonly string[];
  readonly location: readonly string[];
  /** Names the chain speaks for as well. */
  readonly alsoFor: readonly string[];
  readonly notBefore?: string | undefined;
  readonly reason?: string | undefined;
  /** Earlier statements, where this machine's pin does not know them. */
  readonly from?: string | undefined;
  /** Says what expires when, and writes nothing. */
  readonly plan: boolean;
  /** Folder for the statement and the script; absent: `tofu-handovers`. */
  readonly output: string;
  readonly keys: readonly string[];
  readonly gnupgHome?: string | undefined;
  readonly claimed: Claimed;
}

/** `tofu handover request`: the short text that asks upstream for a statement. */
export interface HandoverAskRequest {
  readonly do: "handover-request";
  readonly package: string;
  /** The new signer that upstream should name, where one was seen. */
  readonly fingerprint?: string | undefined;
}
