import { join } from "node:path";
import {
  boolean,
  type Codec,
  integer,
  list,
  oneOf,
  optional,
  record,
  text,
  union,
} from "../../../daemon/core/codec.ts";
import { PROJECT } from "../places.ts";
import { anything, asRead, readJson } from "../read-json.ts";

/**
 * A scenario is a story in symbols: keys are letters, artifacts are `h1`, `h2` …, and each step says what tofu must
 * answer. The player makes real keys and files of them. A scenario can be played once every word in it is known here.
 */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly package: string;
  readonly policy?: Policy | undefined;
  readonly steps: readonly Step[];
}

/** A new kind of step is a member here, a codec below and an action in `play.ts`. */
export type Step = VerifyStep | TrustStep | DistrustStep | RevocationStep;

export type Policy = "first-use=accept" | "first-use=decide" | "first-use=deny";

export interface Expected {
  readonly verdict?: string | undefined;
  readonly exit?: number | undefined;
  readonly notice?: string | undefined;
  readonly activeKeys?: readonly string[] | undefined;
}

export interface ArtifactSymbol {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export interface SignatureStep {
  readonly key: string;
  /** `bad`: made over other bytes. `no-certificate`: good, but nobody offers the certificate. */
  readonly status: "good" | "bad" | "no-certificate";
  /** The time it claims; absent: the step's own. */
  readonly created?: string | undefined;
  readonly subkey?: string | undefined;
  readonly binding?: "good" | undefined;
  /** `missing`: the subkey's binding lost the back signature that proves the subkey agrees. */
  readonly backsig?: "good" | "missing" | undefined;
  /** `now`: the certificate expired between the signature and the step. */
  readonly keyExpired?: "now" | undefined;
  readonly hash?: "sha1" | undefined;
  readonly certifiedBy?: readonly string[] | undefined;
}

export interface VerifyStep {
  readonly do: "verify";
  readonly at: string;
  readonly package?: string | undefined;
  readonly policy?: Policy | undefined;
  readonly artifact: ArtifactSymbol;
  readonly signatures: readonly SignatureStep[];
  readonly expectHint?: string | undefined;
  readonly expect: Expected;
}

export interface TrustStep {
  readonly do: "trust";
  readonly at: string;
  readonly key: string;
  readonly scope: "package" | "artifact";
  readonly artifact?: string | undefined;
  readonly reason: string;
  readonly expect: Expected;
}

export interface DistrustStep {
  readonly do: "distrust";
  readonly at: string;
  readonly key: string;
  readonly scope: "*" | "package";
  readonly reason: string;
  readonly expect: Expected;
}

/** The key's owner revokes it, and the machine learns of it. */
export interface RevocationStep {
  readonly do: "revocation";
  readonly at: string;
  readonly key: string;
  readonly reason: "none" | "compromised" | "superseded" | "retired";
  readonly hard: boolean;
  readonly expect: Expected;
}

const words = text(200);
const letter = text(10);
const policy = oneOf("first-use=accept", "first-use=decide", "first-use=deny");
const expected = record<Expected>({
  verdict: optional(words),
  exit: optional(integer(0, 6)),
  notice: optional(words),
  activeKeys: optional(list(letter, 20)),
});
/** The table writes `null` for "at the step's own time". */
const time: ReturnType<typeof optional<string>> = {
  ...optional(words),
  parse: (json, path) => (json === null ? { ok: true, value: undefined } : optional(words).parse(json, path)),
};
const signature = record<SignatureStep>({
  key: letter,
  status: oneOf("good", "bad", "no-certificate"),
  created: time,
  subkey: optional(letter),
  binding: optional(oneOf("good")),
  backsig: optional(oneOf("good", "missing")),
  keyExpired: optional(oneOf("now")),
  hash: optional(oneOf("sha1")),
  certifiedBy: optional(list(letter, 20)),
});

const step: Codec<Step> = union<"do", Step>("do", {
  verify: record<VerifyStep>({
    do: oneOf("verify"),
    at: words,
    package: optional(words),
    policy: optional(policy),
    artifact: record<ArtifactSymbol>({ name: words, version: words, sha256: words }),
    signatures: list(signature, 20),
    expectHint: optional(words),
    expect: expected,
  }),
  trust: record<TrustStep>({
    do: oneOf("trust"),
    at: words,
    key: letter,
    scope: oneOf("package", "artifact"),
    artifact: optional(words),
    reason: words,
    expect: expected,
  }),
  distrust: record<DistrustStep>({
    do: oneOf("distrust"),
    at: words,
    key: letter,
    scope: oneOf("*", "package"),
    reason: words,
    expect: expected,
  }),
  revocation: record<RevocationStep>({
    do: oneOf("revocation"),
    at: words,
    key: letter,
    reason: oneOf("none", "compromised", "superseded", "retired"),
    hard: boolean,
    expect: expected,
  }),
});

const scenario = record<Scenario>({
  id: words,
  title: words,
  package: words,
  policy: optional(policy),
  steps: list(step, 100),
});
const file = record<{ readonly schema: number; readonly notes: string; readonly scenarios: readonly unknown[] }>({
  schema: integer(1, 1),
  notes: text(2000),
  scenarios: list(anything, 1000),
});

/** @returns the scenarios of these names. @throws Error for a name that is not there or a word that is not known. */
export function readScenarios(ids: readonly string[]): readonly Scenario[] {
  const { scenarios } = readJson(join(PROJECT, "test/checks/scenarios.json"), file);
  const named = record<{ readonly id: string }>({ id: words }, { unknown: "drop" });
  return ids.map((id) => {
    const found = scenarios.find((json) => asRead("scenario", json, named).id === id);
    return asRead(`scenario ${id}`, found, scenario);
  });
}
