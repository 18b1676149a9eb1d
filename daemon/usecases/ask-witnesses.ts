import { findCertificates } from "../certificates/certificate-file.ts";
import { claimsOf } from "../certificates/claims.ts";
import { mergeCopies } from "../certificates/merge.ts";
import type { SignerId } from "../core/signer.ts";
import type { WitnessAnswer } from "../core/witness.ts";
import type { Gathered } from "../evidence/gathering.ts";
import { type Address, addressOf, formatAddress } from "../witnesses/address.ts";
import { askAll } from "../witnesses/ask.ts";
import { distributionWitnesses } from "../witnesses/distribution-keys.ts";
import { gitWitnesses } from "../witnesses/git-clones.ts";
import { githubWitnesses } from "../witnesses/github.ts";
import { keyServerWitnesses } from "../witnesses/key-server.ts";
import { pinFileWitnesses } from "../witnesses/pin-files.ts";
import type { Asking, CertificatesAtHand, Witness } from "../witnesses/witness.ts";
import { wkdWitnesses } from "../witnesses/wkd.ts";
import type { Target } from "./judge-file.ts";
import { certificateSources } from "./known.ts";
import { verifyPinFileSignature } from "./pin-file-signature.ts";
import type { LoadedPin, TofuWorld } from "./world.ts";

/** Addresses of one side that are asked about: the keys that came, and those that were expected. */
const MAX_ADDRESSES = 4;
const MAX_PINNED_ASKED = 4;

/** What witnesses are asked about, and by whom. */
export interface WitnessRequest {
  readonly target: Target;
  readonly loaded: LoadedPin;
  readonly gathered: Gathered;
  readonly offline: boolean;
  readonly gnupgHome: string | undefined;
}

/** Asks every witness of the configuration about whoever signed a file. Bounded in time; never a fault. */
export async function askWitnesses(world: TofuWorld, request: WitnessRequest): Promise<readonly WitnessAnswer[]> {
  const certificates = atHand(world, request);
  const asking = await askingAbout(request);
  return await askAll(witnessesOf(world, asking, certificates), { offline: request.offline });
}

function witnessesOf(world: TofuWorld, asking: Asking, certificates: CertificatesAtHand): readonly Witness[] {
  const { outside, network } = world;
  const places = outside();
  const onMachine = [
    ...pinFileWitnesses(places.pinFiles, asking, (file, signature) =>
      verifyPinFileSignature({ file, signature, configured: [], keys: [], now: asking.now }, certificates),
    ),
    ...distributionWitnesses(places.distributionKeys, asking),
    ...gitWitnesses(places.gitClones, asking, certificates),
  ];
  if (!places.networkEnabled) return onMachine;
  return [
    ...onMachine,
    ...(places.wkd ? wkdWitnesses(network, asking) : []),
    ...keyServerWitnesses(network, places.keyServers, asking),
    ...(places.github ? githubWitnesses(network, places.githubUsers(asking.package), asking) : []),
  ];
}

async function askingAbout({ target, loaded, gathered }: WitnessRequest): Promise<Asking> {
  const verified = gathered.evidence.signatures.filter((signature) => signature.kind === "verified");
  const strangers = verified.filter(({ signer }) => !loaded.pin.signers.has(signer));
  const claimed = strangers.flatMap(({ certificate }) => certificate.claims);
  const expected = [...loaded.pin.signers.values()]
    .filter(({ state }) => state === "active")
    .slice(0, MAX_PINNED_ASKED);
  const pinned: string[] = [];
  for (const { signer } of expected) pinned.push(...(await claimsAtHand(gathered, signer)));
  return {
    package: target.package,
    version: target.version,
    signers: [...new Set(strangers.map(({ signer }) => signer))],
    addresses: distinct([...addressesIn(claimed), ...addressesIn(pinned)]),
    now: loaded.now,
  };
}

/** Certificates of who is pinned were merged from all their copies when the file was judged. */
async function claimsAtHand({ certificates }: Gathered, signer: SignerId): Promise<readonly string[]> {
  const bytes = certificates.find((one) => one.signer === signer)?.bytes;
  const [copy] = bytes === undefined ? [] : findCertificates(bytes).certificates;
  const certificate = copy === undefined ? undefined : await mergeCopies([copy]);
  return certificate === undefined ? [] : claimsOf(certificate);
}

function addressesIn(claims: readonly string[]): readonly Address[] {
  return distinct(claims.flatMap((claim) => addressOf(claim) ?? [])).slice(0, MAX_ADDRESSES);
}

function distinct(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [formatAddress(address), address])).values()];
}

/** Certificates that came with the file and those that are kept: whoever signed a tag may be one of them. */
function atHand(world: TofuWorld, { gathered, gnupgHome }: WitnessRequest): CertificatesAtHand {
  const came = new Map(gathered.certificates.map(({ primary, bytes }) => [primary, bytes]));
  const primaries = new Map(
    gathered.certificates.flatMap(({ primary, subkeys }) => subkeys.map((subkey) => [subkey, primary] as const)),
  );
  const known = certificateSources(world, gnupgHome);
  return {
    ...known,
    storedCertificate: async (primary) => came.get(primary) ?? (await known.storedCertificate(primary)),
    storedPrimaryOf: async (subkey) => primaries.get(subkey) ?? (await known.storedPrimaryOf(subkey)),
  };
}
