import { join } from "node:path";
import { boolean, type Codec, integer, list, oneOf, optional, record, text } from "../../daemon/core/codec.ts";
import { PROJECT } from "./places.ts";
import { readJson } from "./read-json.ts";

/** The folder that paths of a release are relative to. */
export const CORPUS: string = join(PROJECT, "test/corpus");

/** What a check reads of one record of the corpus; the records hold more, for people. */
export interface Release {
  readonly package: string;
  readonly version: string;
  readonly seq: number;
  readonly of: number;
  readonly class: ReleaseClass;
  readonly verifies: boolean;
  readonly artifact: string;
  readonly signature: string;
  readonly keyring: string;
  readonly signedAt: number | undefined;
  /** Primary keys of signatures that gpgv found good, an expired key's included. */
  readonly goodSigners: readonly string[];
  readonly weak: readonly string[];
}

/** How a release follows on the one before it in its series. */
export type ReleaseClass =
  | "first-use"
  | "same-key"
  | "subkey-rotation-same-primary"
  | "other-releaser"
  | "new-key-announced"
  | "new-key-unannounced"
  | "no-signature";

const GOOD = new Set(["GOODSIG", "EXPKEYSIG"]);
const word = text(200);
const nothing: Codec<undefined> = {
  encode: () => undefined,
  parse: (json) =>
    json === null ? { ok: true, value: undefined } : { ok: false, error: { path: "", expected: "null" } },
  write: () => undefined,
  schema: { type: "null" },
};
const orNull = <T>(codec: Codec<T>): Codec<T | undefined> => ({
  ...codec,
  encode: (value) => value,
  parse: (json, path) => (json === null ? nothing.parse(json, path) : codec.parse(json, path)),
  write: () => undefined,
});

interface Row {
  readonly package: string;
  readonly version: string;
  readonly seq: number;
  readonly of: number;
  readonly class: ReleaseClass;
  readonly verifies: boolean;
  readonly artifact: string;
  readonly signature: string;
  readonly keyring: string;
  readonly signed_at_unix: number | undefined;
  readonly signer_primary: string | undefined;
  readonly signers?: readonly { readonly primary: string | undefined; readonly gpgv: string }[] | undefined;
  readonly gpgv_status: readonly string[];
  readonly weak: readonly string[];
}

const row = record<Row>(
  {
    package: word,
    version: word,
    seq: integer(1, 1000),
    of: integer(1, 1000),
    class: oneOf(
      "first-use",
      "same-key",
      "subkey-rotation-same-primary",
      "other-releaser",
      "new-key-announced",
      "new-key-unannounced",
      "no-signature",
    ),
    verifies: boolean,
    artifact: word,
    signature: word,
    keyring: word,
    signed_at_unix: orNull(integer(0, 2 ** 32)),
    signer_primary: orNull(word),
    signers: optional(list(record({ primary: orNull(word), gpgv: word }, { unknown: "drop" }), 100)),
    gpgv_status: list(word, 100),
    weak: list(word, 10),
  },
  { unknown: "drop" },
);

/** Every series of the corpus, each in the order it was signed in. */
export function readSeries(): ReadonlyMap<string, readonly Release[]> {
  const releases = readJson(join(CORPUS, "manifest.json"), list(row, 10_000)).map(toRelease);
  const series = new Map<string, readonly Release[]>();
  for (const release of releases) series.set(release.package, [...(series.get(release.package) ?? []), release]);
  return new Map([...series].map(([name, all]) => [name, [...all].sort((a, b) => a.seq - b.seq)]));
}

function toRelease(given: Row): Release {
  const only = { primary: given.signer_primary, gpgv: given.gpgv_status[0] ?? "" };
  const signers = (given.signers ?? [only]).filter(({ gpgv }) => GOOD.has(gpgv));
  return {
    package: given.package,
    version: given.version,
    seq: given.seq,
    of: given.of,
    class: given.class,
    verifies: given.verifies,
    artifact: join(CORPUS, given.artifact),
    signature: join(CORPUS, given.signature),
    keyring: join(CORPUS, given.keyring),
    signedAt: given.signed_at_unix,
    goodSigners: [...new Set(signers.flatMap(({ primary }) => primary ?? []))],
    weak: given.weak,
  };
}
