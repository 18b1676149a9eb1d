import type { Event, Handover, HandoverActive, HandoverContest, SignedStatement } from "../core/event.ts";
import { foldEvents, foldMachine, withMachine } from "../core/fold.ts";
import { judgeStatement } from "../core/handover.ts";
import { dueEvents } from "../core/handover-window.ts";
import type { PinLayer } from "../core/layer-pin.ts";
import type { OfferedStatement } from "../core/offer.ts";
import type { PackageName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import type { UnixMs } from "../core/time.ts";
import { concatBytes } from "../evidence/packet-walk.ts";
import { gatherChain } from "../evidence/statement-evidence.ts";
import type { Proof } from "../protocol/story-line.ts";
import { foldOnLayer } from "./layered.ts";
import { failed, notKept, verified } from "./proof.ts";
import type { Bench } from "./prove-file.ts";

/** The journal up to, and without, the event that is to be proved. */
export interface Before {
  readonly name: PackageName;
  readonly events: readonly Event[];
  readonly machine: readonly Event[];
  readonly layer?: PinLayer | undefined;
}

/**
 * Verifies a statement again from its stored text, its stored signature blocks and the stored certificates, and judges it
 * again against the pin as it was: the same quorum must come to the same event.
 */
export async function proveStatement(
  bench: Bench,
  before: Before,
  { mono, body }: Event & { readonly body: Handover | HandoverContest },
): Promise<Proof> {
  const offer = await offerAgain(bench, body.statement, mono);
  if ("state" in offer) return offer;
  const unsigned = body.statement.signers.filter((signer) => !offer.signatures.some((one) => one.signer === signer));
  if (unsigned[0] !== undefined) return failed(`the signature by ${shortSigner(unsigned[0])} does not verify again`);
  const [first, ...others] = pinsBefore(before, mono).map((pin) =>
    judgeStatement({ package: before.name, pin, offer, now: mono }),
  );
  if ([first, ...others].some((judgement) => judgement?.events.some((event) => isSame(event, body))))
    return verified(`${plural(body.statement.signers.length, "signature")} and the quorum verified again`);
  const why = first?.detail === undefined ? first?.verdict : `${first.verdict} ${first.detail}`;
  return failed(`judged again it comes to ${why}`);
}

/** A time that came: by the journal's own clock, or by the user's word. */
export function proveActive(before: Before, { mono, body }: Event & { readonly body: HandoverActive }): Proof {
  if (body.by === "user") return verified("your word, in an unbroken journal");
  const due = pinsBefore(before, mono).flatMap((pin) => dueEvents(pin, mono));
  return due.some((event) => event.kind === "handover-active" && event.sha256 === body.sha256)
    ? verified("its time had come by the journal")
    : failed("judged again its time had not come");
}

async function offerAgain(
  { world, certificates }: Bench,
  { text, sha256, blocks, place }: SignedStatement,
  now: UnixMs,
): Promise<OfferedStatement | Proof> {
  if (blocks === undefined) return notKept("its signatures are not stored");
  const signatures = await world.journal.object(blocks);
  if (signatures === undefined) return failed("its stored signatures are missing");
  const bytes = concatBytes([new TextEncoder().encode(text), signatures]);
  const { chain } = await gatherChain({ bytes, place, keyFiles: [] }, { ...certificates, keyring: undefined }, now);
  const [offer, ...others] = chain.offers;
  if (offer === undefined || others.length > 0 || offer.sha256 !== sha256) return failed("its text has another digest");
  return asItWas(offer);
}

/** What became known of a key later does not undo what it signed; what was known then, the pin of then knows. */
function asItWas(offer: OfferedStatement): OfferedStatement {
  const signatures = offer.signatures.map((one) => ({ ...one, revoked: undefined, retiredAt: undefined }));
  return { ...offer, signatures };
}

/** The journal doesn't say whether the machine's files were there then: with them, where there are any, and without. */
function pinsBefore({ events, machine, layer }: Before, mono: UnixMs): readonly Pin[] {
  const distrusted = foldMachine(machine.filter((event) => event.mono <= mono));
  const layered = layer === undefined ? [] : [foldOnLayer(layer, events)];
  return [...layered, foldEvents(events)].map((pin) => withMachine(pin, distrusted));
}

function isSame(again: Event["body"], body: Handover | HandoverContest): boolean {
  if (again.kind === "handover" && body.kind === "handover")
    return again.via === body.via && again.state === body.state && again.rewind === body.rewind;
  if (again.kind === "handover-contest" && body.kind === "handover-contest")
    return again.rule === body.rule && again.against === body.against;
  return false;
}
