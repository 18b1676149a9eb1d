import { type ArtifactFileName, parseArtifactFileName } from "./artifact-name.ts";
import type { Brand } from "./brand.ts";
import { type PackageName, parsePackageName } from "./package-name.ts";
import { parseSha256, type Sha256 } from "./sha256.ts";
import { parseSigner, type SignerId } from "./signer.ts";
import { formatTime, parseTime, type UnixMs, unixMs } from "./time.ts";

/** What a listed key may do: sign artifacts, sign statements, or both. */
export type StatementRole = "release" | "handover";

export interface StatementKey {
  readonly signer: SignerId;
  readonly roles: ReadonlySet<StatementRole>;
}

export type RemovalReason = "superseded" | "retired" | "lost" | "compromised";

/** A key that the state before had and the state after has not. */
export interface Removal {
  readonly signer: SignerId;
  readonly reason: RemovalReason;
  readonly since: UnixMs | undefined;
}

/** An old artifact that stays good although the key that signed it goes. */
export interface Vouch {
  readonly sha256: Sha256;
  readonly fileName: ArtifactFileName;
}

export interface ThresholdLine {
  readonly role: StatementRole;
  readonly count: number;
}

/** A line `note-NAME TEXT`. */
export interface StatementNote {
  readonly name: string;
  readonly text: string;
}

/** Where later statements are published: https, a host by name, no user, no fragment. */
export type HttpsUrl = Brand<string, "HttpsUrl">;

/** A day, or a time in whole seconds. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?$/;
/** Sequence numbers and thresholds: 1 to 999999 without a leading zero. */
const NUMBER = /^[1-9]\d{0,5}$/;
const PURL = /^pkg:[a-z0-9.+-]+\//;
const OPENPGP = /^openpgp:[0-9A-Fa-f]+$/;
const SHA256 = /^sha256:([0-9a-f]{64})$/;
const KEY = /^(\S+) (release|handover|release,handover)$/;
const THRESHOLD = /^(release|handover) (\S+)$/;
const REMOVE = /^(\S+) (superseded|retired|lost|compromised)(?: since (\S+))?$/;
const VOUCH = /^(\S+) (\S.*)$/;
/** RFC 3986 without user information and fragment. */
const HTTPS =
  /^https:\/\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:[/?][A-Za-z0-9._~:/?[\]@!$&'()*+,;=%-]*)?$/;
const REASON_MAX = 200;

/** @returns the package of a purl; its name in any spelling that the ecosystem folds. */
export function readPackage(value: string): PackageName | undefined {
  const parsed = parsePackageName(value);
  return PURL.test(value) && parsed.ok ? parsed.value : undefined;
}

/** @returns a number from 1 to 999999. */
export function readNumber(value: string): number | undefined {
  return NUMBER.test(value) ? Number(value) : undefined;
}

/** @returns the digest of the statement before, or `none`. */
export function readPrevious(value: string): Sha256 | "none" | undefined {
  return value === "none" ? "none" : readDigest(value);
}

export function formatPrevious(value: Sha256 | undefined): string {
  return value === undefined ? "none" : `sha256:${value}`;
}

/** @returns the time; of a day alone, its beginning in UTC. */
export function readTime(value: string): UnixMs | undefined {
  const parsed = parseTime(value);
  return TIME.test(value) && parsed.ok ? parsed.value : undefined;
}

/** @returns the time cut to whole seconds, which is all that a statement can say. */
export function formatSeconds(time: UnixMs): string {
  return formatTime(unixMs(time - (time % 1000)));
}

/** @returns a signer of any kind; a fingerprint is read in any case, but without `0x` or blanks. */
export function readSigner(value: string): SignerId | undefined {
  const parsed = parseSigner(value);
  return parsed.ok && (!value.startsWith("openpgp:") || OPENPGP.test(value)) ? parsed.value : undefined;
}

export function readKey(value: string): StatementKey | undefined {
  const [, name = "", roles = ""] = KEY.exec(value) ?? [];
  const signer = readSigner(name);
  if (signer === undefined) return undefined;
  const listed = roles.split(",");
  return { signer, roles: new Set((["release", "handover"] as const).filter((role) => listed.includes(role))) };
}

export function formatKey({ signer, roles }: StatementKey): string {
  return `${signer} ${(["release", "handover"] as const).filter((role) => roles.has(role)).join(",")}`;
}

export function readThreshold(value: string): ThresholdLine | undefined {
  const [, role = "", number = ""] = THRESHOLD.exec(value) ?? [];
  const count = readNumber(number);
  return count === undefined ? undefined : { role: role === "release" ? "release" : "handover", count };
}

export function readRemoval(value: string): Removal | undefined {
  const [, name = "", word = "", time] = REMOVE.exec(value) ?? [];
  const signer = readSigner(name);
  const reason = REASONS.find((known) => known === word);
  const since = time === undefined ? undefined : readTime(time);
  if (signer === undefined || reason === undefined || (time !== undefined && since === undefined)) return undefined;
  return { signer, reason, since };
}

export function formatRemoval({ signer, reason, since }: Removal): string {
  return `${signer} ${reason}${since === undefined ? "" : ` since ${formatSeconds(since)}`}`;
}

export function readVouch(value: string): Vouch | undefined {
  const [, digest = "", name = ""] = VOUCH.exec(value) ?? [];
  const sha256 = readDigest(digest);
  const fileName = parseArtifactFileName(name);
  return sha256 === undefined || !fileName.ok ? undefined : { sha256, fileName: fileName.value };
}

export function formatVouch({ sha256, fileName }: Vouch): string {
  return `sha256:${sha256} ${fileName}`;
}

export function readLocation(value: string): HttpsUrl | undefined {
  return HTTPS.test(value) ? (value as HttpsUrl) : undefined;
}

/** @returns the reason: 1 to 200 characters, for people to read. */
export function readReason(value: string): string | undefined {
  return value.length <= REASON_MAX ? value : undefined;
}

const REASONS: readonly RemovalReason[] = ["superseded", "retired", "lost", "compromised"];

/** Only fingerprints are read in any case; a digest is written as sha256sum prints it. */
function readDigest(value: string): Sha256 | undefined {
  const parsed = parseSha256(SHA256.exec(value)?.[1] ?? "");
  return parsed.ok ? parsed.value : undefined;
}
