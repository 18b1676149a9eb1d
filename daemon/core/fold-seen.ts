import type { Event, EventArtifact, FirstUse, Refusal, Sighting, SignerUse, Unsigned } from "./event.ts";
import { artifactKey, refusalKey } from "./pin.ts";
import { type Draft, type DraftSigner, newSigner } from "./pin-draft.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { formatDate, type UnixMs } from "./time.ts";
import { compareVersions } from "./version.ts";

/** The package's first signers, with the first file they signed. */
export function applyFirstUse(draft: Draft, body: FirstUse, event: Event): void {
  const known = draft.signers.get(body.key);
  const signer = known ?? newSigner(body.key, { kind: "first-use", n: event.n }, event.mono);
  signer.roles.add("release").add("handover");
  draft.signers.set(body.key, signer);
  draft.exists = true;
  see(draft, signer, { key: body.key, subkey: body.subkey, sigCreated: body.sigCreated }, body.artifact, event.mono);
  know(draft, body.artifact, [body.key], body.signedDigest, event.mono);
  noteListed(draft, body.listed, body.artifact, event.mono);
}

/** A file that passed: counts, and bytes that are known from now on. */
export function applySighting(draft: Draft, body: Sighting, mono: UnixMs): void {
  for (const use of body.keys) {
    const signer = draft.signers.get(use.key);
    if (signer !== undefined) see(draft, signer, use, body.artifact, mono);
  }
  know(
    draft,
    body.artifact,
    body.keys.map((use) => use.key),
    body.signedDigest,
    mono,
  );
  noteListed(draft, body.listed, body.artifact, mono);
}

/** Refused bytes are kept apart: they never make another file "changed". */
export function applyRefusal(draft: Draft, body: Refusal, mono: UnixMs): void {
  refuse(
    draft,
    body.artifact,
    body.verdict,
    body.keys.map((use) => use.key),
    mono,
  );
}

/** A file without a signature: known where it passed. */
export function applyUnsigned(draft: Draft, body: Unsigned, mono: UnixMs): void {
  if (body.verdict === "unsigned" || body.verdict === "unsigned-expected")
    know(draft, body.artifact, [], undefined, mono);
  else refuse(draft, body.artifact, body.verdict, [], mono);
}

function refuse(
  draft: Draft,
  artifact: EventArtifact,
  verdict: Refusal["verdict"],
  keys: readonly SignerId[],
  mono: UnixMs,
): void {
  const key = refusalKey(artifact, verdict);
  const before = draft.refusals.get(key);
  const sameDay = before !== undefined && formatDate(before.last) === formatDate(mono);
  draft.refusals.set(key, {
    artifact,
    verdict,
    keys,
    first: before?.first ?? mono,
    last: mono,
    days: (before?.days ?? 0) + (sameDay ? 0 : 1),
  });
}

function see(
  draft: Draft,
  signer: DraftSigner,
  use: Pick<SignerUse, "key" | "subkey" | "sigCreated">,
  artifact: EventArtifact,
  mono: UnixMs,
): void {
  const day = formatDate(mono);
  signer.subkeys.add(use.subkey);
  signer.firstSeen ??= mono;
  signer.lastSeen = mono;
  signer.releases.add(artifact.version ?? artifact.name);
  if (signer.lastDay !== day) signer.days += 1;
  signer.lastDay = day;
  draft.everSigned = true;
  const { version } = artifact;
  if (version === undefined) return;
  if (draft.lowestSigned === undefined || compareVersions(version, draft.lowestSigned) < 0)
    draft.lowestSigned = version;
  if (draft.highest === undefined || compareVersions(version, draft.highest.version) > 0) {
    draft.highest = { version, sigCreated: use.sigCreated, at: mono };
  }
}

function know(
  draft: Draft,
  artifact: EventArtifact,
  signers: readonly SignerId[],
  signedDigest: Sha256 | undefined,
  mono: UnixMs,
): void {
  const { name, version, sha256 } = artifact;
  const key = artifactKey(artifact);
  if (draft.artifacts.get(key)?.sha256 === sha256) return;
  const known = {
    name,
    version,
    sha256,
    signedDigest: signedDigest === sha256 ? undefined : signedDigest,
    firstSeen: mono,
    signers,
  };
  if (!draft.artifacts.has(key)) draft.artifacts.set(key, known);
  if (!draft.bySha256.has(sha256)) draft.bySha256.set(sha256, known);
}

function noteListed(
  draft: Draft,
  listed: readonly SignerId[] | undefined,
  artifact: EventArtifact,
  mono: UnixMs,
): void {
  for (const signer of listed ?? []) {
    if (!draft.listed.has(signer)) draft.listed.set(signer, { version: artifact.version, at: mono });
  }
}
