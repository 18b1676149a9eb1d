import { cutChainFile } from "../core/chain-file.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { escapeText } from "../core/printable.ts";
import { parseStatement } from "../core/statement.ts";
import { normaliseTransport } from "../core/statement-text.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { readChainFrom } from "../evidence/chain-places.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import type { HandoverRequest } from "../protocol/handover-requests.ts";
import { fetchChain } from "./fetch-chain.ts";
import { resolvePackage } from "./names.ts";
import type { TofuWorld } from "./world.ts";

/** Places of a package's statements that are asked at once: its statements may name many. */
const MAX_PLACES = 8;
const HTTPS = "https://";

/** What was found, and which places gave no answer and why, in words. */
export interface Places {
  readonly found: readonly FoundChain[];
  readonly notes: readonly string[];
}

/**
 * Reads statements from the one place that was named: a path, or an https address.
 *
 * @throws TofuError where nothing can be read there, UsageError where that would need the network and may not use it.
 */
export async function readPlace(
  { network }: Pick<TofuWorld, "network">,
  from: string,
  { offline }: Pick<HandoverRequest, "offline">,
): Promise<FoundChain> {
  if (!from.startsWith(HTTPS)) return await readChainFrom(from);
  if (offline) throw new UsageError("an https address can't be asked with --offline", "name a file or a clone");
  return await fetchChain(network, from);
}

/**
 * Asks every place that is known of a package: the one that was named, those of the configuration, and those that its
 * own statements name, the newest statement's first.
 *
 * @param known - the package and its pin, where it was named; else the place that was named must tell.
 * @throws UsageError where no place is known, TofuError where none of them answered.
 */
export async function findPlaces(
  world: TofuWorld,
  known: { readonly name: PackageName; readonly pin: Pin } | undefined,
  request: HandoverRequest,
): Promise<Places> {
  const places = placesOf(world, known, request);
  if (places.length === 0)
    throw new UsageError(
      "no place is known where its statements are published",
      "tofu handover fetch PACKAGE --from FILE, a clone, or an https address; or [handover.places] in config.toml",
    );
  const found: FoundChain[] = [];
  const notes: string[] = [];
  let fault: TofuError | undefined;
  for (const place of places.slice(0, MAX_PLACES)) {
    if (place.startsWith(HTTPS) && request.offline) {
      notes.push(`${place} (offline)`);
      continue;
    }
    try {
      found.push(await readPlace(world, place, request));
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      fault ??= error;
      notes.push(error.message);
    }
  }
  if (found.length > 0) return { found, notes };
  throw fault ?? new UsageError(`every place that is known needs the network: ${notes.join(", ")}`);
}

function placesOf(
  world: TofuWorld,
  known: { readonly name: PackageName; readonly pin: Pin } | undefined,
  { from }: HandoverRequest,
): readonly string[] {
  const named = from === undefined ? [] : [from];
  if (known === undefined) return named;
  const configured = world.outside().handoverPlaces(known.name);
  const published = known.pin.chain.links.toReversed().flatMap(({ statement }) => statement.locations);
  const all = [...named, ...configured, ...published].map((place) => wellKnown(place, known.name));
  return [...new Set(all)];
}

/** Of a site without a path, the one address that each package has on every site (rules.md, 4.4). */
function wellKnown(place: string, name: PackageName): string {
  return /^https:\/\/[^/?#]+\/?$/.test(place)
    ? new URL(`/.well-known/tofu/${name.slice("pkg:".length)}`, place).href
    : place;
}

/**
 * @returns the package that was named, else the one that the statements speak for.
 * @throws UsageError where neither tells.
 */
export async function packageOf(
  world: TofuWorld,
  request: Pick<HandoverRequest, "package">,
  found: readonly FoundChain[],
): Promise<PackageName> {
  if (request.package !== undefined) return await resolvePackage(world, request.package);
  const names = packagesIn(found);
  const [only, ...others] = names;
  if (only === undefined)
    throw new UsageError("which package this is about can't be told from the file; say --package PACKAGE");
  if (others.length > 0)
    throw new UsageError(
      `these statements speak for ${names.map((name) => escapeText(shortName(name))).join(", ")}; say --package`,
    );
  return only;
}

function packagesIn(found: readonly FoundChain[]): readonly PackageName[] {
  const names = new Set<PackageName>();
  for (const { bytes } of found) {
    const { parts } = cutChainFile(bytes);
    for (const text of parts.length === 0 ? [bytes] : parts.map(({ statement }) => statement)) {
      const parsed = parseStatement(normaliseTransport(text));
      if (parsed.ok) for (const name of parsed.value.packages) names.add(name);
    }
  }
  return [...names];
}
