import type { Event, JournalName } from "../core/event.ts";
import { foldEvents } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import { isSamePin } from "../core/pin-text.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { TofuError } from "../core/tofu-error.ts";
import { indexTerms } from "./indexes.ts";
import type { Journal } from "./journal.ts";

/** Something in a store that is not as it was written. */
export interface StoreProblem {
  /** `absent`: what an event names was never stored, or is lost. */
  readonly kind: "damaged" | "absent";
  /** Which part: a package, `*`, or the store as a whole. */
  readonly place: JournalName | "store";
  /** In a sentence, with the event's number where one is to blame. */
  readonly problem: string;
}

/** What the events of a store, in their order, say that the rest of it must hold. */
interface Survey {
  readonly lengths: Map<JournalName, number>;
  readonly bySigner: Map<SignerId, Set<JournalName>>;
  readonly byArtifact: Map<Sha256, Set<JournalName>>;
  readonly certificates: Map<SignerId, JournalName>;
  readonly objects: Map<Sha256, JournalName>;
}

/**
 * Reads everything a store has: the order of all events, each chain, the indexes, and the certificates and signature
 * files that events name. Takes as long as the store is big; opening one only compares its head.
 *
 * @returns the problems, each as it is found; none for a sound store.
 * @throws TofuError for faults that are not damage, as of a journal closed meanwhile.
 */
export async function* verifyStore(journal: Journal): AsyncGenerator<StoreProblem, void, undefined> {
  const survey: Survey = {
    lengths: new Map(),
    bySigner: new Map(),
    byArtifact: new Map(),
    certificates: new Map(),
    objects: new Map(),
  };
  const broken = await damageIn(async () => {
    for await (const { event } of journal.follow(0)) note(survey, event);
  });
  if (broken !== undefined) yield { kind: "damaged", place: "store", problem: broken };
  const hasGrown = async (): Promise<boolean> => (await journal.count()) !== surveyed(survey);
  yield* verifyChains(journal, survey, { isComplete: broken === undefined, hasGrown });
  // An order that ends early says nothing about what should be in the rest.
  if (broken === undefined) yield* verifyTerms(journal, survey, hasGrown);
}

/** How many events the survey has seen. */
function surveyed({ lengths }: Survey): number {
  return [...lengths.values()].reduce((sum, length) => sum + length, 0);
}

function note(survey: Survey, { package: name, n, body }: Event): void {
  survey.lengths.set(name, n);
  if ("signature" in body && body.signature !== undefined) survey.objects.set(body.signature, name);
  if (body.kind === "certificate") survey.certificates.set(body.key, name);
  if (name === "*") return;
  const { signers, artifacts } = indexTerms(body);
  for (const signer of signers) addTo(survey.bySigner, signer, name);
  for (const digest of artifacts) addTo(survey.byArtifact, digest, name);
}

async function* verifyChains(
  journal: Journal,
  { lengths }: Survey,
  { isComplete, hasGrown }: { readonly isComplete: boolean; readonly hasGrown: HasGrown },
): AsyncGenerator<StoreProblem, void, undefined> {
  const listed = new Set<JournalName>(["*"]);
  const broken = await damageIn(async () => {
    for await (const name of journal.packages()) listed.add(name);
  });
  if (broken !== undefined) yield { kind: "damaged", place: "store", problem: broken };
  for (const name of new Set([...listed, ...lengths.keys()])) {
    let found = 0;
    const problem = await damageIn(async () => {
      const events = await journal.read(name);
      found = events.length;
      if (name !== "*") await compareWithKept(journal, name, events);
    });
    if (problem !== undefined) yield { kind: "damaged", place: name, problem };
    else if (
      isComplete &&
      found !== (lengths.get(name) ?? 0) &&
      !(found > (lengths.get(name) ?? 0) && (await hasGrown()))
    )
      yield {
        kind: "damaged",
        place: name,
        problem: `has ${found} events, and ${lengths.get(name) ?? 0} in the order of the store`,
      };
    if (!listed.has(name)) yield { kind: "damaged", place: name, problem: "is missing from the list of packages" };
  }
}

/** What is kept of a fold must be what its events come to. @throws TofuError `store-damaged` where it is not. */
async function compareWithKept(journal: Journal, name: PackageName, events: readonly Event[]): Promise<void> {
  const pin = await journal.pin(name);
  // More may have been appended since the events were read; what was folded anew is no snapshot's word.
  if (pin.version === events.length && !isSamePin(pin, foldEvents(events)))
    throw new TofuError("store-damaged", "what is kept of its state is not what its events come to");
}

/** Events were appended since the survey: then there may be more than it knows of, never less. */
type HasGrown = () => Promise<boolean>;

async function* verifyTerms(
  journal: Journal,
  survey: Survey,
  hasGrown: HasGrown,
): AsyncGenerator<StoreProblem, void, undefined> {
  for (const [signer, names] of survey.bySigner)
    yield* verifyIndex({ term: signer, names, hasGrown }, () => journal.packagesOfSigner(signer));
  for (const [digest, names] of survey.byArtifact)
    yield* verifyIndex({ term: `sha256 ${digest}`, names, hasGrown }, () => journal.packagesOfArtifact(digest));
  for (const [signer, name] of survey.certificates) {
    const primary = fingerprintOf(signer);
    if (primary !== undefined)
      yield* verifyStored(`certificate of ${signer}`, name, () => journal.certificate(primary));
  }
  for (const [digest, name] of survey.objects)
    yield* verifyStored(`signature file ${digest}`, name, () => journal.object(digest));
}

async function* verifyIndex(
  { term, names, hasGrown }: { readonly term: string; readonly names: ReadonlySet<JournalName>; hasGrown: HasGrown },
  look: () => Promise<readonly JournalName[]>,
): AsyncGenerator<StoreProblem, void, undefined> {
  let found: readonly JournalName[] = [];
  const broken = await damageIn(async () => {
    found = await look();
  });
  if (broken !== undefined) yield { kind: "damaged", place: "store", problem: broken };
  else if (!isListing(found, names) || (found.length > names.size && !(await hasGrown())))
    yield {
      kind: "damaged",
      place: "store",
      problem: `the index of ${term} doesn't list the packages that its events name`,
    };
}

function isListing(found: readonly JournalName[], names: ReadonlySet<JournalName>): boolean {
  const listed = new Set(found);
  return [...names].every((name) => listed.has(name));
}

async function* verifyStored(
  what: string,
  name: JournalName,
  look: () => Promise<Uint8Array | undefined>,
): AsyncGenerator<StoreProblem, void, undefined> {
  let found: Uint8Array | undefined;
  const broken = await damageIn(async () => {
    found = await look();
  });
  if (broken !== undefined) yield { kind: "damaged", place: name, problem: broken };
  else if (found === undefined) yield { kind: "absent", place: name, problem: `the ${what} is not stored` };
}

/** @returns what is damaged, if the reading stopped for that. */
async function damageIn(read: () => Promise<void>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (cause) {
    if (cause instanceof TofuError && cause.code === "store-damaged") return cause.message;
    throw cause;
  }
}

function addTo<K>(index: Map<K, Set<JournalName>>, term: K, name: JournalName): void {
  const names = index.get(term);
  if (names === undefined) index.set(term, new Set([name]));
  else names.add(name);
}
