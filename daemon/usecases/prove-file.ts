import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event, FirstUse, Refusal, Sighting } from "../core/event.ts";
import type { VerifiedSignature } from "../core/evidence.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { UnixMs } from "../core/time.ts";
import { isClearsigned } from "../evidence/armor.ts";
import { gatherEvidence } from "../evidence/gather.ts";
import {
  rereadSignature,
  reverifyList,
  type StoredCertificates,
  type ToldSignature,
} from "../evidence/stored-signature.ts";
import type { Proof } from "../protocol/story-line.ts";
import { failed, notKept, verified } from "./proof.ts";
import type { TofuWorld } from "./world.ts";

type Signed = FirstUse | Sighting | Refusal;

/** What is at hand for verifying again: the store's own certificates, and files that the user gives back. */
export interface Bench {
  readonly world: TofuWorld;
  readonly certificates: StoredCertificates;
  /** Paths by the digest of their bytes. */
  readonly files: ReadonlyMap<Sha256, string>;
}

const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz|lzma|Z)$/;

/**
 * Verifies what the journal says of a signed file: the stored signature is read again, and over the file itself, or the
 * stored list that names it, it is verified again.
 */
export async function proveFile(bench: Bench, { mono }: Event, body: Signed): Promise<Proof> {
  if (body.signature === undefined) return notKept("no signature could be read then");
  const file = await bench.world.journal.object(body.signature);
  if (file === undefined) return failed("its stored signature is missing");
  const told = toldIn(body);
  let found = 0;
  for (const one of told) {
    const reread = await rereadSignature(file, one, bench.certificates);
    if (typeof reread === "object") return failed(`${reread.fault} (${shortSigner(one.signer)})`);
    if (reread === "found") found += 1;
  }
  const path = bench.files.get(body.artifact.sha256);
  const again =
    path === undefined ? await overList(bench, body, file, mono) : await overFile(bench, body, { file, path, mono });
  if (again !== undefined && "fault" in again) return failed(again.fault);
  if (again === undefined) return notKept(`${plural(found, "signature")} read again; the file itself is not kept`);
  const missing = told.filter((one) => !again.some((signature) => isTold(signature, one)));
  const [first] = missing;
  if (first === undefined) return verified(`${plural(told.length, "signature")} verified again`);
  // Of several signature files the journal names one: what stands in the others is not at hand.
  return missing.length === told.length - found
    ? notKept(`${found} of ${plural(told.length, "signature")} verified again; the other files are not kept by name`)
    : failed(`the signature by ${shortSigner(first.signer)} does not verify again`);
}

function toldIn(body: Signed): readonly ToldSignature[] {
  if (body.kind === "first-use")
    return [{ signer: body.key, signingKey: body.subkey, createdAt: body.sigCreated, hash: undefined }];
  return body.keys.map(({ key, subkey, sigCreated, hash }) => ({
    signer: key,
    signingKey: subkey,
    createdAt: sigCreated,
    hash,
  }));
}

function isTold(signature: VerifiedSignature, told: ToldSignature): boolean {
  return (
    signature.signer === told.signer &&
    signature.signingKey === told.signingKey &&
    signature.createdAt === told.createdAt &&
    (told.hash === undefined || signature.hash === told.hash)
  );
}

async function overList(
  { world, certificates }: Bench,
  { artifact, signedDigest }: Signed,
  file: Uint8Array,
  now: UnixMs,
): ReturnType<typeof reverifyList> {
  if (signedDigest === undefined || signedDigest === artifact.sha256) return undefined;
  const list = await world.journal.object(signedDigest);
  return await reverifyList({ file, list }, artifact, { certificates, now });
}

/** The evidence room reads signatures from files, so the stored one becomes one for as long as this takes. */
async function overFile(
  { certificates }: Bench,
  { artifact, signedDigest }: Signed,
  { file, path, mono }: { readonly file: Uint8Array; readonly path: string; readonly mono: UnixMs },
): Promise<readonly VerifiedSignature[]> {
  const folder = await mkdtemp(join(tmpdir(), "tofu-prove-"));
  try {
    const coversUnpacked = signedDigest !== undefined && signedDigest !== artifact.sha256 && !isClearsigned(file);
    const covered = coversUnpacked ? artifact.name.replace(COMPRESSED, "") : artifact.name;
    const signature = join(folder, `${covered}.asc`);
    await writeFile(signature, file, { mode: 0o600 });
    const { evidence } = await gatherEvidence(
      {
        path,
        fileName: artifact.name,
        version: artifact.version,
        signatures: [signature],
        keys: [],
        pinned: [],
        now: mono,
      },
      {
        ...certificates,
        keyring: undefined,
        onProgress: () => undefined,
      },
    );
    return evidence.signatures.filter((one) => one.kind === "verified");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
