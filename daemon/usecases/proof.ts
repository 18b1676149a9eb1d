import { plural } from "../core/sentence.ts";
import type { Proof } from "../protocol/story-line.ts";

export const verified = (detail: string): Proof => ({ state: "verified", detail });
export const notKept = (detail: string): Proof => ({ state: "bytes not kept", detail });
export const failed = (detail: string): Proof => ({ state: "failed", detail });

/** @returns the proof of a line that rests on several events: it is as good as the weakest of them. */
export function combineProofs(proofs: readonly Proof[]): Proof {
  const [only, ...others] = proofs;
  if (only === undefined) return notKept("it rests on no event");
  if (others.length === 0) return only;
  const worst =
    proofs.find(({ state }) => state === "failed") ?? proofs.find(({ state }) => state === "bytes not kept");
  const good = proofs.filter(({ state }) => state === "verified").length;
  if (worst === undefined) return verified(`${plural(good, "event")} verified again`);
  return { state: worst.state, detail: `${good} of ${plural(proofs.length, "event")} verified again; ${worst.detail}` };
}
