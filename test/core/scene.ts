import assert from "node:assert/strict";
import { judgeArrival, judgeChain, type OfferedChain } from "../../daemon/core/arrival.ts";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { Event, EventBody } from "../../daemon/core/event.ts";
import type { Evidence, SignatureEvidence, SignatureFile, VerifiedSignature } from "../../daemon/core/evidence.ts";
import { type Fingerprint, parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { foldEvents, foldMachine, withMachine } from "../../daemon/core/fold.ts";
import type { StatementJudgement } from "../../daemon/core/handover-judgement.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import type { PinLayer } from "../../daemon/core/layer-pin.ts";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import type { Pin } from "../../daemon/core/pin.ts";
import { DEFAULT_POLICY, effectivePolicy, type Policy } from "../../daemon/core/policy.ts";
import type { Elsewhere } from "../../daemon/core/question.ts";
import type { Result } from "../../daemon/core/result.ts";
import { parseSha256, type Sha256 } from "../../daemon/core/sha256.ts";
import { openpgpSigner, type SignerId } from "../../daemon/core/signer.ts";
import { formatTime, parseTime, type UnixMs, unixMs } from "../../daemon/core/time.ts";
import type { WitnessAnswer } from "../../daemon/core/witness.ts";

/** @returns the value of a parser that must succeed. */
export function must<T, E>(result: Result<T, E>): T {
  assert.ok(result.ok, `cannot be parsed: ${JSON.stringify(result)}`);
  return result.value;
}

/** @returns a time from `2026-01-01` or a full UTC time. */
export function time(text: string): UnixMs {
  return must(parseTime(text));
}

/** @returns the digest that a word stands for: always the same, different for each word. */
export function digest(word: string): Sha256 {
  const hex = [...word].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return must(parseSha256(hex.slice(0, 64).padEnd(64, "0")));
}

/** @returns the fingerprint that a letter stands for. */
export function fingerprint(letter: string): Fingerprint {
  return must(parseFingerprint(digest(letter).slice(0, 8).padEnd(32, "5A") + digest(letter).slice(0, 8)));
}

/** @returns the signer that a letter stands for. */
export function signer(letter: string): SignerId {
  return openpgpSigner(fingerprint(letter));
}

export const PACKAGE: PackageName = must(parsePackageName("pkg:pypi/sunpy"));

/** A good signature by a letter's primary key; what differs is given. */
export function signed(
  letter: string,
  rest: Partial<VerifiedSignature> & {
    readonly sources?: VerifiedSignature["certificate"]["sources"];
    readonly certifiedBy?: readonly SignerId[];
  } = {},
): VerifiedSignature {
  const { sources = ["command-line"], certifiedBy = [], ...fields } = rest;
  return {
    kind: "verified",
    packet: 0,
    signer: signer(letter),
    signingKey: fingerprint(letter),
    byPrimary: true,
    material: digest(`material ${letter}`),
    createdAt: time("2026-01-01"),
    expiresAt: undefined,
    hash: "sha512",
    algorithm: "ed25519",
    weaknesses: [],
    standing: { kind: "entitled", selfSignatureNewer: false, weakBinding: false },
    revocations: [],
    keyExpiry: undefined,
    purpose: undefined,
    handoverHead: undefined,
    textMode: false,
    certificate: {
      signer: signer(letter),
      createdAt: time("2020-01-01"),
      claims: [`${letter} <${letter}@example.org>`],
      sources,
      certifiedBy,
    },
    ...fields,
  };
}

/** One file arriving: its symbol stands for its bytes. */
export interface Arrival {
  readonly at: string;
  readonly bytes: string;
  readonly version?: string;
  readonly name?: string;
  readonly signatures?: readonly SignatureEvidence[];
  readonly signatureFile?: SignatureFile;
  readonly topFolderVersion?: string;
  readonly unpacked?: string;
  readonly listed?: readonly SignerId[];
  readonly states?: Evidence["certificates"];
  readonly manifest?: boolean;
  readonly dryRun?: boolean;
  /** Statements that lie beside it. */
  readonly chain?: readonly OfferedStatement[];
  readonly chainIsCut?: boolean;
  /** What independent sources say when they are asked. */
  readonly witnesses?: readonly WitnessAnswer[];
  /** The host it was downloaded from. */
  readonly host?: string;
}

/** A package's life, played through the pure core alone: what `judge` wants appended is appended. */
export class Scene {
  readonly events: Event[] = [];
  readonly machine: Event[] = [];
  policy: Policy = DEFAULT_POLICY;
  /** What the machine's own files say; it can come and go while the journal stays. */
  layer: PinLayer | undefined;
  elsewhere: Elsewhere = { signers: new Map(), sameBytes: [] };

  /** A last touch to the pin, for states that no event of today leads to. */
  edit: (pin: Pin) => Pin = (pin) => pin;

  get pin(): Pin {
    const below = this.layer === undefined ? undefined : { ...this.layer.pin, layer: this.layer };
    return this.edit(withMachine(foldEvents(this.events, below), foldMachine(this.machine)));
  }

  /** Judges a file as it arrives, with what lies beside it, and remembers. */
  arrive(arrival: Arrival): Judgement {
    const { pin } = this;
    const chain: OfferedChain = { offers: arrival.chain ?? [], isCut: arrival.chainIsCut === true };
    const { judgement } = judgeArrival({
      package: PACKAGE,
      pin,
      evidence: evidenceOf(arrival),
      policy: effectivePolicy(this.policy, pin.requirement),
      now: this.#now(arrival.at),
      source: { via: "verify", host: arrival.host },
      witnesses: arrival.witnesses,
      elsewhere: this.elsewhere,
      recording: arrival.dryRun !== true,
      chain,
    });
    if (arrival.dryRun !== true) this.append(arrival.at, ...judgement.events);
    return judgement;
  }

  /** Judges statements offered by themselves, oldest first, and remembers; one answer for each. */
  offer(at: string, ...offers: readonly OfferedStatement[]): readonly StatementJudgement[] {
    const { statements, events } = judgeChain(PACKAGE, this.pin, offers, this.#now(at));
    this.append(at, ...events);
    return statements.map(({ judgement }) => judgement);
  }

  /** Appends what a command would. */
  append(at: string, ...bodies: readonly EventBody[]): void {
    this.#seal(this.events, PACKAGE, at, bodies);
  }

  /** Appends to the journal of the whole machine. */
  appendMachine(at: string, ...bodies: readonly EventBody[]): void {
    this.#seal(this.machine, "*", at, bodies);
  }

  active(): readonly SignerId[] {
    return [...this.pin.signers.values()].filter((entry) => entry.state === "active").map((entry) => entry.signer);
  }

  #now(at: string): UnixMs {
    return unixMs(Math.max(time(at), this.pin.latest ?? 0));
  }

  #seal(events: Event[], name: PackageName | "*", at: string, bodies: readonly EventBody[]): void {
    for (const body of bodies) {
      const now = unixMs(Math.max(time(at), events.at(-1)?.mono ?? 0));
      events.push({
        v: 1,
        n: events.length + 1,
        prev: undefined,
        at: time(at),
        mono: now,
        package: name,
        actor: "user:test",
        body,
      });
    }
  }
}

function evidenceOf(arrival: Arrival): Evidence {
  const { bytes, signatures = [], version = "1.0" } = arrival;
  const absent: SignatureFile = { kind: "absent", lookedFor: [".asc", ".sig"] };
  return {
    artifact: {
      fileName: must(parseArtifactFileName(arrival.name ?? `sunpy-${version}.tar.gz`)),
      version: version === "" ? undefined : must(parseVersion(version)),
      sha256: digest(bytes),
      size: 4096,
      topFolderVersion:
        arrival.topFolderVersion === undefined ? undefined : must(parseVersion(arrival.topFolderVersion)),
      unpackedSha256: arrival.unpacked === undefined ? undefined : digest(arrival.unpacked),
      manifest: arrival.manifest === true ? { fileName: "SHA256SUMS", sha256: digest("manifest") } : undefined,
    },
    signatureFile:
      arrival.signatureFile ??
      (signatures.length === 0 ? absent : { kind: "read", sha256: digest(`signature ${bytes}`) }),
    signatures: signatures.map((signature, packet) => ({ ...signature, packet })),
    certificates: arrival.states ?? [],
    listed: arrival.listed ?? [],
    asked: ["this journal", "files beside it"],
  };
}

/** @returns a time written out, for messages. */
export function written(at: UnixMs): string {
  return formatTime(at);
}
