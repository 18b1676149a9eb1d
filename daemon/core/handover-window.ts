import type { EventBody } from "./event.ts";
import { handoverKeys, type PendingStatement } from "./handover-chain.ts";
import type { Pin } from "./pin.ts";
import type { SignerId } from "./signer.ts";
import { DAY_MS, type UnixMs } from "./time.ts";

/** Recovery has this long, from the first sighting of what it contests (rules.md, 4.6). */
export const RECOVERY_WINDOW_MS: number = 7 * DAY_MS;
const MIN_WINDOW_DAYS = 3;

/** @returns events for pending statements whose time has come; asked before each judgement, there is no timer. */
export function dueEvents({ chain, requirement, signers }: Pin, now: UnixMs): readonly EventBody[] {
  const { pending, freeze } = chain;
  if (pending === undefined || freeze !== undefined || requirement.noHandover === true) return [];
  if (!stillStands(pending, signers)) return [];
  const { link, why, days, seenElsewhere } = pending;
  if (why === "not-before") {
    const { notBefore } = link.statement;
    return notBefore === undefined || now >= notBefore
      ? [{ kind: "handover-active", sha256: link.sha256, by: "not-before" }]
      : [];
  }
  const over = now >= link.at + RECOVERY_WINDOW_MS && days.size >= MIN_WINDOW_DAYS && seenElsewhere;
  return over ? [{ kind: "handover-active", sha256: link.sha256, by: "window" }] : [];
}

/** Who was revoked as stolen or distrusted while a statement waited does not speak for it any more (rows 53, 53b). */
function stillStands({ link, why }: PendingStatement, signers: Pin["signers"]): boolean {
  const speaks = (signer: SignerId): boolean => {
    const known = signers.get(signer);
    return link.signers.includes(signer) && known?.state !== "distrusted" && known?.revocation === undefined;
  };
  if (why === "recovery") return [...link.before.recovery].some(speaks);
  return handoverKeys(link.before).filter(speaks).length >= link.before.threshold.handover;
}
