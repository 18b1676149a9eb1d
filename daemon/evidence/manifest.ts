import { parseSha256, type Sha256 } from "../core/sha256.ts";

const MAX_MANIFEST_BYTES = 4 << 20;
const MAX_LINES = 100_000;

/** Two digests of 64 digits, a name of 4096 bytes, and the words between. */
const MAX_LINE = 4400;

/** `HASH  name` (text) or `HASH *name` (binary), as GNU sha256sum writes. */
const GNU_LINE = /^([0-9A-Fa-f]{64}) [ *](.+)$/;

/** `SHA256 (name) = HASH`, as the BSD tools and `sha256sum --tag` write. */
const BSD_LINE = /^SHA256 \((.+)\) = ([0-9A-Fa-f]{64})$/;

/** No controls, formats or separators; no way up or from the root. GNU escapes such names with a leading backslash. */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u;

/**
 * Reads a list of SHA-256 digests. Lines of any other form (comments, other digests, an armor around the list) are
 * passed over: only names that are listed plainly can be vouched for.
 *
 * @param bytes - the manifest; of a clearsigned one, the text that was signed.
 * @returns file names with their digests. A name with a folder stands as it is written, `./name` as `name`. A name
 * that is listed with two digests is not listed. Empty if the manifest is larger than 4 MiB or 100,000 lines.
 */
export function parseManifest(bytes: Uint8Array): ReadonlyMap<string, Sha256> {
  if (bytes.length > MAX_MANIFEST_BYTES) return new Map();
  const lines = Buffer.from(bytes)
    .toString("utf8")
    .split("\n", MAX_LINES + 1);
  if (lines.length > MAX_LINES) return new Map();
  const digests = new Map<string, Sha256>();
  const contradicted = new Set<string>();
  for (const line of lines) {
    const entry = parseLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (entry === undefined) continue;
    if ((digests.get(entry.name) ?? entry.sha256) !== entry.sha256) contradicted.add(entry.name);
    digests.set(entry.name, entry.sha256);
  }
  for (const name of contradicted) digests.delete(name);
  return digests;
}

function parseLine(line: string): { readonly name: string; readonly sha256: Sha256 } | undefined {
  if (line.length > MAX_LINE) return undefined;
  const gnu = GNU_LINE.exec(line);
  const bsd = gnu === null ? BSD_LINE.exec(line) : null;
  const sha256 = parseSha256(gnu?.[1] ?? bsd?.[2] ?? "");
  const written = gnu?.[2] ?? bsd?.[1] ?? "";
  const name = written.startsWith("./") ? written.slice(2) : written;
  return sha256.ok && isPlainName(name) ? { name, sha256: sha256.value } : undefined;
}

/** U+FFFD stands for bytes that are no UTF-8: two such names would look like one. */
function isPlainName(name: string): boolean {
  return (
    !HOSTILE.test(name) &&
    !name.includes("\uFFFD") &&
    name.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}
