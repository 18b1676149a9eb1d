import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type ChainFault,
  cutChainFile,
  formatChainFile,
  MAX_CHAIN_BYTES,
  MAX_CHAIN_STATEMENTS,
  MAX_STATEMENT_BLOCKS,
} from "../../daemon/core/chain-file.ts";
import { normaliseTransport } from "../../daemon/core/statement-text.ts";

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const statement = (seq: number): string => `tofu-handover 1\nseq ${seq}\nend\n`;
const block = (label: string, body = "\niHUEABYKAB0=\n=abcd"): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const PGP = block("PGP SIGNATURE");
const SSH = block("SSH SIGNATURE", "U1NIU0lHAAAAAQ==");

interface Read {
  readonly parts: readonly { readonly statement: string; readonly blocks: readonly string[]; readonly line: number }[];
  readonly fault: ChainFault | undefined;
}

function cut(text: string): Read {
  const { parts, fault } = cutChainFile(latin1(text));
  return {
    parts: parts.map((part) => ({
      statement: textOf(part.statement),
      blocks: part.blocks.map(({ kind, bytes }) => `${kind} ${textOf(bytes)}`),
      line: part.line,
    })),
    fault,
  };
}

describe("a chain file", () => {
  const first = { statement: statement(1), blocks: [`openpgp ${PGP}`], line: 1 };
  const rows: readonly (readonly [string, string, Read["parts"]])[] = [
    ["of one statement and one block", statement(1) + PGP, [first]],
    [
      "of two statements, with blocks of both kinds",
      statement(1) + PGP + statement(2) + SSH + PGP,
      [first, { statement: statement(2), blocks: [`ssh ${SSH}`, `openpgp ${PGP}`], line: 9 }],
    ],
    [
      "with blank lines around the blocks",
      `${statement(1)}\n \n${PGP}\n\t\n${PGP}\n${statement(2)}${SSH}\n\n`,
      [
        { ...first, blocks: [`openpgp ${PGP}`, `openpgp ${PGP}`] },
        { statement: statement(2), blocks: [`ssh ${SSH}`], line: 19 },
      ],
    ],
    [
      "with CRLF",
      (statement(1) + PGP + statement(2) + SSH).replaceAll("\n", "\r\n"),
      [
        {
          ...first,
          statement: statement(1).replaceAll("\n", "\r\n"),
          blocks: [`openpgp ${PGP.replaceAll("\n", "\r\n")}`],
        },
        { statement: statement(2).replaceAll("\n", "\r\n"), blocks: [`ssh ${SSH.replaceAll("\n", "\r\n")}`], line: 9 },
      ],
    ],
    [
      "with headers in a block",
      statement(1) + PGP.replace("\n\n", "\nVersion: GnuPG v2\nComment: --- by hand ---\n\n"),
      [{ ...first, blocks: [`openpgp ${PGP.replace("\n\n", "\nVersion: GnuPG v2\nComment: --- by hand ---\n\n")}`] }],
    ],
    [
      "with blanks behind the dashes",
      statement(1) + PGP.replaceAll("-----\n", "----- \t\n"),
      [{ ...first, blocks: [`openpgp ${PGP.replaceAll("-----\n", "----- \t\n")}`] }],
    ],
    [
      "without the last line feed",
      (statement(1) + PGP).trimEnd(),
      [{ ...first, blocks: [`openpgp ${PGP.trimEnd()}`] }],
    ],
    [
      "whose statement lost its last line feed",
      `${statement(1).trimEnd()}${PGP}`,
      [{ ...first, statement: statement(1).trimEnd() }],
    ],
    [
      "whose second statement lost its last line feed",
      `${statement(1)}${PGP}${statement(2).trimEnd()}${SSH}`,
      [first, { statement: statement(2).trimEnd(), blocks: [`ssh ${SSH}`], line: 9 }],
    ],
    [
      "with a byte order mark at each statement",
      `\u00ef\u00bb\u00bf${statement(1)}${PGP}\u00ef\u00bb\u00bf${statement(2)}${PGP}`,
      [
        { ...first, statement: `\u00ef\u00bb\u00bf${statement(1)}` },
        { statement: `\u00ef\u00bb\u00bf${statement(2)}`, blocks: [`openpgp ${PGP}`], line: 9 },
      ],
    ],
    [
      "with blocks that nobody knows",
      statement(1) + block("MINISIGN SIGNATURE") + PGP,
      [{ ...first, blocks: [`unknown ${block("MINISIGN SIGNATURE")}`, `openpgp ${PGP}`] }],
    ],
    [
      "with dashes inside the lines of a statement",
      `a -----BEGIN PGP SIGNATURE-----\nb end-----\n${PGP}`,
      [{ ...first, statement: "a -----BEGIN PGP SIGNATURE-----\nb end-----\n" }],
    ],
    [
      "with empty lines in a statement: they stay, for the grammar to refuse",
      `\na\n\nend\n\n${PGP}`,
      [{ ...first, statement: "\na\n\nend\n" }],
    ],
  ];
  for (const [name, text, parts] of rows) {
    it(name, () => assert.deepEqual(cut(text), { parts, fault: undefined }));
  }

  it("gives statements that are the same after transport", () => {
    const text = statement(1) + PGP;
    for (const changed of [text.replaceAll("\n", "\r\n"), text.replace("end\n", "end"), `\u00ef\u00bb\u00bf${text}`]) {
      const [part] = cutChainFile(latin1(changed)).parts;
      assert.equal(textOf(normaliseTransport(part?.statement ?? new Uint8Array())), statement(1));
    }
  });
});

describe("a chain file with a fault", () => {
  const good = statement(1) + PGP;
  const rows: readonly (readonly [string, string, ChainFault, number])[] = [
    ["nothing in it", "", { code: "empty", line: 1 }, 0],
    ["a block first", PGP + good, { code: "no-statement", line: 1 }, 0],
    ["a statement without a block", statement(1), { code: "no-signature", line: 3 }, 0],
    ["a last statement without a block", good + statement(2), { code: "no-signature", line: 11 }, 1],
    ["junk at the end", `${good}junk`, { code: "no-signature", line: 9 }, 1],
    ["a block that is cut", (good + statement(2) + PGP).slice(0, -20), { code: "open-block", line: 12 }, 1],
    [
      "a block without an end before the next",
      good + statement(2) + PGP.replace(/-----END.*\n/, "") + PGP,
      { code: "open-block", line: 12 },
      1,
    ],
    [
      "a block with another end",
      good + statement(2) + PGP.replace("END PGP", "END SSH"),
      { code: "open-block", line: 12 },
      1,
    ],
    [
      "a statement within a block",
      good + statement(2) + PGP.replace("=abcd", `${statement(3)}${SSH}`),
      { code: "open-block", line: 12 },
      1,
    ],
    [
      "an end without a begin",
      `${good}${statement(2)}-----END PGP SIGNATURE-----\n`,
      { code: "stray-line", line: 12 },
      1,
    ],
    ["a line of dashes", `${good}${statement(2)}-----\n${PGP}`, { code: "stray-line", line: 12 }, 1],
    [
      "text behind a begin line",
      good + statement(2) + PGP.replace("-----\n", "----- x\n"),
      { code: "stray-line", line: 12 },
      1,
    ],
    ["text behind an end line", `${good}${statement(2)}${PGP.trimEnd()} x\n`, { code: "open-block", line: 12 }, 1],
    ["two blocks on one line", good + statement(2) + PGP.trimEnd() + PGP, { code: "open-block", line: 12 }, 1],
    [
      "65 blocks",
      good + statement(2) + PGP.repeat(MAX_STATEMENT_BLOCKS + 1) + statement(3) + PGP,
      { code: "too-many-blocks", line: 12 + 5 * 64 },
      1,
    ],
    [
      "1025 statements",
      good.repeat(MAX_CHAIN_STATEMENTS + 1),
      { code: "too-many-statements", line: 8 * 1024 + 1 },
      MAX_CHAIN_STATEMENTS,
    ],
  ];
  for (const [name, text, fault, parts] of rows) {
    it(`${name}: counts up to there`, () => {
      const read = cut(text);
      assert.deepEqual(read.fault, fault);
      assert.equal(read.parts.length, parts);
      assert.deepEqual(read.parts.slice(0, 1), parts === 0 ? [] : cut(good).parts);
    });
  }

  it("64 blocks and 1024 statements are no fault", () => {
    assert.equal(cut(statement(1) + PGP.repeat(MAX_STATEMENT_BLOCKS)).fault, undefined);
    assert.equal(cut(good.repeat(MAX_CHAIN_STATEMENTS)).fault, undefined);
  });

  const sized = (bytes: number): string => {
    const rest = statement(2) + PGP;
    return good + rest.replace("\n\n", `\nComment: ${"x".repeat(bytes - good.length - rest.length - 10)}\n\n`);
  };
  it("1 MiB is no fault", () => {
    assert.equal(sized(MAX_CHAIN_BYTES).length, MAX_CHAIN_BYTES);
    const read = cut(sized(MAX_CHAIN_BYTES));
    assert.deepEqual([read.parts.length, read.fault], [2, undefined]);
  });

  it("a statement that begins before 1 MiB ends the one before, which counts", () => {
    const read = cut(`${sized(MAX_CHAIN_BYTES - 5)}${good}`);
    assert.deepEqual([read.parts.length, read.fault?.code], [2, "too-long"]);
  });

  it("a byte more than 1 MiB is one, and what came before counts", () => {
    for (const text of [
      sized(MAX_CHAIN_BYTES + 1),
      `${sized(MAX_CHAIN_BYTES)}\n`,
      `${sized(MAX_CHAIN_BYTES)}${good}`,
    ]) {
      const read = cut(text);
      assert.equal(read.fault?.code, "too-long");
      assert.equal(read.parts.length, 1);
    }
  });
});

describe("any chain", () => {
  const labels = fc.constantFrom("PGP SIGNATURE", "SSH SIGNATURE", "OTHER THING");
  const body = fc.stringMatching(/^[A-Za-z0-9+/=:. \n]{1,60}$/);
  const kindOf = (label: string): string =>
    label.startsWith("PGP") ? "openpgp" : label.startsWith("SSH") ? "ssh" : "unknown";
  const parts = fc.array(
    fc.tuple(
      fc.array(fc.stringMatching(/^[a-z][a-z0-9 -]{0,20}[a-z]$/), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(labels, body), { minLength: 1, maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 5 },
  );

  it("is cut into what it was made of", () => {
    fc.assert(
      fc.property(parts, (made) => {
        const chain = made.map(([lines, blocks]) => ({
          statement: latin1(`${lines.join("\n")}\n`),
          blocks: blocks.map(([label, text]) => ({ kind: kindOf(label), bytes: latin1(block(label, text)) })),
        }));
        const found = cutChainFile(formatChainFile(chain));
        assert.equal(found.fault, undefined);
        assert.deepEqual(
          found.parts.map(({ statement, blocks }) => [
            textOf(statement),
            ...blocks.map(({ kind, bytes }) => [kind, textOf(bytes)]),
          ]),
          chain.map(({ statement, blocks }) => [
            textOf(statement),
            ...blocks.map(({ kind, bytes }) => [kind, textOf(bytes)]),
          ]),
        );
        assert.deepEqual(formatChainFile(found.parts), formatChainFile(chain));
      }),
    );
  });

  it("that is cut short gives only parts of the whole, and says where it ends", () => {
    fc.assert(
      fc.property(parts, fc.nat(), (made, at) => {
        const whole = formatChainFile(
          made.map(([lines, blocks]) => ({
            statement: latin1(`${lines.join("\n")}\n`),
            blocks: blocks.map(([label, text]) => ({ bytes: latin1(block(label, text)) })),
          })),
        );
        const all = cutChainFile(whole);
        const found = cutChainFile(whole.subarray(0, at % whole.length));
        for (const [index, part] of found.parts.entries()) {
          assert.deepEqual(textOf(part.statement), textOf(all.parts[index]?.statement ?? new Uint8Array()));
          assert.ok(part.blocks.length <= (all.parts[index]?.blocks.length ?? 0));
        }
      }),
    );
  });

  it("that is junk is cut without throwing", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(
          "-----",
          "-----BEGIN PGP SIGNATURE-----",
          "-----END PGP SIGNATURE-----",
          "end",
          "\n",
          "\r\n",
          " ",
          "x",
        ),
        fc.string({ unit: "binary", maxLength: 5 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (found) => {
        const { parts: read, fault } = cutChainFile(Buffer.from(found.join("")));
        assert.ok(read.length > 0 || fault !== undefined);
        for (const part of read) assert.ok(part.blocks.length > 0);
      }),
    );
  });
});

describe("a printed chain", () => {
  it("gives every piece a last line feed", () => {
    const bytes = formatChainFile([
      { statement: latin1("a\nend"), blocks: [{ bytes: latin1(PGP.trimEnd()) }, { bytes: latin1(SSH) }] },
    ]);
    assert.equal(textOf(bytes), `a\nend\n${PGP}${SSH}`);
  });
});
