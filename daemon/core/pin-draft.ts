import type { Fingerprint } from "./fingerprint.ts";
import { EMPTY_CHAIN } from "./handover-chain.ts";
import type { AcceptedOnce, KnownArtifact, ListedSigner, Pin, PinnedSigner, RefusedArtifact, Role } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import type { UnixMs } from "./time.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A pin in the making: the fold's own copy, handed out as a {@link Pin} when the events are through. */
export type Draft = Mutable<
  Omit<Pin, "signers" | "artifacts" | "bySha256" | "acceptedOnce" | "refusals" | "listed" | "today" | "vouched">
> & {
  signers: Map<SignerId, DraftSigner>;
  artifacts: Map<string, KnownArtifact>;
  bySha256: Map<Sha256, KnownArtifact>;
  acceptedOnce: Map<Sha256, AcceptedOnce>;
  refusals: Map<string, RefusedArtifact>;
  listed: Map<SignerId, ListedSigner>;
  vouched: Set<Sha256>;
  today: { day: string; entries: Set<string> };
};

export type DraftSigner = Mutable<Omit<PinnedSigner, "roles" | "subkeys" | "releases">> & {
  roles: Set<Role>;
  subkeys: Set<Fingerprint>;
  releases: Set<string>;
};

/** @returns the pin of a package that was never seen. */
export function emptyDraft(): Draft {
  return {
    version: 0,
    latest: undefined,
    exists: false,
    signers: new Map(),
    artifacts: new Map(),
    bySha256: new Map(),
    acceptedOnce: new Map(),
    everSigned: false,
    lowestSigned: undefined,
    highest: undefined,
    requirement: {},
    refusals: new Map(),
    listed: new Map(),
    forgottenAt: undefined,
    chain: EMPTY_CHAIN,
    vouched: new Set(),
    undone: [],
    today: { day: "", entries: new Set() },
  };
}

/** @returns a copy of a pin that can be changed without changing the pin. */
export function draftOf(pin: Pin): Draft {
  return {
    ...pin,
    signers: new Map([...pin.signers].map(([key, signer]) => [key, draftSigner(signer)])),
    artifacts: new Map(pin.artifacts),
    bySha256: new Map(pin.bySha256),
    acceptedOnce: new Map(pin.acceptedOnce),
    refusals: new Map(pin.refusals),
    listed: new Map(pin.listed),
    vouched: new Set(pin.vouched),
    today: { day: pin.today.day, entries: new Set(pin.today.entries) },
  };
}

/** @returns an active signer without roles and without history. */
export function newSigner(signer: SignerId, basis: PinnedSigner["basis"], since: UnixMs): DraftSigner {
  return {
    signer,
    state: "active",
    roles: new Set(),
    strength: "tofu",
    basis,
    isLocal: false,
    since,
    subkeys: new Set(),
    firstSeen: undefined,
    lastSeen: undefined,
    releases: new Set(),
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
    releases: new Set(signer.releases),
  };
}
