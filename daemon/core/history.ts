import type { Notice } from "./judgement.ts";
import { artifactKey, type KnownArtifact } from "./pin.ts";
import { knownBytes, type Question } from "./question.ts";
import type { UnixMs } from "./time.ts";
import { compareVersions, sameVersion } from "./version.ts";

/** @returns the other bytes that passed here under this very name and version (rows 36, 37), if there are any. */
export function replacedArtifact({ pin, evidence }: Question): KnownArtifact | undefined {
  const { artifact } = evidence;
  if (artifact.version === undefined) return undefined;
  const key = artifactKey({ name: artifact.fileName, version: artifact.version });
  // Where this machine and its own files saw different bytes, neither passes (row 72).
  return [pin.artifacts.get(key), pin.layer?.differing.get(key)].find((before) => {
    if (before === undefined || before.sha256 === artifact.sha256) return false;
    // The same tar in another wrapping: what the signature covers has not changed.
    return artifact.unpackedSha256 === undefined || artifact.unpackedSha256 !== before.signedDigest;
  });
}

/** How a file's name and its bytes disagree: known here under another version, or calling itself so inside. */
export type Renaming =
  | { readonly kind: "known-as"; readonly artifact: KnownArtifact }
  | { readonly kind: "inside"; readonly version: string };

/** @returns why the name can't be believed (rows 39 and 39b): a detached signature covers bytes, not the name. */
export function renamingOf(question: Question): Renaming | undefined {
  const { artifact } = question.evidence;
  const { version } = artifact;
  if (version === undefined) return undefined;
  const known = knownBytes(question);
  if (known?.version !== undefined && !sameVersion(known.version, version))
    return { kind: "known-as", artifact: known };
  const inside = artifact.manifest === undefined ? artifact.topFolderVersion : undefined;
  return inside !== undefined && !sameVersion(inside, version) ? { kind: "inside", version: inside } : undefined;
}

/** @returns whether this is an older version than the highest seen, with bytes never seen (row 41). */
export function isOlderVersion(question: Question): boolean {
  const { pin, evidence } = question;
  const { version } = evidence.artifact;
  if (version === undefined || pin.highest === undefined || knownBytes(question) !== undefined) return false;
  return compareVersions(version, pin.highest.version) < 0;
}

/** Notices about the artifact's place in the history (rows 39 ii, 39a, 41, 64). */
export function historyNotices(question: Question, signedAt: UnixMs | undefined): readonly Notice[] {
  const { pin, evidence, elsewhere } = question;
  const { version } = evidence.artifact;
  const notices: Notice[] = [];
  if (isOlderVersion(question)) notices.push({ kind: "older-version", detail: pin.highest?.version });
  const isNewer =
    version !== undefined && pin.highest !== undefined && compareVersions(version, pin.highest.version) > 0;
  if (isNewer && signedAt !== undefined && pin.highest !== undefined && signedAt < pin.highest.sigCreated) {
    notices.push({ kind: "older-signature", detail: pin.highest.version });
  }
  if (elsewhere.sameBytes.length > 0) notices.push({ kind: "same-bytes", detail: elsewhere.sameBytes.join(", ") });
  return notices;
}

/** @returns the other bytes that an untrusted pin file lists under this name and version; nothing for bytes known here. */
export function differingHearsay(question: Question): KnownArtifact | undefined {
  const { pin, evidence } = question;
  const { fileName, version, sha256, unpackedSha256 } = evidence.artifact;
  if (version === undefined || knownBytes(question) !== undefined) return undefined;
  const told = pin.hearsay.get(artifactKey({ name: fileName, version }));
  if (told === undefined || told.sha256 === sha256) return undefined;
  return unpackedSha256 !== undefined && unpackedSha256 === told.signedDigest ? undefined : told;
}
