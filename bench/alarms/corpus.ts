import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { boolean, type Codec, integer, list, optional, record, text } from "../../daemon/core/codec.ts";
import { readJson } from "../../test/checks/read-json.ts";
import { DAY, type Delivery, type MadeBy } from "./delivery.ts";

/** A real release whose signature gpgv found good, with how it follows on the one before. */
export interface RealRelease extends Delivery {
  readonly class: string;
  readonly signedAt: number;
}

export interface Corpus {
  /** Each series oldest first, with its good releases. */
  readonly series: ReadonlyMap<string, readonly RealRelease[]>;
  /** Releases left out, since nobody can verify them: no signature, or no certificate for it. */
  readonly unverifiable: number;
}

const GOOD = new Set(["GOODSIG", "EXPKEYSIG"]);
const word = text(400);

interface Row {
  readonly package: string;
  readonly version: string;
  readonly seq: number;
  readonly class: string;
  readonly verifies: boolean;
  readonly artifact: string;
  readonly signature: string;
  readonly keyring: string;
  readonly signed_at_unix: number | undefined;
  readonly signer_primary: string | undefined;
  readonly signer_key: string | undefined;
  readonly gpgv_status: readonly string[];
  readonly signers?:
    | readonly { readonly primary: string | undefined; readonly key: string | undefined; readonly gpgv: string }[]
    | undefined;
}

function orNull<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    ...optional(codec),
    parse: (json, path) => (json === null ? { ok: true, value: undefined } : codec.parse(json, path)),
  };
}

const row: Codec<Row> = record<Row>(
  {
    package: word,
    version: word,
    seq: integer(1, 1000),
    class: word,
    verifies: boolean,
    artifact: word,
    signature: word,
    keyring: word,
    signed_at_unix: orNull(integer(0, 2 ** 32)),
    signer_primary: orNull(word),
    signer_key: orNull(word),
    gpgv_status: list(word, 100),
    signers: optional(list(record({ primary: orNull(word), key: orNull(word), gpgv: word }, { unknown: "drop" }), 100)),
  },
  { unknown: "drop" },
);

/** Reads a corpus folder; each release arrives a day after it was signed, never before the one it follows. */
export function readCorpus(folder: string): Corpus {
  const rows = readJson(join(folder, "manifest.json"), list(row, 10_000));
  const series = new Map<string, RealRelease[]>();
  let unverifiable = 0;
  for (const given of [...rows].sort((a, b) => a.seq - b.seq)) {
    const signers = goodSigners(given);
    const known = series.get(given.package) ?? [];
    if (signers.length === 0 || !existsSync(join(folder, given.artifact))) unverifiable += 1;
    else series.set(given.package, [...known, toRelease(folder, given, signers, known.at(-1)?.at ?? 0)]);
  }
  return { series, unverifiable };
}

function goodSigners(given: Row): readonly MadeBy[] {
  const only = { primary: given.signer_primary, key: given.signer_key, gpgv: given.gpgv_status[0] ?? "" };
  return (given.signers ?? [only]).flatMap(({ primary, key, gpgv }) =>
    primary === undefined || !GOOD.has(gpgv) ? [] : [{ primary, signingKey: key ?? primary }],
  );
}

function toRelease(folder: string, given: Row, signers: readonly MadeBy[], after: number): RealRelease {
  const signedAt = given.signed_at_unix ?? after;
  return {
    series: given.package,
    version: given.version,
    at: Math.max(signedAt, after) + DAY,
    signedAt,
    path: join(folder, given.artifact),
    signature: join(folder, given.signature),
    keyring: join(folder, given.keyring),
    chain: undefined,
    signers,
    class: given.class,
  };
}

/** @returns the mail addresses that each primary key of a keyring claims; gpg's own model rests on them. */
export function addressesIn(keyring: string): ReadonlyMap<string, readonly string[]> {
  // One real keyring has an armor label that gpg does not know; what it can't read claims nothing to it.
  const words = ["--batch", "--no-tty", "--quiet", "--with-colons", "--show-keys", keyring];
  const listing = spawnSync("gpg", words, { maxBuffer: 1 << 26 }).stdout.toString("utf8");
  const addresses = new Map<string, string[]>();
  let primary: string | undefined;
  let atPrimary = false;
  for (const line of listing.split("\n")) {
    const fields = line.split(":");
    if (fields[0] === "pub") atPrimary = true;
    if (fields[0] === "fpr" && atPrimary) [primary, atPrimary] = [fields[9], false];
    const address = fields[0] === "uid" ? /<([^>]+)>/.exec(fields[9] ?? "")?.[1] : undefined;
    if (primary !== undefined && address !== undefined)
      addresses.set(primary, [...(addresses.get(primary) ?? []), address.toLowerCase()]);
  }
  return addresses;
}
