import type { DraftSigner } from "./pin-draft.ts";
import type { UnixMs } from "./time.ts";

/** The signer signs no more; what it signed before the cutoff stays good. */
export function retire(signer: DraftSigner, reason: "superseded" | "retired" | "lost", cutoff: UnixMs): void {
  signer.retirement = { reason, cutoff };
  if (signer.state === "active") signer.state = "retired";
}

/** The signer is revoked as compromised; the first such word counts. */
export function revoke(signer: DraftSigner, since: UnixMs | undefined, seenAt: UnixMs): void {
  signer.revocation ??= { since, seenAt };
  if (signer.state !== "distrusted") signer.state = "revoked";
}
