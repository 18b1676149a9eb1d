import { findCertificates } from "../certificates/certificate-file.ts";
import type { Event } from "../core/event.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { foldEvents } from "../core/fold.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import type { Sha256 } from "../core/sha256.ts";
import { openpgpSigner } from "../core/signer.ts";
import { parseTime } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { isExpired } from "../layer/layer.ts";
import type { ForeignText } from "../pinfile/foreign/foreign.ts";
import { formatGradle } from "../pinfile/foreign/gradle.ts";
import { formatDebian } from "../pinfile/foreign/keys.ts";
import { formatMakepkg } from "../pinfile/foreign/makepkg.ts";
import { pinFileLines } from "../pinfile/format.ts";
import { blocksNeeded, certificatesNeeded, distrustedRows, pinToRows } from "../pinfile/from-pin.ts";
import type { CertificateRow, PackageRows, PinFile, PinFileHeader, SignerRow } from "../pinfile/pin-file.ts";
import { type Answer, MAX_TEXT, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { ExportRequest } from "../protocol/pin-file-requests.ts";
import { knownPackages } from "./known.ts";
import { foldOnLayer, layerOf } from "./layered.ts";
import { matchesPattern } from "./lists.ts";
import { recordedLine } from "./recorded.ts";
import type { TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

const TELL_EVERY = 1000;

/**
 * `tofu export`: the pins as a pin file, or as another tool keeps them. A function of the journal and of the machine's
 * files below it: the same of both, the same bytes.
 */
export async function exportPins(world: TofuWorld, request: ExportRequest, tell: Tell): Promise<number> {
  const header = headerOf(world, request);
  const packages: PackageRows[] = [];
  const leftOut: string[] = [];
  const names = await namesOf(world, request.pattern);
  for (const [index, name] of names.entries()) {
    if (index % TELL_EVERY === 0)
      tell({ schemaVersion: SCHEMA_VERSION, type: "progress", file: "the journal", done: index, total: names.length });
    const { rows, chainLeftOut } = await rowsOf(world, name);
    if (rows !== undefined) packages.push(rows);
    if (chainLeftOut !== undefined) leftOut.push(`${shortName(name)}: its statements are left out (${chainLeftOut})`);
  }
  if (packages.length === 0 && request.pattern !== undefined)
    throw new UsageError(`no pin here fits ${escapeText(request.pattern)}`, "tofu list");
  const certificates = await certificatesOf(world, packages);
  const distrusted = request.pattern === undefined ? await distrustedOf(world) : [];
  const exported = textOf(request, { header, distrusted, packages, certificates });
  for (const text of pieces(exported.lines)) tell({ schemaVersion: SCHEMA_VERSION, type: "text", text });
  for (const sentence of [...leftOut, ...exported.leftOut])
    tell(recordedLine("export", { class: "ok", exit: 0, sentence, details: [] }, world));
  return 0;
}

/** A pattern that is a package's whole name means that package alone. */
async function namesOf(world: TofuWorld, pattern: string | undefined): Promise<readonly PackageName[]> {
  const names: PackageName[] = [];
  for await (const name of knownPackages(world)) names.push(name);
  if (pattern === undefined) return names;
  const exact = names.filter((name) => [name, name.slice("pkg:".length), shortName(name)].includes(pattern));
  return exact.length > 0 ? exact : names.filter((name) => matchesPattern(name, pattern));
}

function headerOf(world: TofuWorld, { header, serial, expires }: ExportRequest): PinFileHeader | undefined {
  if (!header) return undefined;
  const until = expires === undefined ? undefined : parseTime(expires);
  if (until?.ok === false) throw new UsageError("--expires takes a date such as 2027-05-21");
  return { serial, created: world.now(), expires: until?.value };
}

async function rowsOf(world: TofuWorld, name: PackageName): Promise<ReturnType<typeof pinToRows>> {
  const events: readonly Event[] = await world.journal.read(name);
  const layer = await layerOf(world, name, world.now());
  const pin = layer === undefined ? foldEvents(events) : foldOnLayer(layer, events);
  const blocks = new Map<Sha256, Uint8Array>();
  for (const digest of blocksNeeded({ pin, events })) {
    const bytes = await world.journal.object(digest);
    if (bytes !== undefined) blocks.set(digest, bytes);
  }
  const below = world.layers.layer.rowsOf(name).flatMap(({ rows }) => rows.statements);
  return pinToRows({ name, events, pin, blocks, below: new Map(below.map(({ sha256, bytes }) => [sha256, bytes])) });
}

async function distrustedOf(world: TofuWorld): Promise<readonly SignerRow[]> {
  const own = distrustedRows(await world.journal.read("*"));
  const known = new Set(own.map(({ signer }) => signer));
  const below = world.layers.layer.distrusted.filter(({ file }) => !isExpired(file, world.now()));
  return [...own, ...below.map(({ row }) => row).filter(({ signer }) => !known.has(signer))];
}

/** Every signer's certificate that is stored here, as it is stored: minimal. */
async function certificatesOf(world: TofuWorld, packages: readonly PackageRows[]): Promise<readonly CertificateRow[]> {
  const rows: CertificateRow[] = [];
  for (const primary of certificatesNeeded(packages)) {
    const bytes = await storedCertificate(world, primary);
    if (bytes !== undefined) rows.push({ signer: openpgpSigner(primary), bytes });
  }
  return rows;
}

async function storedCertificate(world: TofuWorld, primary: Fingerprint): Promise<Uint8Array | undefined> {
  const bytes = (await world.journal.certificate(primary)) ?? world.layers.layer.certificates(primary)[0];
  return bytes === undefined || findCertificates(bytes).certificates.length === 0 ? undefined : bytes;
}

interface Exported {
  readonly lines: Iterable<string>;
  /** Packages that the other tool's file can't say, and why. */
  readonly leftOut: readonly string[];
}

function textOf(request: ExportRequest, file: PinFile): Exported {
  switch (request.for) {
    case "known_keys":
      return { lines: pinFileLines(file), leftOut: [] };
    case "gradle":
      return foreign(formatGradle(file.packages));
    case "debian":
      return foreign(formatDebian(onlyOne(request, file), file.certificates));
    case "makepkg":
      return foreign(formatMakepkg(onlyOne(request, file)));
  }
}

function foreign({ text, leftOut }: ForeignText): Exported {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  if (lines.length === 0) {
    const [first] = leftOut;
    throw new UsageError(first === undefined ? "nothing to export" : `${shortName(first.package)}: ${first.why}`);
  }
  return { lines, leftOut: leftOut.map(({ package: name, why }) => `${shortName(name)} is left out: ${why}`) };
}

function onlyOne(request: ExportRequest, { packages }: PinFile): PackageRows {
  const [first, ...others] = packages;
  if (first === undefined || others.length > 0)
    throw new UsageError(
      `${request.for} keeps the keys of one package in a file; ${packages.length} fit here`,
      `tofu export PACKAGE --for ${request.for}`,
    );
  return first;
}

/** Cuts a file that may be larger than one answer: between two lines, or in a line that is larger itself. */
function* pieces(lines: Iterable<string>): Generator<string, void, void> {
  let piece = "";
  for (const line of lines) {
    if (piece !== "" && piece.length + line.length >= MAX_TEXT) {
      yield piece;
      piece = "";
    }
    piece += `${line}\n`;
    // So long is only base64, which can be cut anywhere.
    for (; piece.length > MAX_TEXT; piece = piece.slice(MAX_TEXT)) yield piece.slice(0, MAX_TEXT);
  }
  if (piece !== "") yield piece;
}
