import { formatTime } from "../core/time.ts";
import { sortPinFile } from "./order.ts";
import type { ArtifactRow, PackageRows, PinFile, PinFileHeader, PolicyRow } from "./pin-file.ts";
import { formatSignerRow, pair } from "./signer-line.ts";
import { formatFileName, NO_VERSION } from "./values.ts";

const FIRST_LINE = "# tofu known_keys";

/**
 * @returns the file's text: the same rows give the same bytes, in whatever order they come. `parsePinFile` gives the
 * rows back, sorted.
 */
export function formatPinFile(file: PinFile): string {
  const lines = [...pinFileLines(file)];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** @returns the same text line by line, without line feeds, for files that are too large to be one string. */
export function* pinFileLines(file: PinFile): Generator<string, void, void> {
  const { header, distrusted, packages, certificates } = sortPinFile(file);
  if (header !== undefined) yield* headerLines(header);
  for (const row of distrusted) yield formatSignerRow("*", row);
  for (const rows of packages) yield* packageLines(rows);
  for (const { signer, bytes } of certificates) yield `@certificate ${signer} ${base64(bytes)}`;
}

function* headerLines({ serial, created, expires }: PinFileHeader): Generator<string, void, void> {
  yield FIRST_LINE;
  yield "@format 1";
  if (serial !== undefined) yield `@serial ${serial}`;
  if (created !== undefined) yield `@created ${formatTime(created)}`;
  if (expires !== undefined) yield `@expires ${formatTime(expires)}`;
}

function* packageLines(rows: PackageRows): Generator<string, void, void> {
  const { name, signers, policy, chain, statements, artifacts } = rows;
  for (const row of signers) yield formatSignerRow(name, row);
  if (policy !== undefined) yield `@policy ${name} ${thresholds(policy)}`;
  if (chain !== undefined) yield `@chain ${name} seq=${chain.seq} head=sha256:${chain.head}`;
  for (const { seq, bytes } of statements) yield `@statement ${name} ${seq} ${base64(bytes)}`;
  for (const row of artifacts) yield `@artifact ${name} ${artifactFields(row)}`;
}

function thresholds({ release, handover }: PolicyRow): string {
  return [...pair("release", release, String), ...pair("handover", handover, String)].join(" ");
}

function artifactFields({ version, name, sha256, unpacked, first }: ArtifactRow): string {
  const fields = [version ?? NO_VERSION, formatFileName(name), `sha256:${sha256}`];
  const digest = pair("unpacked", unpacked, (value) => `sha256:${value}`);
  return [...fields, ...digest, ...pair("first", first, formatTime)].join(" ");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
