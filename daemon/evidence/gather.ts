import { findKeyFilesBeside } from "../certificates/beside.ts";
import { type CertificateFile, readCertificateFile } from "../certificates/certificate-file.ts";
import { certificateState } from "../certificates/minimal.ts";
import { openPinned, openPool } from "../certificates/pool.ts";
import type { Artifact, CertificateState, SignatureEvidence, SignatureFile } from "../core/evidence.ts";
import { readArtifact } from "./artifact-document.ts";
import { type ArtifactFile, openArtifact } from "./artifact-file.ts";
import { sha256OfBytes } from "./digest-lanes.ts";
import { MEMORY_LIMIT_BYTES } from "./document.ts";
import type { Gathered, GatheredCertificate, GatherRequest, GatherWorld } from "./gathering.ts";
import { type NamingManifest, weighManifest } from "./manifest-evidence.ts";
import { assertDigestsAreVerified } from "./self-check.ts";
import type { FoundSignature } from "./signature-file.ts";
import { readSignatureInputs, type SignatureInputs } from "./signature-inputs.ts";
import { readSignedTexts } from "./signed-text.ts";
import type { Surroundings } from "./surroundings.ts";
import { topFolderVersion } from "./top-folder.ts";
import { weighUnpacked } from "./unpacked-evidence.ts";
import { type Bench, type Numbered, signaturesWithOwners, weighBatch } from "./weigh-batch.ts";

/** Bounds that tests move; everything else is a constant next to its parser. */
export interface GatherLimits {
  readonly memoryLimitBytes: number;
}

const DEFAULT_LIMITS: GatherLimits = { memoryLimitBytes: MEMORY_LIMIT_BYTES };

/** What was found over the artifact itself, over what comes out of it, and over lists that name it. */
interface Weighed {
  readonly signatures: readonly SignatureEvidence[];
  readonly sha256: Artifact["sha256"];
  readonly unpackedSha256: Artifact["unpackedSha256"];
  readonly manifests: readonly NamingManifest[];
  readonly unreadable: SignatureInputs["unreadable"];
}

/**
 * Establishes who signed an artifact: reads it once, and weighs every signature that came with it against every
 * certificate at hand that may own its key. Says nothing of whether that is good news.
 *
 * @throws TofuError where the artifact, a signature or a key file named by hand is missing, cannot be read or changes.
 */
export async function gatherEvidence(
  request: GatherRequest,
  world: GatherWorld,
  limits: GatherLimits = DEFAULT_LIMITS,
): Promise<Gathered> {
  await assertDigestsAreVerified();
  const file = await openArtifact(request.path, {
    followLinks: request.followLinks ?? true,
    readSmall: request.around?.readSmall,
  });
  try {
    const inputs = await readSignatureInputs(request);
    const pool = await openPool({
      stored: world.storedCertificate,
      storedPrimaryOf: world.storedPrimaryOf,
      layer: world.layerCertificates,
      commandLine: request.keys,
      beside: [
        ...new Set([...(await findKeyFilesBeside(request.path, request.around)), ...(request.besideKeys ?? [])]),
      ],
      keyring: world.keyring,
      readKeyFile: keyFilesOnce(request.around),
    });
    const pinned = await openPinned(pool, request.pinned);
    const bench: Bench = { pool, pinned, now: request.now, facts: new Map() };
    const weighed = await weighAll(bench, file, inputs, { fileName: request.fileName, world, limits });
    const certificates = await stateCertificates(bench, weighed.signatures);
    const texts = await readSignedTexts(bench, request.path, weighed.signatures);
    return {
      evidence: {
        artifact: await describeArtifact(file, request, weighed),
        signatureFile: describeSignatureFile(inputs, weighed),
        signatures: weighed.signatures,
        certificates: certificates.map(({ state }) => state),
        listed: pool.listed,
        ...(texts.length === 0 ? {} : { signedTexts: texts }),
        asked: pool.asked(),
      },
      certificates: certificates.map(({ gathered }) => gathered),
      signatureFiles: filesToKeep(inputs, weighed),
    };
  } finally {
    await file.close();
  }
}

/** A thousand files of one request share their key files. */
function keyFilesOnce(around: Surroundings | undefined): ((path: string) => Promise<CertificateFile>) | undefined {
  return around === undefined ? undefined : (path) => around.certificates.get(path, () => readCertificateFile(path));
}

async function weighAll(
  bench: Bench,
  file: ArtifactFile,
  inputs: SignatureInputs,
  {
    fileName,
    world,
    limits,
  }: { readonly fileName: string; readonly world: GatherWorld; readonly limits: GatherLimits },
): Promise<Weighed> {
  const number = numbering();
  const over = (covers: "artifact" | "unpacked"): readonly Numbered[] =>
    inputs.detached.filter((one) => one.covers === covers).flatMap(({ signatures }) => signatures.map(number));
  const directSignatures = over("artifact");
  const named = over("unpacked");
  const document = await readArtifact(file, await signaturesWithOwners(bench, directSignatures), {
    ...world,
    ...limits,
  });
  const direct = await weighBatch(bench, directSignatures, document);
  const unpacked = await weighUnpacked(bench, file, { named, direct, directSignatures });
  const detached = [...unpacked.direct, ...unpacked.signatures];
  const manifests: NamingManifest[] = [];
  const unreadable = [...inputs.unreadable];
  for (const manifest of inputs.manifests) {
    const weighed = await weighManifest(bench, manifest, { fileName, sha256: document.sha256 }, number);
    if (weighed.kind === "unreadable") unreadable.push(weighed);
    // A list that nobody at hand signed says nothing where the file has signatures of its own.
    if (weighed.kind === "names-artifact" && (detached.length === 0 || weighed.isVerified)) manifests.push(weighed);
  }
  const signatures = [...detached, ...manifests.flatMap((manifest) => manifest.signatures)];
  return { signatures, sha256: document.sha256, unpackedSha256: unpacked.sha256, manifests, unreadable };
}

function numbering(): (found: FoundSignature) => Numbered {
  let next = 0;
  return (found) => {
    const packet = next;
    next += 1;
    return { packet, found };
  };
}

async function describeArtifact(file: ArtifactFile, request: GatherRequest, weighed: Weighed): Promise<Artifact> {
  const vouching = weighed.manifests.find(({ isVerified, listsArtifact }) => isVerified && listsArtifact);
  return {
    fileName: request.fileName,
    version: request.version,
    sha256: weighed.sha256,
    size: file.size,
    topFolderVersion: await topFolderVersion(file, request.fileName),
    unpackedSha256: weighed.unpackedSha256,
    manifest: vouching === undefined ? undefined : { fileName: vouching.fileName, sha256: vouching.sha256 },
  };
}

/** A file that is there, however bad, is never "absent": rows 29 to 31 are for files that nobody signed. */
function describeSignatureFile(inputs: SignatureInputs, { manifests, unreadable }: Weighed): SignatureFile {
  const first = inputs.detached[0]?.bytes ?? manifests[0]?.files[0];
  if (first !== undefined) return { kind: "read", sha256: sha256OfBytes(first) };
  const [bad] = unreadable;
  if (bad !== undefined) return { kind: "unreadable", detail: bad.detail };
  return { kind: "absent", lookedFor: inputs.lookedFor };
}

function filesToKeep(inputs: SignatureInputs, { manifests, unreadable }: Weighed): readonly Uint8Array[] {
  const detached = inputs.detached.map(({ bytes }) => bytes);
  const kept = [...detached, ...manifests.flatMap(({ files }) => files)];
  return kept.length > 0 ? kept : unreadable.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0);
}

/** Pinned here, or made a signature that it does not merely claim. */
async function stateCertificates(
  { pool, pinned, now }: Bench,
  signatures: readonly SignatureEvidence[],
): Promise<readonly { readonly state: CertificateState; readonly gathered: GatheredCertificate }[]> {
  const makers = signatures.flatMap((signature) =>
    signature.kind === "verified" && signature.standing.kind !== "unproven" ? [signature.signer] : [],
  );
  const made = await openPinned(pool, makers);
  const distinct = new Map([...pinned, ...made].map(({ certificate }) => [certificate.signer, certificate]));
  return [...distinct.values()].map((certificate) => {
    const primary = certificate.primary.fingerprint;
    const { state, bytes } = certificateState(certificate, pool.storedBytes(primary), now);
    return { state, gathered: { signer: state.signer, primary, subkeys: state.subkeys, bytes } };
  });
}
