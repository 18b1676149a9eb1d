import type { Event } from "../core/event.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { activeSigners, type Pin, type RefusedArtifact } from "../core/pin.ts";
import { plural } from "../core/sentence.ts";
import { DAY_MS, formatDate, type UnixMs } from "../core/time.ts";
import { rule, type VerdictKind } from "../core/verdict.ts";
import { type Answer, type PinLine, SCHEMA_VERSION, type WaitingLine } from "../protocol/answer.ts";
import type { ListRequest, NamesRequest, StatusRequest } from "../protocol/request.ts";
import { endingFiles, soonExpiring } from "./expiring.ts";
import { knownPackages } from "./known.ts";
import { resolvePackage } from "./names.ts";
import { timed } from "./timed.ts";
import { loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

/** A pin not seen for this long is stale: `tofu list --stale`. */
const STALE_MS = 400 * DAY_MS;
const MAX_NAMES = 200;

/** `tofu list`: pins, one line each; packages without a pin are left out. */
export async function list(world: TofuWorld, request: ListRequest, tell: Tell): Promise<number> {
  for await (const name of knownPackages(world)) {
    if (request.pattern !== undefined && !matchesPattern(name, request.pattern)) continue;
    const { pin, now } = await loadPin(world, name);
    if (isListed(pin, request, now)) tell({ ...pinLine(name, pin), ...(world.replay ? { replay: true } : {}) });
  }
  return 0;
}

function isListed(pin: Pin, { stale, weak, single }: ListRequest, now: UnixMs): boolean {
  const lastSeen = newest(pin);
  if (!pin.exists) return false;
  if (stale && lastSeen !== undefined && lastSeen > now - STALE_MS) return false;
  if (weak && (pin.requirement.allow ?? []).length === 0) return false;
  return !single || activeSigners(pin, "handover").length === 1;
}

/** `tofu status`: is tofu well, and what waits for a person. */
export async function status(world: TofuWorld, request: StatusRequest, tell: Tell): Promise<number> {
  const only = new Set<PackageName>();
  for (const text of request.packages) only.add(await resolvePackage(world, text));
  // Not the store's own word on one package, but on whether any of it is whole.
  const you: WaitingLine[] = world.findings.map((sentence) => ({ sentence, next: ["tofu", "doctor"] }));
  you.push(...unfinishedImports(await world.journal.read("*")));
  const files = endingFiles(world.layers.layer, world.now());
  you.push(...files.over);
  const soon: WaitingLine[] = [...files.soon];
  let packages = 0;
  for await (const name of knownPackages(world)) {
    if (only.size > 0 && !only.has(name)) continue;
    const { pin, now } = await loadPin(world, name);
    packages += pin.exists ? 1 : 0;
    you.push(...waiting(name, pin), ...differing(name, pin));
    soon.push(...(await soonExpiring(world.journal, name, pin, now)));
  }
  tell({
    schemaVersion: SCHEMA_VERSION,
    type: "status",
    ...(world.daemon === undefined ? {} : { daemon: world.daemon }),
    store: world.store,
    packages,
    events: await world.journal.count(),
    ...(world.live === undefined ? {} : { watch: world.live.watchState() }),
    you,
    soon,
    ...(world.replay ? { replay: true } : {}),
  });
  return 0;
}

/** Package names that begin with what was typed, for completion. */
export async function names(world: TofuWorld, request: NamesRequest, tell: Tell): Promise<number> {
  let told = 0;
  const prefix = request.prefix.toLowerCase();
  for await (const name of knownPackages(world)) {
    if (told >= MAX_NAMES) break;
    const forms = [shortName(name), name.slice("pkg:".length), name];
    const fitting = forms.find((form) => form.toLowerCase().startsWith(prefix));
    if (fitting === undefined) continue;
    tell({ schemaVersion: SCHEMA_VERSION, type: "name", package: fitting });
    told += 1;
  }
  return 0;
}

/** @returns refused and asked artifacts that nothing has settled since: the same bytes have not passed. */
function waiting(name: PackageName, pin: Pin): readonly WaitingLine[] {
  return openRefusals(pin).map(({ artifact, verdict, last }) => {
    const what = `${shortName(name)} ${artifact.version ?? artifact.name}`;
    return {
      sentence: `${what} ${openWord(verdict)} on ${formatDate(last)}: ${verdict.replaceAll("-", " ")}`,
      next: ["tofu", "why", shortName(name), ...(artifact.version === undefined ? [] : [artifact.version])],
    };
  });
}

/** @returns a pin file that names other signers, until the user says whose hold. */
function differing(name: PackageName, { importConflict, layer }: Pin): readonly WaitingLine[] {
  if (layer?.differ !== undefined) {
    const sentence = `${shortName(name)}: two of this machine's files differ: ${layer.differ.join(" and ")}`;
    return [{ sentence, next: ["tofu", "why", shortName(name)] }];
  }
  if (importConflict === undefined) return [];
  const { label, holds } = importConflict;
  const what = holds ? "nothing passes until that is settled" : "ours stay in force";
  const sentence = `${shortName(name)}: ${label} names other signers; ${what}`;
  return [{ sentence, next: ["tofu", "why", shortName(name)] }];
}

/** @returns pin files of which some packages were taken in and the rest was not: the same command goes on. */
function unfinishedImports(machine: readonly Event[]): readonly WaitingLine[] {
  const last = new Map<string, Event["body"]>();
  for (const { body } of machine) if (body.kind === "pin-file") last.set(body.file, body);
  return [...last.values()].flatMap((body) =>
    body.kind === "pin-file" && body.state === "begun"
      ? [
          {
            sentence: `import unfinished: ${body.label}, ${plural(body.packages, "package")}`,
            next: ["tofu", "import", body.label],
          },
        ]
      : [],
  );
}

function openRefusals(pin: Pin): readonly RefusedArtifact[] {
  return [...pin.refusals.values()].filter(
    ({ artifact, verdict }) => !pin.bySha256.has(artifact.sha256) && rule(verdict).class !== "unchecked",
  );
}

function pinLine(name: PackageName, pin: Pin): PinLine {
  const active = activeSigners(pin, "release");
  const seen = new Set([...pin.signers.values()].flatMap((signer) => [...signer.releases])).size;
  const told = Math.max(0, ...[...pin.signers.values()].map(({ imported }) => imported?.releases ?? 0));
  const releases = Math.max(seen, told);
  const strongest = [...pin.signers.values()].some((signer) => signer.strength === "verified") ? "verified" : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "pin",
    package: name,
    signers: active.length,
    releases,
    ...timed("last", newest(pin)),
    basis: strongest ?? basisOf(pin),
    state: active.length === 0 ? "no active signer" : isHeld(pin) ? "in conflict" : openWords(pin),
  };
}

function isHeld({ importConflict, layer }: Pin): boolean {
  return importConflict?.holds === true || layer?.differ !== undefined;
}

function basisOf(pin: Pin): string {
  const [first] = activeSigners(pin, "release");
  switch (first?.basis.kind) {
    case "trust":
      return "your trust";
    case "import":
      return pin.layer?.pin.signers.has(first.signer) === true ? "image pins" : "pin file";
    case "first-use":
    case "handover":
    case undefined:
      return "first use";
  }
}

/** `1 refused, 2 undecided`, or `ok`. */
function openWords(pin: Pin): string {
  const words = openRefusals(pin).map(({ verdict }) => openWord(verdict));
  const counted = (["refused", "undecided"] as const)
    .map((word) => ({ word, count: words.filter((found) => found === word).length }))
    .filter(({ count }) => count > 0);
  return counted.length === 0 ? "ok" : counted.map(({ word, count }) => `${count} ${word}`).join(", ");
}

function openWord(verdict: VerdictKind): "refused" | "undecided" {
  return rule(verdict).class === "refused" ? "refused" : "undecided";
}

function newest(pin: Pin): UnixMs | undefined {
  const seen = [...pin.signers.values()].flatMap(({ lastSeen }) => (lastSeen === undefined ? [] : [lastSeen]));
  return seen.length === 0 ? undefined : (Math.max(...seen) as UnixMs);
}

/** `*` in a pattern stands for anything; without one, the text may stand anywhere in the name. */
export function matchesPattern(name: PackageName, pattern: string): boolean {
  const text = name.toLowerCase();
  const parts = pattern.toLowerCase().split("*");
  if (parts.length === 1) return text.includes(parts[0] ?? "");
  const short = name.slice("pkg:".length).toLowerCase();
  return [text, short, shortName(name).toLowerCase()].some((form) => fits(form, parts));
}

function fits(form: string, parts: readonly string[]): boolean {
  const [first = "", ...rest] = parts;
  if (!form.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = form.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = rest.at(-1) ?? "";
  return form.length - last.length >= at && form.endsWith(last);
}
