import { type ArtifactFileName, parseArtifactFileName, parseVersion, type Version } from "../core/artifact-name.ts";
import { parseFingerprint } from "../core/fingerprint.ts";
import { type PackageName, parsePackageName } from "../core/package-name.ts";
import type { Role } from "../core/pin.ts";
import { printable } from "../core/printable.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { parseSigner, type SignerId } from "../core/signer.ts";
import { readNumber } from "../core/statement-value.ts";
import { parseTime, type UnixMs } from "../core/time.ts";
import { PinFileFault, type RetireReason, type RowBasis } from "./pin-file.ts";

/** In the order in which they are written. */
const ROLES: readonly Role[] = ["release", "handover", "recovery"];
const RETIRE_REASONS: readonly RetireReason[] = ["superseded", "retired", "lost"];
const COUNT = /^(?:0|[1-9]\d{0,8})$/;
const SERIAL = /^(?:0|[1-9]\d{0,14})$/;
const WHAT_COLUMNS = 40;
/** Stands for an artifact without a version; no version begins with it. */
export const NO_VERSION = "-";

/** A field in words: from outside, cut and escaped. */
export function shown(text: string): string {
  return printable(text, WHAT_COLUMNS);
}

export function readPackageName(text: string): PackageName {
  const parsed = parsePackageName(text);
  if (parsed.ok && /^pkg:/i.test(text)) return parsed.value;
  if (!parsed.ok && parsed.error.code === "wildcard") throw new PinFileFault("wildcard", "wildcard");
  throw new PinFileFault("package-name", "package name");
}

export function readSigner(text: string | undefined): SignerId {
  if (text === undefined) throw new PinFileFault("no-signer", "no signer");
  if (text.startsWith("openpgp:")) return readOpenpgpSigner(text);
  const parsed = parseSigner(text);
  if (parsed.ok) return parsed.value;
  switch (parsed.error.code) {
    case "no-kind":
      throw new PinFileFault("no-signer", "no signer");
    case "unknown-kind":
      throw new PinFileFault("unknown-signer-kind", `unknown signer kind ${shown(parsed.error.text)}`);
    case "bad-fingerprint":
    case "bad-value":
      throw new PinFileFault("bad-signer", `no signer: ${shown(text)}`);
  }
}

/** Hex digits and nothing else: what people may leave in when they type is no part of a file. */
function readOpenpgpSigner(text: string): SignerId {
  const digits = text.slice("openpgp:".length);
  if (!/^[0-9A-Fa-f]+$/.test(digits)) throw new PinFileFault("bad-signer", "not hexadecimal");
  const fingerprint = parseFingerprint(digits);
  const parsed = parseSigner(text);
  if (fingerprint.ok && parsed.ok) return parsed.value;
  if (digits.length === 8) throw new PinFileFault("key-id", "short key id");
  if (digits.length === 16) throw new PinFileFault("key-id", "long key id is not a fingerprint");
  throw new PinFileFault("bad-signer", `fingerprint has ${digits.length} digits`);
}

export function readTime(text: string): UnixMs | undefined {
  const parsed = parseTime(text);
  return parsed.ok ? parsed.value : undefined;
}

/** @returns a number from 0 to 999999999. */
export function readCount(text: string): number | undefined {
  return COUNT.test(text) ? Number(text) : undefined;
}

/** @returns a number of at most 15 digits, which a double holds exactly. */
export function readSerial(text: string): number | undefined {
  return SERIAL.test(text) ? Number(text) : undefined;
}

export function readDigest(text: string): Sha256 | undefined {
  const parsed = parseSha256(text.startsWith("sha256:") ? text.slice("sha256:".length) : "");
  return parsed.ok ? parsed.value : undefined;
}

const NO_ROLES = "none";
const KNOWN_ROLES: ReadonlyMap<string, ReadonlySet<Role>> = new Map([
  ["release,handover", new Set<Role>(["release", "handover"])],
  ["release", new Set<Role>(["release"])],
]);

/** @returns the roles; sets are shared, since a file has few different ones. */
export function readRoles(text: string): ReadonlySet<Role> | undefined {
  return KNOWN_ROLES.get(text) ?? readRoleWords(text);
}

function readRoleWords(text: string): ReadonlySet<Role> | undefined {
  if (text === NO_ROLES) return new Set();
  const words = text.split(",", ROLES.length + 1);
  const roles = ROLES.filter((role) => words.includes(role));
  return roles.length === words.length ? new Set(roles) : undefined;
}

export function formatRoles(roles: ReadonlySet<Role>): string {
  return ROLES.filter((role) => roles.has(role)).join(",") || NO_ROLES;
}

const FIRST_USE: RowBasis = { kind: "first-use" };
const TRUST: RowBasis = { kind: "trust" };

export function readBasis(text: string): RowBasis | undefined {
  // Shared, since a file has one or the other in almost every line.
  if (text === "first-use") return FIRST_USE;
  if (text === "trust") return TRUST;
  const number = text.startsWith("handover:") ? text.slice("handover:".length) : "";
  const seq = number === "0" ? 0 : readNumber(number);
  return seq === undefined ? undefined : { kind: "handover", seq };
}

export function formatBasis(basis: RowBasis): string {
  return basis.kind === "handover" ? `handover:${basis.seq}` : basis.kind;
}

export function readRetireReason(text: string): RetireReason | undefined {
  return RETIRE_REASONS.find((reason) => reason === text);
}

/** @returns the version, or `none` for {@link NO_VERSION}. */
export function readVersion(text: string): Version | "none" | undefined {
  if (text === NO_VERSION) return "none";
  const parsed = parseVersion(text);
  return parsed.ok ? parsed.value : undefined;
}

/** A file's name is percent-encoded where a line of fields could not carry it: blanks, `%`, `#`, all but plain ASCII. */
export function formatFileName(name: ArtifactFileName): string {
  return name.replace(/[^\x21-\x7e]|[%#]/gu, (character) =>
    character === "#" ? "%23" : encodeURIComponent(character),
  );
}

export function readFileName(text: string): ArtifactFileName | undefined {
  const parsed = parseArtifactFileName(percentDecoded(text) ?? "");
  return parsed.ok ? parsed.value : undefined;
}

function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** @returns the bytes, if the text is base64 in its one canonical form (RFC 4648 section 4). */
export function readBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : undefined;
}
