import { type ChainJudgement, judgeChain, type OfferedChain } from "../core/arrival.ts";
import type { ChainFault } from "../core/chain-file.ts";
import type { EventBody } from "../core/event.ts";
import type { CertificateState } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { PackageName } from "../core/package-name.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import type { GatheredCertificate } from "../evidence/gathering.ts";
import { gatherChain } from "../evidence/statement-evidence.ts";
import type { FoundChain, GatheredChain } from "../evidence/statement-gathering.ts";
import type { Append } from "../journal/journal.ts";
import { certificateSources } from "./known.ts";
import type { CertificateSources } from "./noted-sources.ts";
import type { LoadedPin, TofuWorld } from "./world.ts";

/** Statements of one package, from every place that was looked at. */
export interface OfferedHere {
  readonly chain: OfferedChain;
  /** Why the first place's file ends where it does, for people who named that file. */
  readonly fault: ChainFault | undefined;
  readonly states: readonly CertificateState[];
  readonly certificates: readonly GatheredCertificate[];
  readonly objects: readonly Uint8Array[];
  /** Key files that lay beside the statements. */
  readonly keyFiles: readonly string[];
}

export const NOTHING_OFFERED: OfferedHere = {
  chain: { offers: [], isCut: false },
  fault: undefined,
  states: [],
  certificates: [],
  objects: [],
  keyFiles: [],
};

/** Where certificates of those who signed statements are asked for, besides the places of the statements. */
export interface ChainKeys {
  readonly keys: readonly string[];
  readonly gnupgHome?: string | undefined;
}

interface Offers {
  readonly found: readonly FoundChain[];
  readonly keys: ChainKeys;
  readonly sources?: CertificateSources;
}

/**
 * Establishes who signed the statements of all places, the longest valid chain first (rules.md, 4.4). A shorter one
 * proves nothing, but what it holds beside is judged after it: a second statement at one place is evidence wherever it
 * lies.
 */
export async function gatherOffered(
  world: TofuWorld,
  name: PackageName,
  { pin, now }: LoadedPin,
  { found, keys, sources = certificateSources(world, keys.gnupgHome) }: Offers,
): Promise<OfferedHere> {
  const known = new Set(pin.chain.links.map(({ sha256 }) => sha256));
  const gathered: GatheredChain[] = [];
  for (const each of found) gathered.push(await gatherChain(each, sources, now, { namedKeys: keys.keys, known }));
  const ordered = gathered
    .map((each) => ({ each, length: judgeChain(name, pin, each.chain.offers, now).pin.chain.links.length }))
    .sort((a, b) => b.length - a.length)
    .map(({ each }) => each);
  const [first] = ordered;
  if (first === undefined) return NOTHING_OFFERED;
  return {
    chain: { offers: ordered.flatMap(({ chain }) => chain.offers), isCut: first.chain.isCut },
    fault: first.fault,
    states: ordered.flatMap(({ states }) => states),
    certificates: ordered.flatMap(({ certificates }) => certificates),
    objects: ordered.flatMap(({ objects }) => objects),
    keyFiles: [...new Set(found.flatMap(({ keyFiles }) => keyFiles))],
  };
}

/**
 * @returns what is kept with the events of a chain: the signature blocks that they name, and certificates of those who
 * have a place in the pin now. What was refused leaves a line, and nothing that anybody could fill the store with.
 */
export function keptWith(
  events: readonly EventBody[],
  { pin }: Pick<ChainJudgement, "pin">,
  { states, certificates, objects }: Pick<OfferedHere, "states" | "certificates" | "objects">,
): { readonly certificates: readonly GatheredCertificate[]; readonly objects: Append["objects"] } {
  const named = new Set(
    events.flatMap((body) =>
      body.kind === "handover" || body.kind === "handover-contest" ? (body.statement.blocks ?? []) : [],
    ),
  );
  const changed = new Set(states.filter((state) => state.changed).map(({ signer }) => signer));
  return {
    certificates: certificates.filter(({ signer }) => changed.has(signer) && pin.signers.has(signer)),
    objects: objects.filter((bytes) => named.has(sha256OfBytes(bytes))),
  };
}

/** @returns one certificate for each primary; of two the later one, which was merged from more. */
export function distinctCertificates(certificates: readonly GatheredCertificate[]): readonly GatheredCertificate[] {
  return [...new Map<Fingerprint, GatheredCertificate>(certificates.map((each) => [each.primary, each])).values()];
}
