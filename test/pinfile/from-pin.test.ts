import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { Event, EventBody } from "../../daemon/core/event.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { foldEvents } from "../../daemon/core/fold.ts";
import { parseSha256, type Sha256 } from "../../daemon/core/sha256.ts";
import { parseTime, unixMs } from "../../daemon/core/time.ts";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import {
  blocksNeeded,
  certificatesNeeded,
  distrustedRows,
  type ExportedPackage,
  pinToRows,
} from "../../daemon/pinfile/from-pin.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import type { StatementRow } from "../../daemon/pinfile/pin-file.ts";
import { ALICE, BOB, chainOf, must, packageName, signer } from "./samples.ts";

const NAME = packageName("pkg:pypi/sunpy");
const START = must(parseTime("2026-03-01T10:00:00Z"));
const BLOCK = Buffer.from("-----BEGIN PGP SIGNATURE-----\n\niHUEABYKAB0WIQ\n-----END PGP SIGNATURE-----\n");
const BLOCKS = new Map<Sha256, Uint8Array>([[sha256(BLOCK), BLOCK]]);

function sha256(bytes: Uint8Array): Sha256 {
  return must(parseSha256(createHash("sha256").update(bytes).digest("hex")));
}

function artifact(version: string): {
  readonly name: ReturnType<typeof asName>;
  readonly version: ReturnType<typeof asVersion>;
  readonly sha256: Sha256;
  readonly size: number;
} {
  return {
    name: asName(`sunpy-${version}.tar.gz`),
    version: asVersion(version),
    sha256: sha256(Buffer.from(version)),
    size: 1,
  };
}

function asName(text: string) {
  return must(parseArtifactFileName(text));
}

function asVersion(text: string) {
  return must(parseVersion(text));
}

const key = signer(ALICE);
const subkey = must(parseFingerprint(ALICE.slice("openpgp:".length)));
const firstUse: EventBody = {
  kind: "first-use",
  key,
  subkey,
  sigCreated: START,
  certSource: "beside",
  mode: "accept",
  artifact: artifact("1.0"),
  source: { via: "verify" },
};
const sighting = (version: string): EventBody => ({
  kind: "sighting",
  keys: [{ key, subkey, sigCreated: START, hash: "sha512", algo: "ed25519" }],
  verdict: "match",
  artifact: artifact(version),
  source: { via: "verify" },
});

/** One event a day. */
function events(...bodies: readonly EventBody[]): readonly Event[] {
  return bodies.map((body, index) => {
    const at = unixMs(START + index * 86_400_000);
    return { v: 1, n: index + 1, prev: undefined, at, mono: at, package: NAME, actor: "daemon", body };
  });
}

function exported(...bodies: readonly EventBody[]): ExportedPackage {
  const all = events(...bodies);
  return pinToRows({ name: NAME, events: all, pin: foldEvents(all), blocks: BLOCKS });
}

function text({ rows }: ExportedPackage): string {
  return formatPinFile({
    header: undefined,
    distrusted: [],
    packages: rows === undefined ? [] : [rows],
    certificates: [],
  });
}

function handover({ sha256: digest, bytes }: StatementRow, rest: object = {}): EventBody {
  const statement = Buffer.from(bytes).toString("latin1");
  return {
    kind: "handover",
    statement: {
      sha256: digest,
      text: statement.slice(0, statement.indexOf("-----BEGIN")),
      signers: [key],
      place: "a folder",
      blocks: sha256(BLOCK),
    },
    state: "active",
    via: "quorum",
    ...rest,
  };
}

const PIN = `pkg:pypi/sunpy ${ALICE} roles=release,handover basis=first-use first=2026-03-01T10:00:00Z`;
const one = `@artifact pkg:pypi/sunpy 1.0 sunpy-1.0.tar.gz sha256:${artifact("1.0").sha256} first=2026-03-01T10:00:00Z\n`;
const two = `@artifact pkg:pypi/sunpy 2.0 sunpy-2.0.tar.gz sha256:${artifact("2.0").sha256} first=2026-03-02T10:00:00Z\n`;

const table: readonly (readonly [string, readonly EventBody[], string])[] = [
  [
    "nothing for a package without a signer",
    [{ kind: "require", requirement: { releaseThreshold: 2 }, reason: "x" }],
    "",
  ],
  ["a first use", [firstUse], `${PIN} last=2026-03-01T10:00:00Z releases=1 days=1\n${one}`],
  [
    "releases, days and artifacts",
    [firstUse, sighting("2.0")],
    `${PIN} last=2026-03-02T10:00:00Z releases=2 days=2\n${one}${two}`,
  ],
  [
    "a signer trusted by hand beside the first",
    [
      firstUse,
      { kind: "trust", key: signer(BOB), scope: "package", reason: "x", until: unixMs(START + 86_400_000 * 9) },
    ],
    `${PIN} last=2026-03-01T10:00:00Z releases=1 days=1\npkg:pypi/sunpy ${BOB} roles=release basis=trust until=2026-03-10T10:00:00Z\n${one}`,
  ],
  [
    "a retired signer with its history",
    [firstUse, { kind: "retire", key, reason: "superseded", by: "user", cutoff: START }],
    `@retired pkg:pypi/sunpy ${ALICE} cutoff=2026-03-01T10:00:00Z reason=superseded basis=first-use first=2026-03-01T10:00:00Z last=2026-03-01T10:00:00Z releases=1 days=1\n${one}`,
  ],
  [
    "a revoked signer outlives a forgotten pin",
    [firstUse, { kind: "revoke", key, hard: true, by: "cert", since: START }, { kind: "forget", reason: "x" }],
    `@revoked pkg:pypi/sunpy ${ALICE} since=2026-03-01T10:00:00Z hard basis=first-use first=2026-03-01T10:00:00Z last=2026-03-01T10:00:00Z releases=1 days=1\n`,
  ],
  [
    "a stranger distrusted here",
    [{ kind: "distrust", key: signer(BOB), scope: "package", reason: "private", since: START }],
    `@distrusted pkg:pypi/sunpy ${BOB} since=2026-03-01T10:00:00Z\n`,
  ],
  [
    "a threshold set by hand",
    [firstUse, { kind: "require", requirement: { releaseThreshold: 2 }, reason: "x" }],
    `${PIN} last=2026-03-01T10:00:00Z releases=1 days=1\n@policy pkg:pypi/sunpy release=2\n${one}`,
  ],
];
for (const [what, bodies, expected] of table) {
  test(`an export tells ${what}`, () => {
    assert.equal(text(exported(...bodies)), expected);
    assert.equal(parsePinFile(Buffer.from(expected)).ok, true);
  });
}

describe("a chain", () => {
  const chain = chainOf(NAME, 2);
  const [genesis, second] = [must(chain[0]), must(chain[1])];
  const rival = must(chainOf(NAME, 1, "another hand")[0]);

  test("travels with all its statements, and is whole", () => {
    const file = text(exported(firstUse, handover(genesis), handover(second)));
    assert.match(
      file,
      new RegExp(
        `\\n@policy pkg:pypi/sunpy release=1 handover=1\\n@chain pkg:pypi/sunpy seq=2 head=sha256:${second.sha256}\\n@statement`,
      ),
    );
    assert.deepEqual(must(parsePinFile(Buffer.from(file))).packages[0]?.statements, chain);
  });

  test("travels with its competitors", () => {
    const contest: EventBody = { ...contestOf(rival), against: genesis.sha256 };
    const { rows } = exported(firstUse, handover(genesis), contest);
    assert.deepEqual(new Set(rows?.statements.map((row) => row.sha256)), new Set([genesis.sha256, rival.sha256]));
    assert.equal(rows?.chain?.head, genesis.sha256);
    assert.equal(parsePinFile(Buffer.from(text({ rows, chainLeftOut: undefined }))).ok, true);
  });

  test("travels without competitors whose place in it is gone", () => {
    const stranded = must(chainOf(NAME, 2, "another hand")[1]);
    const { rows } = exported(firstUse, handover(genesis), contestOf(stranded));
    assert.deepEqual(
      rows?.statements.map((row) => row.sha256),
      [genesis.sha256],
    );
  });

  test("stays here while it is pending", () => {
    const { rows } = exported(firstUse, handover(genesis, { state: "pending", via: "recovery" }));
    assert.deepEqual([rows?.chain, rows?.statements], [undefined, []]);
  });

  test("is left out, and that is said, where its blocks are gone or it began in the middle", () => {
    const all = events(firstUse, handover(genesis));
    const gone = pinToRows({ name: NAME, events: all, pin: foldEvents(all), blocks: new Map() });
    assert.deepEqual([gone.chainLeftOut, gone.rows?.chain], ["blocks-missing", undefined]);
    const joined = exported(firstUse, handover(second, { via: "join" }));
    assert.deepEqual([joined.chainLeftOut, joined.rows?.chain], ["joined", undefined]);
  });

  test("names the stored blocks and the certificates that it needs", () => {
    const all = events(firstUse, handover(genesis));
    assert.deepEqual(blocksNeeded({ pin: foldEvents(all), events: all }), [sha256(BLOCK)]);
    assert.deepEqual(certificatesNeeded([must(exported(firstUse, handover(genesis)).rows)]), [subkey]);
  });

  function contestOf(row: StatementRow): Extract<EventBody, { readonly kind: "handover-contest" }> {
    const body = handover(row);
    if (body.kind !== "handover") throw new Error("no handover");
    return { kind: "handover-contest", statement: body.statement, against: row.sha256, rule: "spent" };
  }
});

test("whom the machine distrusts stands once, by the newest word", () => {
  const body = { kind: "distrust", key: signer(BOB), scope: "*", reason: "x" } as const;
  const rows = distrustedRows(events(body, { ...body, since: START }));
  assert.deepEqual(
    formatPinFile({ header: undefined, distrusted: rows, packages: [], certificates: [] }),
    `@distrusted * ${BOB} since=2026-03-01T10:00:00Z\n`,
  );
});
