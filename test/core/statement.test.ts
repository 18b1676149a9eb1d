import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { PackageName } from "../../daemon/core/package-name.ts";
import type { Sha256 } from "../../daemon/core/sha256.ts";
import type { SignerId } from "../../daemon/core/signer.ts";
import { formatStatement, parseStatement, type Statement } from "../../daemon/core/statement.ts";
import { normaliseTransport, type StatementError } from "../../daemon/core/statement-text.ts";
import type { HttpsUrl, RemovalReason, StatementRole } from "../../daemon/core/statement-value.ts";
import { parseTime, unixMs } from "../../daemon/core/time.ts";

const A = "A".repeat(39);
const DIGEST = "0123456789abcdef".repeat(4);

/** Every field there is, in the canonical order. */
const FULL = [
  "tofu-handover 1",
  "package pkg:conda/sunpy",
  "package pkg:pypi/sunpy",
  "seq 2",
  `prev sha256:${DIGEST}`,
  "issued 2026-11-21T08:00:00Z",
  "not-before 2026-12-01T00:00:00Z",
  `key openpgp:${A}1 release,handover`,
  `key openpgp:${"B".repeat(64)} release`,
  `key ssh:SHA256:${"a".repeat(43)} handover`,
  `recovery openpgp:${A}2`,
  "threshold handover 2",
  "threshold release 1",
  `remove openpgp:${A}3 compromised since 2026-10-01T00:00:00Z`,
  `remove openpgp:${A}4 retired`,
  `vouch sha256:${DIGEST} sunpy 7.0.0.tar.gz`,
  "location https://sunpy.example/TOFU-HANDOVERS",
  "note-ticket #12, see the list",
  "reason Moving to a new hardware token.",
  "end",
];

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");
const bytesOf = (lines: readonly string[]): Uint8Array => latin1(`${lines.join("\n")}\n`);
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const time = (text: string): ReturnType<typeof unixMs> => {
  const parsed = parseTime(text);
  assert.ok(parsed.ok);
  return parsed.value;
};

/** The full statement with the first line that begins like this changed, dropped or repeated. */
function withLine(start: string, change: (line: string) => readonly string[]): readonly string[] {
  const at = FULL.findIndex((line) => line.startsWith(start));
  assert.ok(at >= 0, start);
  return FULL.flatMap((line, index) => (index === at ? change(line) : [line]));
}
const insteadOf = (start: string, line: string): readonly string[] => withLine(start, () => [line]);
const lineOf = (start: string): number => FULL.findIndex((line) => line.startsWith(start)) + 1;

function parsed(bytes: Uint8Array): Statement {
  const result = parseStatement(bytes);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

describe("a handover statement", () => {
  it("is read with every field", () => {
    const statement = parsed(bytesOf(FULL));
    assert.deepEqual(statement, {
      packages: ["pkg:conda/sunpy", "pkg:pypi/sunpy"],
      seq: 2,
      previous: DIGEST,
      issued: time("2026-11-21T08:00:00Z"),
      notBefore: time("2026-12-01"),
      keys: [
        { signer: `openpgp:${A}1`, roles: new Set(["release", "handover"]) },
        { signer: `openpgp:${"B".repeat(64)}`, roles: new Set(["release"]) },
        { signer: `ssh:SHA256:${"a".repeat(43)}`, roles: new Set(["handover"]) },
      ],
      recovery: [`openpgp:${A}2`],
      threshold: { release: 1, handover: 2 },
      removed: [
        { signer: `openpgp:${A}3`, reason: "compromised", since: time("2026-10-01") },
        { signer: `openpgp:${A}4`, reason: "retired", since: undefined },
      ],
      vouches: [{ sha256: DIGEST, fileName: "sunpy 7.0.0.tar.gz" }],
      locations: ["https://sunpy.example/TOFU-HANDOVERS"],
      notes: [{ name: "ticket", text: "#12, see the list" }],
      reason: "Moving to a new hardware token.",
    });
  });

  it("is printed as it was where it was canonical", () => {
    assert.equal(textOf(formatStatement(parsed(bytesOf(FULL)))), textOf(bytesOf(FULL)));
  });

  it("is read in any order of lines and printed in one", () => {
    const lines = [FULL[0] ?? "", ...FULL.slice(1, -1).reverse(), "end"];
    assert.equal(textOf(formatStatement(parsed(bytesOf(lines)))), textOf(bytesOf(FULL)));
  });
});

describe("what a statement may also look like", () => {
  const same = parsed(bytesOf(FULL));
  const rows: readonly (readonly [string, readonly string[], Partial<Statement>])[] = [
    ["a fingerprint in lower case", insteadOf("key ", `key openpgp:${A.toLowerCase()}1 release,handover`), {}],
    ["a package name spelt differently", insteadOf("package pkg:pypi", "package pkg:pypi/SunPy"), {}],
    ["a day for a time", insteadOf("issued", "issued 2026-11-21"), { issued: time("2026-11-21") }],
    [
      "no optional line",
      FULL.filter((line) => !/^(not-before|recovery|remove|vouch|location|note)/.test(line)),
      {
        ...{ notBefore: undefined, recovery: [], removed: [], vouches: [], locations: [], notes: [] },
      },
    ],
    ["a reason of 200 characters", insteadOf("reason", `reason ${"x".repeat(200)}`), { reason: "x".repeat(200) }],
    [
      "a key that is also a recovery key: for the judge",
      withLine("recovery", () => [`recovery openpgp:${A}1`]),
      {
        recovery: [`openpgp:${A}1` as SignerId],
      },
    ],
    [
      "thresholds out of reach: for the judge",
      insteadOf("threshold r", "threshold release 999"),
      {
        threshold: { release: 999, handover: 2 },
      },
    ],
    [
      "two notes of one name",
      withLine("note-", (line) => [line, "note-ticket other"]),
      {
        notes: [...same.notes, { name: "ticket", text: "other" }],
      },
    ],
    [
      "the first of a chain",
      ["tofu-handover 1", "seq 1", "prev none", ...FULL.slice(1).filter((l) => !/^(seq|prev)/.test(l))],
      {
        seq: 1,
        previous: undefined,
      },
    ],
  ];
  for (const [name, lines, difference] of rows) {
    it(name, () => assert.deepEqual(parsed(bytesOf(lines)), { ...same, ...difference }));
  }

  for (const signer of ["minisign:0123456789ABCDEF", "sigstore:https://issuer.example,org/repo,release.yml"]) {
    it(`a signer of a kind that nobody can check here: ${signer}`, () => {
      const statement = parsed(bytesOf(withLine("recovery", (line) => [line, `recovery ${signer}`])));
      assert.deepEqual(statement.recovery, [...same.recovery, signer]);
    });
  }
});

describe("what is no statement", () => {
  const long = (line: string): string => line.padEnd(401, "x");
  const rows: readonly (readonly [string, readonly string[], StatementError["code"], number, string?])[] = [
    ["a first line of another kind", insteadOf("tofu-handover", "tofu-handover one"), "first-line", 1],
    ["a format before the first", insteadOf("tofu-handover", "tofu-handover 0"), "first-line", 1],
    ["a format with a leading zero", insteadOf("tofu-handover", "tofu-handover 02"), "first-line", 1],
    ["a first line that is not the first", [...FULL.slice(1, 3), ...FULL], "first-line", 1],
    ["a later format", ["tofu-handover 2", "anything goes", "here"], "newer-format", 1, "format 2"],
    ["a later format with lines too long for this one", ["tofu-handover 12", long("x ")], "newer-format", 1],
    ["no end", FULL.slice(0, -1), "last-line", FULL.length - 1],
    ["a line after the end", [...FULL, "note-late x"], "last-line", FULL.length + 1],
    ["an end in the middle", withLine("seq", (line) => [line, "end"]), "no-value", lineOf("seq") + 1, "end"],
    ["nothing but a first line", FULL.slice(0, 1), "last-line", 1],
    ["an empty line", withLine("reason", (line) => ["", line]), "empty-line", lineOf("reason")],
    ["an empty last line", [...FULL, ""], "empty-line", FULL.length + 1],
    ["a blank at a line's end", withLine("reason", (line) => [`${line} `]), "blank-at-line-end", lineOf("reason")],
    ["a blank at a line's start", withLine("seq", (line) => [` ${line}`]), "no-value", lineOf("seq")],
    ["a line of 401 bytes", withLine("note-", long_), "too-long", lineOf("note-")],
    ["1001 lines", [...FULL, ...Array.from({ length: 1001 - FULL.length }, () => "note-x y")], "too-long", 1001],
    [
      "an unknown field",
      withLine("reason", (line) => ["comment hello", line]),
      "unknown-field",
      lineOf("reason"),
      "comment",
    ],
    ["a field in capitals", withLine("seq", () => ["Seq 2"]), "unknown-field", lineOf("seq"), "Seq"],
    ["a note without a name", withLine("note-", () => ["note- x"]), "unknown-field", lineOf("note-"), "note-"],
    ["a field of an object's prototype", withLine("note-", () => ["constructor x"]), "unknown-field", lineOf("note-")],
    ["a tag without a value", withLine("note-", () => ["note-x"]), "no-value", lineOf("note-"), "note-x"],
    ["a key twice", withLine("key", (line) => [line, line]), "duplicate", lineOf("key") + 1],
    [
      "a key twice, with other roles and case",
      withLine("key", (line) => [line, `key openpgp:${A.toLowerCase()}1 release`]),
      "duplicate",
      lineOf("key") + 1,
    ],
    [
      "a key removed twice",
      withLine("remove", (line) => [line, `remove openpgp:${A}3 lost`]),
      "duplicate",
      lineOf("remove") + 1,
    ],
    ["a recovery key twice", withLine("recovery", (line) => [line, line]), "duplicate", lineOf("recovery") + 1],
    [
      "a package twice, spelt differently",
      withLine("package pkg:pypi", (line) => [line, "package pkg:pypi/Sunpy"]),
      "duplicate",
      lineOf("package pkg:pypi") + 1,
    ],
    [
      "one threshold twice",
      withLine("threshold h", (line) => [line, "threshold handover 3"]),
      "duplicate",
      lineOf("threshold h") + 1,
    ],
    [
      "a file vouched for twice",
      withLine("vouch", (line) => [line, `vouch sha256:${DIGEST} b`]),
      "duplicate",
      lineOf("vouch") + 1,
    ],
    ["the same note twice", withLine("note-", (line) => [line, line]), "duplicate", lineOf("note-") + 1],
    ["two sequence numbers", withLine("seq", (line) => [line, "seq 3"]), "duplicate", lineOf("seq") + 1, "seq"],
    ["two reasons", withLine("reason", (line) => [line, "reason b"]), "duplicate", lineOf("reason") + 1, "reason"],
    ["a first line twice", withLine("seq", (line) => ["tofu-handover 1", line]), "unknown-field", lineOf("seq")],
    [
      "17 packages",
      withLine("package", () => Array.from({ length: 16 }, (_, n) => `package pkg:pypi/p${n}`)),
      "bad-value",
      18,
    ],
    ["a first statement that names one before", withLine("seq", () => ["seq 1"]), "bad-value", lineOf("prev"), "prev"],
    [
      "a second statement that names none before",
      withLine("prev", () => ["prev none"]),
      "bad-value",
      lineOf("prev"),
      "prev",
    ],
    ...["package", "seq", "prev", "issued", "threshold handover", "threshold release", "reason"].map(
      (field) =>
        [
          `no ${field}`,
          FULL.filter((line) => !line.startsWith(field)),
          "missing",
          FULL.filter((line) => !line.startsWith(field)).length,
          field,
        ] as const,
    ),
    ["no key", FULL.filter((line) => !line.startsWith("key")), "missing", FULL.length - 3, "key"],
  ];
  for (const [name, lines, code, line, what] of rows) {
    it(name, () => {
      const result = parseStatement(bytesOf(lines));
      assert.ok(!result.ok, "it was read");
      assert.deepEqual(result.error, { code, line, what: what ?? result.error.what });
      assert.match(result.error.what, /^[ -~]{1,60}$/);
    });
  }

  function long_(line: string): readonly string[] {
    return [long(line)];
  }

  it("65537 bytes", () => {
    const notes = Array.from({ length: 200 }, (_, n) => `note-x ${String(n).padEnd(390, "x")}`);
    const result = parseStatement(bytesOf(withLine("note-", () => notes)));
    assert.deepEqual(result, { ok: false, error: { code: "too-long", line: 1, what: "more than 65536 bytes" } });
  });

  for (const [name, bytes, line] of [
    ["a tab", latin1("tofu-handover 1\nseq\t1\nend\n"), 2],
    ["a carriage return", latin1("tofu-handover 1\r\nend\n"), 1],
    ["a byte above ASCII", Buffer.from("tofu-handover 1\nreason \u0430\nend\n"), 2],
    ["a null byte in a later format", latin1("tofu-handover 2\n\0\n"), 2],
    ["delete", latin1("tofu-handover 1\n\x7f"), 2],
  ] as const) {
    it(`${name}: bytes come first`, () => {
      const result = parseStatement(bytes);
      assert.ok(!result.ok);
      assert.deepEqual([result.error.code, result.error.line], ["not-ascii", line]);
    });
  }

  it("no line feed at the end", () => {
    const result = parseStatement(bytesOf(FULL).subarray(0, -1));
    assert.ok(!result.ok);
    assert.deepEqual([result.error.code, result.error.line], ["no-last-line-feed", FULL.length]);
  });

  it("nothing at all", () => {
    const result = parseStatement(new Uint8Array());
    assert.ok(!result.ok);
    assert.deepEqual([result.error.code, result.error.line], ["no-last-line-feed", 1]);
  });
});

describe("values that a field does not take", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [
      "package",
      [
        "pypi/sunpy",
        "pkg:pypi/sunpy@1.0",
        "pkg:pypi/*",
        "sunpy",
        "PKG:pypi/sunpy",
        "pkg:PyPI/sunpy",
        "pkg:pypi/sunpy x",
      ],
    ],
    ["seq", ["0", "02", "+2", "1000000", "2.0", "2 ", "two", "-1", "0x2", "2 3"]],
    ["prev", ["None", DIGEST, `sha256:${DIGEST}0`, `sha256:${DIGEST.toUpperCase()}`, `SHA256:${DIGEST}`, "none none"]],
    [
      "issued",
      [
        "2026-02-30",
        "2026-11-21T24:00:00Z",
        "2026-11-21T08:00:00",
        "2026-11-21T08:00:00.5Z",
        "2026-11-21 08:00:00Z",
        "20261121",
        "now",
      ],
    ],
    ["not-before", ["2026-13-01", "never"]],
    [
      "key",
      [
        `openpgp:${A}1`,
        `openpgp:${A}1 handover,release`,
        `openpgp:${A}1 release,release`,
        `openpgp:${A}1 Release`,
        `openpgp:${A} release`,
        `${A}1 release`,
        `openpgp:0x${A}1 release`,
        `openpgp:${A}1  release`,
        `openpgp:${A}1 release x`,
        "pgp:1 release",
        `ssh:SHA256:${"a".repeat(42)} release`,
        `OPENPGP:${A}1 release`,
      ],
    ],
    ["recovery", [`openpgp:${A}1 release`, "openpgp:0123456789ABCDEF", "none"]],
    ["threshold", ["handover", "handover 0", "handover 01", "both 1", "release 1 2", "release 1000000"]],
    [
      "remove",
      [
        `openpgp:${A}9`,
        `openpgp:${A}9 stolen`,
        `openpgp:${A}9 lost since`,
        `openpgp:${A}9 lost since 2026-02-30`,
        `openpgp:${A}9 lost 2026-02-03`,
        `openpgp:${A}9 lost since 2026-02-03 x`,
      ],
    ],
    [
      "vouch",
      [
        `sha256:${DIGEST}`,
        `${DIGEST} a`,
        `sha256:${DIGEST}  a`,
        `sha256:${DIGEST} a/b`,
        `sha256:${DIGEST} ..`,
        `sha256:${"F".repeat(64)} a`,
      ],
    ],
    [
      "location",
      [
        "http://sunpy.example/",
        "https://",
        "https:///x",
        "https://user@sunpy.example/",
        "https://sunpy.example/#x",
        "https://sunpy.example/a b",
        "https://-x/",
        "sunpy.example",
        'https://sunpy.example/"',
      ],
    ],
    ["reason", ["x".repeat(201)]],
  ];
  for (const [field, values] of rows) {
    for (const value of values) {
      it(`${field} ${value.slice(0, 70)}`, () => {
        const line = lineOf(field);
        const trimmed = insteadOf(field, `${field} ${value}`);
        const result = parseStatement(bytesOf(trimmed));
        assert.ok(!result.ok, "it was read");
        const code = value.endsWith(" ") ? "blank-at-line-end" : "bad-value";
        assert.deepEqual(result.error, { code, line, what: value.endsWith(" ") ? result.error.what : field });
      });
    }
  }
});

/** What somebody on the way, or an editor, does to a statement; the tampers of the shared scenarios are among them. */
describe("a statement that was changed on the way", () => {
  const original = bytesOf(FULL);
  const text = textOf(original);
  const undone: readonly (readonly [string, Uint8Array])[] = [
    ["nothing", original],
    ["CRLF", latin1(text.replaceAll("\n", "\r\n"))],
    ["a blank at the end of a line", latin1(text.replace(/^reason .*$/m, "$& "))],
    ["blanks at every line's end, and CRLF", latin1(text.replaceAll("\n", "   \r\n"))],
    ["no last line feed", original.subarray(0, -1)],
    ["blanks in place of the last line feed", latin1(text.replace(/\n$/, "  "))],
    ["a byte order mark", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), original])],
  ];
  for (const [name, bytes] of undone) {
    it(`${name}: is undone`, () => assert.equal(textOf(normaliseTransport(bytes)), text));
  }

  const refused: readonly (readonly [string, Uint8Array, StatementError["code"], number])[] = [
    ["a tab", latin1(text.replace(/^seq /m, "seq\t")), "not-ascii", lineOf("seq")],
    ["a tab at a line's end", latin1(text.replace(/^seq 2$/m, "seq 2\t")), "not-ascii", lineOf("seq")],
    [
      "an unknown field",
      latin1(text.replace(/^reason /m, "comment hello\nreason ")),
      "unknown-field",
      lineOf("reason"),
    ],
    ["a line twice", latin1(text.replace(/^(key .*)$/m, "$1\n$1")), "duplicate", lineOf("key") + 1],
    ["no end", latin1(text.replace(/^end\n/m, "")), "last-line", FULL.length - 1],
    ["an empty line", latin1(text.replace(/^reason /m, "\nreason ")), "empty-line", lineOf("reason")],
    ["a line of blanks", latin1(text.replace(/^reason /m, "  \nreason ")), "empty-line", lineOf("reason")],
    ["a Cyrillic letter", Buffer.from(text.replace(/^reason ./m, "reason \u0430")), "not-ascii", lineOf("reason")],
    ["a leading zero", latin1(text.replace(/^seq /m, "seq 0")), "bad-value", lineOf("seq")],
    [
      "a field of a later time",
      latin1(text.replace(/^key /m, "expires 2027-01-01\nkey ")),
      "unknown-field",
      lineOf("key"),
    ],
    ["two byte order marks", Buffer.concat([Buffer.from("\ufeff\ufeff"), original]), "not-ascii", 1],
    ["a byte order mark further on", Buffer.from(text.replace(/^key /m, "\ufeffkey ")), "not-ascii", lineOf("key")],
    ["a lone carriage return", latin1(text.replace(/^seq 2$/m, "seq 2\r\r")), "not-ascii", lineOf("seq")],
    ["a last line too many", latin1(`${text}\n`), "empty-line", FULL.length + 1],
  ];
  for (const [name, bytes, code, line] of refused) {
    it(`${name}: is refused`, () => {
      const result = parseStatement(normaliseTransport(bytes));
      assert.ok(!result.ok);
      assert.deepEqual([result.error.code, result.error.line], [code, line]);
    });
  }

  it("another word in the reason, another order, another case: are read, for the signatures to object", () => {
    for (const changed of [
      text.replace("Moving", "Moxing"),
      text.replace(/^(threshold h.*)\n(threshold r.*)$/m, "$2\n$1"),
      text.replace(/openpgp:A+1/, (match) => match.toLowerCase()),
    ]) {
      assert.notEqual(changed, text);
      assert.ok(parseStatement(normaliseTransport(latin1(changed))).ok);
    }
  });
});

const PLAIN = { noNullPrototype: true } as const;
const printable = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength, maxLength })
    .map((codes) => String.fromCharCode(...codes).replace(/ $/, "."));
const hex = (length: number, digits: string): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...digits), { minLength: length, maxLength: length }).map((found) => found.join(""));
// These make exactly what the parsers of these types accept.
const digests = hex(64, "0123456789abcdef") as fc.Arbitrary<Sha256>;
const signers = fc.oneof(
  fc
    .constantFrom(40, 64)
    .chain((length) => hex(length, "0123456789ABCDEF"))
    .map((fingerprint) => `openpgp:${fingerprint}`),
  hex(43, "abcXYZ019+/").map((digest) => `ssh:SHA256:${digest}`),
) as fc.Arbitrary<SignerId>;
const times = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => unixMs(seconds * 1000));
const unique = <T>(values: fc.Arbitrary<T>, by: (value: T) => string, minLength = 0): fc.Arbitrary<readonly T[]> =>
  fc
    .uniqueArray(values, { selector: by, minLength, maxLength: 6 })
    .map((list) => list.toSorted((a, b) => (by(a) < by(b) ? -1 : 1)));
const statements: fc.Arbitrary<Statement> = fc
  .record({
    packages: unique(
      hex(5, "abcdef09").map((name) => `pkg:pypi/${name}` as PackageName),
      String,
      1,
    ),
    seq: fc.integer({ min: 1, max: 999_999 }),
    digest: digests,
    issued: times,
    notBefore: fc.option(times, { nil: undefined }),
    keys: unique(
      fc.record(
        {
          signer: signers,
          roles: fc
            .constantFrom<readonly StatementRole[]>(["release"], ["handover"], ["release", "handover"])
            .map((roles) => new Set(roles)),
        },
        PLAIN,
      ),
      ({ signer }) => signer,
      1,
    ),
    recovery: unique(signers, String),
    threshold: fc
      .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 9 }))
      .map(([release, handover]) => ({ release, handover })),
    removed: unique(
      fc.record(
        {
          signer: signers,
          reason: fc.constantFrom<RemovalReason>("superseded", "retired", "lost", "compromised"),
          since: fc.option(times, { nil: undefined }),
        },
        PLAIN,
      ),
      ({ signer }) => signer,
    ),
    vouches: unique(
      fc
        .tuple(digests, hex(8, "ab.-_ 7"))
        .map(([sha256, name]) => ({ sha256, fileName: `f${name}g` as ArtifactFileName })),
      ({ sha256 }) => sha256,
    ),
    locations: unique(
      hex(6, "ab/?=%7").map((path) => `https://a.example/${path}` as HttpsUrl),
      String,
    ),
    notes: unique(
      fc.tuple(hex(3, "abZ9"), printable(1, 40)).map(([name, text]) => ({ name, text })),
      ({ name, text }) => `${name} ${text}`,
    ),
    reason: printable(1, 200),
  })
  .map(({ digest, ...rest }) => ({ ...rest, previous: rest.seq === 1 ? undefined : digest }));

describe("any statement", () => {
  it("survives being printed and read, whatever happens on the way", () => {
    const transports = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.replaceAll("\n", "\r\n"),
      (text) => `\u00ef\u00bb\u00bf${text.replaceAll("\n", "  \n").trimEnd()}`,
    );
    fc.assert(
      fc.property(statements, transports, (statement, transport) => {
        const printed = formatStatement(statement);
        const arrived = normaliseTransport(latin1(transport(textOf(printed))));
        assert.equal(textOf(arrived), textOf(printed));
        assert.deepEqual(parsed(arrived), statement);
      }),
    );
  });

  it("is printed alike whatever the order of its lines", () => {
    fc.assert(
      fc.property(
        statements.chain((statement) => {
          const [first = "", ...rest] = textOf(formatStatement(statement)).trimEnd().split("\n");
          return fc.tuple(
            fc.constant(statement),
            fc
              .shuffledSubarray(rest.slice(0, -1), { minLength: rest.length - 1 })
              .map((middle) => [first, ...middle, "end"]),
          );
        }),
        ([statement, lines]) => {
          assert.deepEqual(formatStatement(parsed(bytesOf(lines))), formatStatement(statement));
        },
      ),
    );
  });

  it("that is damaged is read or refused at one of its lines", () => {
    const damages = fc.array(
      fc.record({ at: fc.nat(), drop: fc.nat({ max: 12 }), insert: fc.uint8Array({ maxLength: 12 }) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(statements, damages, (statement, damage) => {
        const damaged = damage.reduce<Uint8Array>((bytes, { at, drop, insert }) => {
          const place = at % Math.max(1, bytes.length);
          return Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + drop)]);
        }, formatStatement(statement));
        for (const bytes of [damaged, normaliseTransport(damaged)]) {
          const result = parseStatement(bytes);
          if (result.ok) assert.deepEqual(parsed(formatStatement(result.value)).seq, result.value.seq);
          else {
            const lines = textOf(bytes).split("\n").length;
            assert.ok(result.error.line >= 1 && result.error.line <= lines, JSON.stringify(result.error));
            assert.match(result.error.what, /^[ -~]{1,60}$/);
          }
        }
      }),
    );
  });

  it("keeps its meaning if one printable character changes, or says so", () => {
    fc.assert(
      fc.property(statements, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (statement, at, code) => {
        const bytes = Buffer.from(formatStatement(statement));
        const place = at % bytes.length;
        if (bytes[place] === 0x0a) return;
        bytes[place] = code;
        const result = parseStatement(bytes);
        if (result.ok) assert.equal(result.value.keys.length, statement.keys.length);
      }),
    );
  });

  it("that is junk is refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => !parseStatement(normaliseTransport(bytes)).ok));
  });
});

describe("undoing what transport does", () => {
  it("done twice is done once", () => {
    const pieces = fc.array(fc.constantFrom(" ", "\r", "\n", "\t", "x", "\r\n"), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (found) => {
        const once = normaliseTransport(latin1(found.join("")));
        // CR CR LF loses one CR each time; such a text is never a statement.
        if (!textOf(once).includes("\r")) assert.deepEqual(normaliseTransport(once), once);
        assert.doesNotMatch(textOf(once), / \n/);
        assert.ok(textOf(once).endsWith("\n"));
      }),
    );
  });

  it("agrees with doing it step by step", () => {
    const pieces = fc.array(fc.constantFrom(" ", "\r", "\n", "x", "\r\n", "\u00ef\u00bb\u00bf"), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (found) => {
        const text = found.join("");
        const expected = text
          .replace(/^\u00ef\u00bb\u00bf/, "")
          .replaceAll("\r\n", "\n")
          .replace(/ +(?=\n|$)/g, "");
        assert.equal(textOf(normaliseTransport(latin1(text))), expected.endsWith("\n") ? expected : `${expected}\n`);
      }),
    );
  });
});
