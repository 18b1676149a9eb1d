import type { Fingerprint } from "./fingerprint.ts";
import { EMPTY_CHAIN } from "./handover-chain.ts";
import { LayeredMap, LayeredSet } from "./layered-map.ts";
import type { AcceptedOnce, KnownArtifact, ListedSigner, Pin, PinnedSigner, RefusedArtifact, Role } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A pin in the making: the fold's own copy, handed out as a {@link Pin} when the events are through. */
export type Draft = Mutable<
  Omit<
    Pin,
    "signers" | "artifacts" | "bySha256" | "acceptedOnce" | "refusals" | "listed" | "today" | "vouched" | "hearsay"
  >
> & {
  signers: Map<SignerId, DraftSigner>;
  artifacts: LayeredMap<string, KnownArtifact>;
  bySha256: LayeredMap<Sha256, KnownArtifact>;
  acceptedOnce: LayeredMap<Sha256, AcceptedOnce>;
  refusals: LayeredMap<string, RefusedArtifact>;
  listed: LayeredMap<SignerId, ListedSigner>;
  vouched: LayeredSet<Sha256>;
  hearsay: LayeredMap<string, KnownArtifact>;
  today: { day: string; entries: LayeredSet<string> };
};

export type DraftSigner = Mutable<Omit<PinnedSigner, "roles" | "subkeys" | "releases">> & {
  roles: Set<Role>;
  subkeys: Set<Fingerprint>;
  releases: LayeredSet<string>;
};

/** @returns the pin of a package that was never seen. */
export function emptyDraft(): Draft {
  return {
    version: 0,
    latest: undefined,
    exists: false,
    signers: new Map(),
    artifacts: LayeredMap.of(),
    bySha256: LayeredMap.of(),
    acceptedOnce: LayeredMap.of(),
    everSigned: false,
    lowestSigned: undefined,
    highest: undefined,
    requirement: {},
    refusals: LayeredMap.of(),
    listed: LayeredMap.of(),
    forgottenAt: undefined,
    chain: EMPTY_CHAIN,
    vouched: LayeredSet.of(),
    undone: [],
    imports: [],
    importConflict: undefined,
    opinions: [],
    hearsay: LayeredMap.of(),
    importedThreshold: undefined,
    layer: undefined,
    today: { day: "", entries: LayeredSet.of() },
  };
}

/** @returns a copy of a pin that can be changed without changing the pin; what grows with its history is shared. */
export function draftOf(pin: Pin): Draft {
  return {
    ...pin,
    signers: new Map([...pin.signers].map(([key, signer]) => [key, draftSigner(signer)])),
    artifacts: LayeredMap.branchOf(pin.artifacts),
    bySha256: LayeredMap.branchOf(pin.bySha256),
    acceptedOnce: LayeredMap.branchOf(pin.acceptedOnce),
    refusals: LayeredMap.branchOf(pin.refusals),
    listed: LayeredMap.branchOf(pin.listed),
    vouched: LayeredSet.branchOf(pin.vouched),
    hearsay: LayeredMap.branchOf(pin.hearsay),
    today: { day: pin.today.day, entries: LayeredSet.branchOf(pin.today.entries) },
  };
}

/** @returns an active signer without roles and without history. */
export function newSigner(signer: SignerId, basis: PinnedSigner["basis"], since: UnixMs): DraftSigner {
  return {
    signer,
    state: "active",
    roles: new Set(),
    strength: "tofu",
    signedBy: [],
    basis,
    imported: undefined,
    isLocal: false,
    since,
    subkeys: new Set(),
    firstSeen: undefined,
    lastSeen: undefined,
    releases: LayeredSet.of(),
    days: 0,
    lastDay: undefined,
    retirement: undefined,
    revocation: undefined,
    distrust: undefined,
    undistrustedAt: undefined,
    until: undefined,
  };
}

/** @returns a copy that can be changed. */
export function draftSigner(signer: PinnedSigner): DraftSigner {
  return {
    ...signer,
    roles: new Set(signer.roles),
    subkeys: new Set(signer.subkeys),
    releases: LayeredSet.branchOf(signer.releases),
  };
}
