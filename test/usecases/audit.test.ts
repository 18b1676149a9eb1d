import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { EventArtifact, EventBody } from "../../daemon/core/event.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import type { SignerId } from "../../daemon/core/signer.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { VerdictKind } from "../../daemon/core/verdict.ts";
import type { Answer, AuditLine } from "../../daemon/protocol/answer.ts";
import type { AuditRequest } from "../../daemon/protocol/request.ts";
import { audit } from "../../daemon/usecases/audit.ts";
import { textPrinter } from "../../daemon/words/printer.ts";
import { PLAIN } from "../cli/answers.ts";
import { digest, fingerprint, must, PACKAGE, signer, time } from "../core/scene.ts";
import { type Chronicle, chronicle } from "./world.ts";

const OTHER = must(parsePackageName("pkg:pypi/astropy"));
const [ALICE, BOB, EVE] = [signer("A"), signer("B"), signer("E")];
const CLAIMED = { pid: 1, parent: "sh" };

function artifact(version: string, bytes = version): EventArtifact {
  return {
    name: must(parseArtifactFileName(`sunpy-${version}.tar.gz`)),
    version: must(parseVersion(version)),
    sha256: digest(bytes),
    size: 3,
  };
}

function firstUse(key: SignerId, version: string): EventBody {
  const seen = { artifact: artifact(version), source: { via: "verify" } };
  const use = { key, subkey: fingerprint("S"), sigCreated: time("2026-01-01") };
  return { kind: "first-use", ...use, ...seen, certSource: "command-line", mode: "accept" };
}

function seen(
  kind: "sighting" | "refusal",
  key: SignerId,
  version: string,
  rest: { readonly verdict?: VerdictKind; readonly bytes?: string; readonly host?: string } = {},
): EventBody {
  const use = { key, subkey: fingerprint("S"), sigCreated: time("2026-01-01"), hash: "sha512", algo: "ed25519" };
  const source = { via: "exec:pip", ...(rest.host === undefined ? {} : { host: rest.host }) };
  const verdict = rest.verdict ?? (kind === "sighting" ? "match" : "unexpected-signer");
  const body = { artifact: artifact(version, rest.bytes), source, keys: [use], verdict };
  return kind === "sighting" ? { kind, ...body } : { kind, ...body };
}

/** Statement 1 of sunpy: Alice hands over to Bob. */
function statementText(): string {
  return [
    "tofu-handover 1",
    "package pkg:pypi/sunpy",
    "seq 1",
    "prev none",
    "issued 2026-05-01",
    `key ${BOB} release,handover`,
    "threshold handover 1",
    "threshold release 1",
    `remove ${ALICE} retired`,
    "reason New hands.",
    "end",
    "",
  ].join("\n");
}

const handover: EventBody = {
  kind: "handover",
  statement: { sha256: digest("statement"), text: statementText(), signers: [ALICE, BOB], place: "beside the file" },
  state: "active",
  via: "quorum",
};

async function sunpy(): Promise<Chronicle> {
  const story = chronicle();
  await story.write("2026-01-01", PACKAGE, firstUse(ALICE, "1.0"));
  await story.write("2026-02-01", PACKAGE, seen("sighting", ALICE, "1.1"));
  await story.write("2026-03-01", PACKAGE, seen("refusal", EVE, "1.2", { bytes: "evil", host: "mirror.example" }));
  await story.write("2026-04-01", OTHER, firstUse(ALICE, "9.0"));
  await story.write("2026-05-02", PACKAGE, handover);
  await story.write("2026-06-01", PACKAGE, seen("sighting", BOB, "2.0"));
  return story;
}

async function ask({ world }: Chronicle, request: Omit<AuditRequest, "do">): Promise<readonly AuditLine[]> {
  const lines: AuditLine[] = [];
  const exit = await audit(world, { do: "audit", ...request }, (answer: Answer) => {
    if (answer.type === "audit") lines.push(answer);
  });
  assert.equal(exit, 0);
  return lines;
}

/** A line as a row of the tables below has it. */
function brief({ package: name, about, version, why, name: what }: AuditLine): string {
  return `${name.slice("pkg:pypi/".length) || name} ${about === "file" ? version : what} ${why}`;
}

describe("audit lists what rests on what was asked about", () => {
  const rows: readonly {
    readonly name: string;
    readonly ask: Omit<AuditRequest, "do">;
    readonly lines: readonly string[];
  }[] = [
    {
      name: "a signer: files of every package, pins, statements that it signed",
      ask: { signer: ALICE },
      lines: [
        "astropy 9.0 signed",
        "astropy pin, active, may release and handover pinned",
        "sunpy 1.0 signed",
        "sunpy pin, retired, may release and handover pinned",
        "sunpy 1.1 signed",
        "sunpy statement 1 statement",
      ],
    },
    { name: "a signer that was only refused", ask: { signer: EVE }, lines: ["sunpy 1.2 refused"] },
    { name: "a signer in one package", ask: { signer: ALICE, package: "astropy", since: "2026-04-02" }, lines: [] },
    {
      name: "a period, both days whole",
      ask: { since: "2026-02-01", until: "2026-04-01" },
      lines: [
        "astropy 9.0 signed",
        "astropy pin, active, may release and handover pinned",
        "sunpy 1.1 signed",
        "sunpy 1.2 refused",
      ],
    },
    {
      name: "a prefix of a fingerprint",
      ask: { signer: fingerprint("B").slice(0, 12).toLowerCase() },
      lines: ["sunpy statement 1 statement", "sunpy pin, active, may release and handover pinned", "sunpy 2.0 signed"],
    },
    { name: "nothing asked: only what is in doubt, and nothing is", ask: {}, lines: [] },
    { name: "a signer never met here", ask: { signer: signer("Z") }, lines: [] },
  ];
  for (const row of rows)
    test(row.name, async () => {
      assert.deepEqual((await ask(await sunpy(), row.ask)).map(brief), row.lines);
    });
});

describe("audit says what is in doubt, without being asked about anybody", () => {
  const distrust = (since?: string): EventBody => ({
    kind: "distrust",
    key: ALICE,
    scope: "*",
    reason: "laptop stolen",
    ...(since === undefined ? {} : { since: time(since) }),
    claimed: CLAIMED,
  });
  const rows: readonly {
    readonly name: string;
    readonly happens: (story: Chronicle) => Promise<unknown>;
    readonly lines: readonly string[];
  }[] = [
    {
      name: "distrusted everywhere since a day: what was first seen from then on, in every package",
      happens: ({ write }) => write("2026-07-01", "*", distrust("2026-02-01")),
      lines: ["astropy 9.0 after-since", "sunpy 1.1 after-since", "sunpy statement 1 after-since"],
    },
    {
      name: "distrusted without a day: all of it",
      happens: ({ write }) => write("2026-07-01", PACKAGE, { ...distrust(), scope: "package" } as EventBody),
      lines: ["sunpy 1.0 distrusted", "sunpy 1.1 distrusted", "sunpy statement 1 distrusted"],
    },
    {
      name: "revoked as stolen on a day",
      happens: ({ write }) =>
        write("2026-07-01", OTHER, { kind: "revoke", key: ALICE, hard: true, by: "cert", since: time("2026-03-30") }),
      lines: ["astropy 9.0 after-since"],
    },
    {
      name: "revoked without a day",
      happens: ({ write }) => write("2026-07-01", OTHER, { kind: "revoke", key: ALICE, hard: true, by: "cert" }),
      lines: ["astropy 9.0 revoked"],
    },
    {
      name: "retired without suspicion is no doubt",
      happens: ({ write }) =>
        write("2026-07-01", OTHER, {
          kind: "retire",
          key: ALICE,
          reason: "retired",
          by: "cert",
          cutoff: time("2026-01-01"),
        }),
      lines: [],
    },
    {
      name: "a branch that lost: its statement, and the files accepted under it",
      happens: ({ write }) =>
        write("2026-07-01", PACKAGE, {
          ...handover,
          statement: {
            ...handover.statement,
            sha256: digest("recovery"),
            text: statementText().replace(`key ${BOB}`, `key ${signer("C")}`),
            signers: [signer("C")],
          },
          via: "recovery",
          rewind: true,
        }),
      lines: ["sunpy statement 1 undone", "sunpy 2.0 undone"],
    },
  ];
  for (const row of rows)
    test(row.name, async () => {
      const story = await sunpy();
      await row.happens(story);
      assert.deepEqual((await ask(story, {})).map(brief), row.lines);
    });
});

test("the same bytes seen again are one line, refused and later accepted are two", async () => {
  const story = await sunpy();
  await story.write("2026-07-01", PACKAGE, seen("sighting", BOB, "2.0"));
  await story.write("2026-07-02", PACKAGE, {
    kind: "trust",
    key: EVE,
    scope: "artifact",
    artifact: artifact("1.2", "evil"),
    reason: "asked them",
    claimed: CLAIMED,
  });
  await story.write("2026-07-03", PACKAGE, seen("sighting", EVE, "1.2", { bytes: "evil", verdict: "accepted-once" }));
  assert.deepEqual((await ask(story, { package: "sunpy", since: "2026-06-01" })).map(brief), [
    "sunpy 2.0 signed",
    "sunpy trust sunpy-1.2.tar.gz decided",
    "sunpy 1.2 accepted-once",
  ]);
  const [refused, decided] = await ask(story, { signer: EVE });
  assert.deepEqual(
    [refused?.why, refused?.detail, refused?.source],
    ["refused", "unexpected-signer", "exec:pip from mirror.example"],
  );
  assert.deepEqual([decided?.detail, decided?.source], ["asked them", "user:me"]);
});

describe("audit refuses what it cannot mean", () => {
  for (const [name, request] of [
    ["a package that is not known", { package: "pkg:pypi/sunpie" }],
    ["a short name that is not known", { package: "sunpie" }],
    ["a prefix nobody has", { signer: "DEADBEEF" }],
    ["a prefix too short to mean anybody", { signer: "ABCD" }],
    ["no fingerprint at all", { signer: "alice" }],
    ["no date", { since: "yesterday" }],
  ] as const)
    test(name, async () => {
      const story = await sunpy();
      await assert.rejects(ask(story, request), UsageError);
    });
});

test("text ends with how many files of how many packages", async () => {
  const written: string[] = [];
  const output = { isTerminal: false, columns: undefined, write: (part: string) => written.push(part) };
  const printer = textPrinter({ stdout: output, stderr: output }, { stdout: PLAIN, stderr: PLAIN }, { do: "audit" });
  for (const line of await ask(await sunpy(), { since: "2026-02-01", until: "2026-05-30" })) printer.tell(line);
  printer.finish();
  assert.match(
    written.join(""),
    /^2026-03-01 {2}pypi\/sunpy {6}refused {8}1\.2 by 4500 0000 … 4500 0000:\n {12}unexpected signer$/m,
  );
  assert.match(written.join(""), /\n2 files of 2 packages, 1 refused, 1 statement\n$/);
});
