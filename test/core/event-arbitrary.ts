import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  type ArtifactFileName,
  parseArtifactFileName,
  parseVersion,
  type Version,
} from "../../daemon/core/artifact-name.ts";
import type {
  Actor,
  Claimed,
  Event,
  EventArtifact,
  EventBody,
  JournalName,
  SignedStatement,
  SignerUse,
  Source,
} from "../../daemon/core/event.ts";
import { verdictCodec } from "../../daemon/core/event-fields.ts";
import type { ImportArtifact, ImportRow, ImportThreshold } from "../../daemon/core/event-import.ts";
import { type Fingerprint, parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import type { Requirement } from "../../daemon/core/policy.ts";
import type { Result } from "../../daemon/core/result.ts";
import { parseSha256, type Sha256 } from "../../daemon/core/sha256.ts";
import { parseSigner, type SignerId } from "../../daemon/core/signer.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import type { VerdictKind } from "../../daemon/core/verdict.ts";
import { SAYINGS, SILENCES, WITNESS_KINDS, type WitnessVoice } from "../../daemon/core/witness.ts";

/** @returns the value of a parse that must succeed. */
export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** @returns a digest made of any text, for tests that need one that differs from others. */
export function digestOf(text: string): Sha256 {
  return must(parseSha256(createHash("sha256").update(text).digest("hex")));
}

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
/** An object whose optional fields are absent or there, never there and `undefined`. */
const shape = <T extends object>(
  fields: { readonly [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
  optionalFields: readonly (keyof T)[] = [],
): fc.Arbitrary<T> => {
  const requiredKeys = (Object.keys(fields) as (keyof T)[]).filter((name) => !optionalFields.includes(name));
  // fast-check builds exactly the fields named, each from T's own arbitrary.
  return fc.record(fields as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: requiredKeys as string[],
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<T>;
};
const oftenEmpty = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(item, { maxLength: 3 });

export const sha256Arbitrary: fc.Arbitrary<Sha256> = hex(64).map((text) => must(parseSha256(text)));
export const fingerprintArbitrary: fc.Arbitrary<Fingerprint> = fc
  .oneof(hex(40), hex(64))
  .map((text) => must(parseFingerprint(text)));
export const signerArbitrary: fc.Arbitrary<SignerId> = fc.oneof(
  { weight: 6, arbitrary: fingerprintArbitrary.map((fingerprint) => must(parseSigner(`openpgp:${fingerprint}`))) },
  hex(16).map((text) => must(parseSigner(`minisign:${text}`))),
  fc.constantFrom(
    must(parseSigner(`ssh:SHA256:${"q".repeat(43)}`)),
    must(parseSigner("sigstore:https://issuer.example,org/repository,release.yml@refs/heads/main")),
  ),
);
export const packageArbitrary: fc.Arbitrary<PackageName> = fc
  .tuple(
    fc.constantFrom("pypi", "generic", "npm", "deb/debian"),
    fc.oneof(
      fc.constantFrom("__proto__", "constructor", "a", "a-b", "a.b", "hasownproperty", "%40scope/name"),
      fc.stringMatching(/^[a-z][a-z0-9._+~-]{0,20}$/),
    ),
  )
  // PyPI names begin with a letter or digit (PEP 508); `_a` would fold to `-a`, which is the name of nothing.
  .filter(([type, name]) => type !== "pypi" || /^[a-z0-9]/.test(name))
  .map(([type, name]) => must(parsePackageName(`pkg:${type}/${name}`)));
export const journalNameArbitrary: fc.Arbitrary<JournalName> = fc.oneof(
  { weight: 9, arbitrary: packageArbitrary },
  fc.constant<JournalName>("*"),
);
export const timeArbitrary: fc.Arbitrary<UnixMs> = fc
  .integer({ min: 0, max: Date.parse("2100-01-01") })
  .map((ms) => unixMs(ms));
export const fileNameArbitrary: fc.Arbitrary<ArtifactFileName> = fc
  .oneof(fc.stringMatching(/^[A-Za-z0-9._ -]{1,40}$/), fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }))
  .filter((text) => parseArtifactFileName(text).ok)
  .map((text) => must(parseArtifactFileName(text)));
export const versionArbitrary: fc.Arbitrary<Version> = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+~:_-]{0,20}$/)
  .map((text) => must(parseVersion(text)));
export const verdictArbitrary: fc.Arbitrary<VerdictKind> = fc.constantFrom(
  ...(verdictCodec.schema["enum"] as readonly VerdictKind[]),
);
export const actorArbitrary: fc.Arbitrary<Actor> = fc.oneof(
  fc.constantFrom("daemon", "user:alice", "user:o'hara — ünï", "user:1000"),
  hex(64).map((digest) => `import:${digest}`),
);

/** Sentences of users: anything at all, lone surrogates and controls too. */
const sentence = fc.string({ unit: "binary", maxLength: 60 });
const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);

export const artifactArbitrary: fc.Arbitrary<EventArtifact> = shape<EventArtifact>(
  { name: fileNameArbitrary, version: versionArbitrary, sha256: sha256Arbitrary, size: fc.maxSafeNat() },
  ["version"],
);
export const signerUseArbitrary: fc.Arbitrary<SignerUse> = shape<SignerUse>({
  key: signerArbitrary,
  subkey: fingerprintArbitrary,
  sigCreated: timeArbitrary,
  hash: word,
  algo: word,
});
const source = shape<Source>({ via: word, sameStatement: fc.boolean(), host: word }, ["sameStatement", "host"]);
const claimed = shape<Claimed>({ tty: word, pid: fc.nat(), parent: sentence }, ["tty"]);
const requirement = shape<Requirement>(
  {
    firstUse: fc.oneof(
      fc.constantFrom({ kind: "accept" as const }, { kind: "decide" as const }, { kind: "deny" as const }),
      fc.integer({ min: 1, max: 99 }).map((count) => ({ kind: "witnesses" as const, count })),
    ),
    releaseThreshold: fc.integer({ min: 1, max: 100 }),
    allow: oftenEmpty(fc.record({ algorithm: word, signers: oftenEmpty(signerArbitrary) }, { noNullPrototype: true })),
    unsignedOk: oftenEmpty(versionArbitrary),
    noRollback: fc.boolean(),
    noHandover: fc.boolean(),
    expired: fc.constant("decide" as const),
  },
  ["firstUse", "releaseThreshold", "allow", "unsignedOk", "noRollback", "noHandover", "expired"],
);
const seen = {
  artifact: artifactArbitrary,
  source,
  signature: sha256Arbitrary,
  signedDigest: sha256Arbitrary,
} as const;

const witnesses = oftenEmpty(
  shape<WitnessVoice>(
    {
      kind: fc.constantFrom(...WITNESS_KINDS),
      source: sentence,
      says: fc.constantFrom(...SAYINGS),
      counted: fc.boolean(),
      silence: fc.constantFrom(...SILENCES),
    },
    ["silence"],
  ),
);

const statement = shape<SignedStatement>(
  {
    sha256: sha256Arbitrary,
    text: sentence,
    signers: oftenEmpty(signerArbitrary),
    place: sentence,
    blocks: sha256Arbitrary,
  },
  ["blocks"],
);

const importRow = shape<ImportRow>(
  {
    key: signerArbitrary,
    effect: fc.constantFrom("taken", "agrees", "stops", "opinion", "none"),
    state: fc.constantFrom("active", "frozen", "contested", "retired", "revoked", "distrusted"),
    roles: fc.subarray(["release", "handover", "recovery"] as const),
    basis: fc.constantFrom("first-use", "trust", "handover:2"),
    first: timeArbitrary,
    last: timeArbitrary,
    releases: fc.nat(1000),
    days: fc.nat(1000),
    until: timeArbitrary,
    cutoff: timeArbitrary,
    reason: fc.constantFrom("superseded", "retired", "lost"),
    hard: fc.boolean(),
    since: timeArbitrary,
    extras: oftenEmpty(fc.constantFrom("x-ticket=SEC-118", "x-note=1")),
  },
  ["basis", "first", "last", "releases", "days", "until", "cutoff", "reason", "hard", "since", "extras"],
);
const importArtifact = shape<ImportArtifact>(
  {
    name: fileNameArbitrary,
    version: versionArbitrary,
    sha256: sha256Arbitrary,
    unpacked: sha256Arbitrary,
    first: timeArbitrary,
  },
  ["version", "unpacked", "first"],
);

type Bodies = { readonly [K in EventBody["kind"]]: fc.Arbitrary<Extract<EventBody, { readonly kind: K }>> };

/** Bodies by kind: the table does not compile while a kind is missing. */
export const eventBodyArbitraries: Bodies = {
  "first-use": shape(
    {
      ...seen,
      kind: fc.constant("first-use" as const),
      key: signerArbitrary,
      subkey: fingerprintArbitrary,
      sigCreated: timeArbitrary,
      certSource: fc.constantFrom("command-line", "beside", "journal", "keyring", "layer"),
      mode: fc.constantFrom("accept", "witnesses:2"),
      listed: oftenEmpty(signerArbitrary),
      witnesses,
    },
    ["signature", "signedDigest", "listed", "witnesses"],
  ),
  sighting: shape(
    {
      ...seen,
      kind: fc.constant("sighting" as const),
      keys: oftenEmpty(signerUseArbitrary),
      verdict: verdictArbitrary,
      listed: oftenEmpty(signerArbitrary),
    },
    ["signature", "signedDigest", "listed"],
  ),
  refusal: shape(
    {
      ...seen,
      kind: fc.constant("refusal" as const),
      keys: oftenEmpty(signerUseArbitrary),
      verdict: verdictArbitrary,
      other: sha256Arbitrary,
      witnesses,
    },
    ["signature", "signedDigest", "other", "witnesses"],
  ),
  retire: shape({
    kind: fc.constant("retire" as const),
    key: signerArbitrary,
    reason: fc.constantFrom("superseded", "retired", "lost"),
    by: fc.constantFrom("handover", "user", "cert"),
    cutoff: timeArbitrary,
  }),
  revoke: shape(
    {
      kind: fc.constant("revoke" as const),
      key: signerArbitrary,
      hard: fc.boolean(),
      compromised: fc.boolean(),
      by: fc.constantFrom("cert", "handover", "user"),
      since: timeArbitrary,
    },
    ["compromised", "since"],
  ),
  trust: shape(
    {
      kind: fc.constant("trust" as const),
      key: signerArbitrary,
      scope: fc.constantFrom("artifact", "package"),
      artifact: artifactArbitrary,
      reason: sentence,
      overridden: verdictArbitrary,
      until: timeArbitrary,
      undoDistrust: fc.boolean(),
      replaces: signerArbitrary,
      claimed,
    },
    ["artifact", "overridden", "until", "undoDistrust", "replaces", "claimed"],
  ),
  confirm: shape({ kind: fc.constant("confirm" as const), key: signerArbitrary, method: sentence, claimed }, [
    "claimed",
  ]),
  distrust: shape(
    {
      kind: fc.constant("distrust" as const),
      key: signerArbitrary,
      scope: fc.constantFrom("package", "*"),
      since: timeArbitrary,
      reason: sentence,
      claimed,
    },
    ["since", "claimed"],
  ),
  certificate: shape(
    {
      kind: fc.constant("certificate" as const),
      key: signerArbitrary,
      cert: sha256Arbitrary,
      subkeys: oftenEmpty(fingerprintArbitrary),
      expiry: timeArbitrary,
    },
    ["expiry"],
  ),
  unsigned: shape({
    kind: fc.constant("unsigned" as const),
    artifact: artifactArbitrary,
    source,
    previouslySigned: fc.boolean(),
    verdict: verdictArbitrary,
  }),
  require: shape({ kind: fc.constant("require" as const), requirement, reason: sentence, claimed }, ["claimed"]),
  forget: shape({ kind: fc.constant("forget" as const), reason: sentence, claimed }, ["claimed"]),
  handover: shape(
    {
      kind: fc.constant("handover" as const),
      statement,
      state: fc.constantFrom("active", "pending"),
      via: fc.constantFrom("quorum", "recovery", "join", "first-use"),
      rewind: fc.boolean(),
    },
    ["rewind"],
  ),
  "handover-active": shape(
    {
      kind: fc.constant("handover-active" as const),
      sha256: sha256Arbitrary,
      by: fc.constantFrom("window", "not-before", "user"),
      reason: sentence,
      claimed,
    },
    ["reason", "claimed"],
  ),
  "handover-contest": shape({
    kind: fc.constant("handover-contest" as const),
    statement,
    against: sha256Arbitrary,
    rule: fc.constantFrom("fork", "spent", "recovery"),
  }),
  fetch: shape({
    kind: fc.constant("fetch" as const),
    source,
    places: fc.array(sentence, { maxLength: 8 }),
  }),
  "handover-refused": shape({
    kind: fc.constant("handover-refused" as const),
    sha256: sha256Arbitrary,
    detail: sentence,
    place: sentence,
  }),
  resolve: shape(
    {
      kind: fc.constant("resolve" as const),
      keep: fc.oneof(fc.constantFrom("mine" as const, "theirs" as const), sha256Arbitrary),
      import: sha256Arbitrary,
      reason: sentence,
      claimed,
    },
    ["import", "claimed"],
  ),
  import: shape(
    {
      kind: fc.constant("import" as const),
      file: sha256Arbitrary,
      label: sentence,
      stand: fc.constantFrom("unsigned", "stranger", "configured", "layer"),
      signer: signerArbitrary,
      verdict: fc.constantFrom(
        "imported",
        "import-unchanged",
        "handover-applied",
        "import-conflict",
        "artifact-changed",
      ),
      holds: fc.boolean(),
      rows: oftenEmpty(importRow),
      here: oftenEmpty(signerArbitrary),
      threshold: shape<ImportThreshold>({ release: fc.nat(100), handover: fc.nat(100) }, ["release", "handover"]),
      artifacts: oftenEmpty(importArtifact),
    },
    ["signer", "holds", "here", "threshold", "artifacts"],
  ),
  "pin-file": shape(
    {
      kind: fc.constant("pin-file" as const),
      file: sha256Arbitrary,
      label: sentence,
      stand: fc.constantFrom("unsigned", "stranger", "configured", "layer"),
      signer: signerArbitrary,
      serial: fc.maxSafeNat(),
      packages: fc.nat(),
      state: fc.constantFrom("begun", "done"),
    },
    ["signer", "serial"],
  ),
};

export const eventBodyArbitrary: fc.Arbitrary<EventBody> = fc.oneof(
  ...(Object.values(eventBodyArbitraries) as fc.Arbitrary<EventBody>[]),
);

/** An event at any place: its chain is not a real one. */
export const eventArbitrary: fc.Arbitrary<Event> = fc
  .record({
    n: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    prev: fc.option(sha256Arbitrary, { nil: undefined }),
    at: timeArbitrary,
    mono: timeArbitrary,
    clockStep: fc.boolean(),
    package: journalNameArbitrary,
    actor: actorArbitrary,
    body: eventBodyArbitrary,
  })
  .map(({ clockStep, ...event }) => ({ v: 1, ...event, ...(clockStep ? { clockStep } : {}) }));
