import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { columnsOf } from "../../daemon/core/printable.ts";
import type { JudgementLine } from "../../daemon/protocol/judgement-line.ts";
import { renderJudgement } from "../../daemon/words/judgement.ts";
import type { Style } from "../../daemon/words/style.ts";
import { GOT_NEW, judgement, NEW, OLD, PLAIN, unexpected, V6 } from "../cli/answers.ts";

const ALARM = `refused  sunpy 6.2.0 is signed by someone who never signed sunpy here

         expected   AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535
                    12 releases on 9 days, 2024-03-02 to 2026-09-14
         got        0D7B 6A11 … 52F0 9C3E, made 2 days ago
                    claims to be "Stuart <stuart@sunpy.example>"

Nothing was installed or recorded. If sunpy changed hands, its maintainers can
say so in a statement signed by the old key; ask them, not the download site.
Next: tofu why sunpy 6.2.0`;

const FULL_ALARM = `refused  sunpy 6.2.0 is signed by someone who never signed sunpy here

         expected   AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535
                    12 releases on 9 days, 2024-03-02 to 2026-09-14
         got        0D7B 6A11 … 52F0 9C3E, made 2 days ago
                    claims to be "Stuart <stuart@sunpy.example>"
         handover   none, beside the file or where the package publishes them
         witnesses  0 of 3 know it; Debian keyring and WKD name the old one
         hint       the same key releases astropy here

Nothing was installed or recorded. If sunpy changed hands, its maintainers can
say so in a statement signed by the old key; ask them, not the download site.
Next: tofu why sunpy 6.2.0`;

const FIRST_USE = `ok       sunpy 6.0.4: first signature seen; its signer is now remembered
         signer     AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535
                    claims to be "Stuart <stuart@sunpy.example>"
         witnesses  none yet; this first use rests on this download`;

const checkedAt = "2026-09-14T00:00:00Z";
const TABLE: readonly {
  readonly name: string;
  readonly answer: JudgementLine;
  readonly style?: Partial<Style>;
  readonly text: string;
}[] = [
  {
    name: "the same signer costs one line",
    answer: judgement(),
    text: "ok       sunpy 6.0.5: same signer as 12 releases since 2024-03-02",
  },
  { name: "the same signer costs no line with --quiet", answer: judgement(), style: { quiet: true }, text: "" },
  {
    name: "a refusal is told with --quiet",
    answer: unexpected(),
    style: { quiet: true },
    text: ALARM,
  },
  {
    name: "--verbose shows signer, notices and digest below an ok",
    answer: judgement({ notices: [{ kind: "key-copy-expired", detail: "our copy expired on 2026-01-01" }] }),
    style: { verbose: true },
    text: `ok       sunpy 6.0.5: same signer as 12 releases since 2024-03-02
         got        AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535, made
                    2015-01-02
                    claims to be "Stuart <stuart@sunpy.example>"
         notice     key-copy-expired: our copy expired on 2026-01-01
         sha256 ${"0a".repeat(32)}`,
  },
  {
    name: "a first use shows the whole fingerprint and what it rests on",
    answer: judgement({
      verdict: "first-use",
      sentence: "sunpy 6.0.4: first signature seen; its signer is now remembered",
      expected: [],
    }),
    text: FIRST_USE,
  },
  { name: "an unexpected signer gets the alarm", answer: unexpected(), text: ALARM },
  {
    name: "handover, witnesses and hints stand in the alarm where there are any",
    answer: unexpected({
      handover: { state: "none" },
      witnesses: [
        { kind: "debian-keyring", source: "sunpy.asc", says: "old", counted: true, checkedAt },
        { kind: "wkd", source: "sunpy.example", says: "old", counted: true, checkedAt },
        { kind: "git-tag", source: "sunpy", says: "nothing", counted: true, silence: "not-signed", checkedAt },
      ],
      hints: [{ kind: "pinned-elsewhere", signer: NEW, detail: "the same key releases astropy here" }],
    }),
    text: FULL_ALARM,
  },
  {
    name: "the second time is one line",
    answer: unexpected({ firstRefusedAt: "2026-09-14T07:00:00Z" }),
    text: "still refused since 2026-09-14: sunpy 6.2.0, unexpected signer (tofu why sunpy)",
  },
  {
    name: "the second time names another store too",
    answer: unexpected({ firstRefusedAt: "2026-09-14T07:00:00Z", unusual: ["store /s"] }),
    style: { width: 100 },
    text: "still refused since 2026-09-14: sunpy 6.2.0, unexpected signer (tofu why sunpy; store /s)",
  },
  {
    name: "--verbose tells the whole alarm again, with whole fingerprints",
    answer: unexpected({
      firstRefusedAt: "2026-09-14T07:00:00Z",
      got: [{ ...GOT_NEW, signingKey: OLD.slice("openpgp:".length) }],
    }),
    style: { verbose: true, width: 100 },
    text: ALARM.replace(
      "0D7B 6A11 … 52F0 9C3E, made 2 days ago",
      "0D7B 6A11 0011 2233 4455  6677 8899 AABB 52F0 9C3E, made 2 days ago, signing key\n" +
        "                    AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535",
    ).replace(
      /Nothing[\s\S]*site\./,
      "Nothing was installed or recorded. If sunpy changed hands, its maintainers can say so in a statement\n" +
        "signed by the old key; ask them, not the download site.",
    ),
  },
  {
    name: "an alarm never prints the command that silences it",
    answer: unexpected({ next: ["tofu", "trust", "sunpy", NEW] }),
    text: ALARM.replace("\nNext: tofu why sunpy 6.2.0", ""),
  },
  {
    name: "a missing signature is told by its facts",
    answer: judgement({
      verdict: "unsigned-downgrade",
      class: "refused",
      exit: 4,
      sentence: "sunpy 6.2.0 is not signed; all 13 releases seen before were",
      got: [],
      facts: [
        { label: "last", text: "6.1.0, 2026-08-30, by 135E 14B1 … 132C F20F" },
        { label: "looked for", text: ".asc .sig .gpg .minisig .sigstore.json beside the file" },
      ],
      next: ["tofu", "why", "sunpy"],
    }),
    text: `refused  sunpy 6.2.0 is not signed; all 13 releases seen before were
         last       6.1.0, 2026-08-30, by 135E 14B1 … 132C F20F
         looked for .asc .sig .gpg .minisig .sigstore.json beside the file
         Next: tofu why sunpy`,
  },
  {
    name: "what could not be checked is no refusal",
    answer: judgement({
      verdict: "certificate-unavailable",
      class: "unchecked",
      exit: 6,
      sentence: "sunpy 6.2.0: names AEA0 … A535, whose certificate is not at hand",
      got: [{ names: OLD, verified: false, claims: ["never shown"] }],
      facts: [{ label: "asked", text: "this journal, files beside it; network is off" }],
      next: ["tofu", "key", "import", "FILE"],
    }),
    text: `unchecked sunpy 6.2.0: names AEA0 … A535, whose certificate is not at hand
         asked      this journal, files beside it; network is off
         Next: tofu key import FILE`,
  },
  {
    name: "a decision shows who signed, and never says signed by where nothing was verified",
    answer: judgement({
      verdict: "weak-crypto",
      class: "decide",
      exit: 3,
      sentence: "sunpy 5.9.0: right signer, but SHA-1, which can be forged",
      got: [{ names: "28B8B19AD578A535", verified: false, claims: ["Mallory"] }],
    }),
    text: `decide   sunpy 5.9.0: right signer, but SHA-1, which can be forged
         got        a signature that names 28B8B19AD578A535`,
  },
  {
    name: "a seeded machine that takes no first use says where to go",
    answer: judgement({
      verdict: "first-use-denied",
      class: "refused",
      exit: 4,
      sentence: "sunpy 6.0.4: not in this machine's pins, which take no new names",
      expected: [],
      next: ["tofu", "export", "sunpy"],
    }),
    text: `refused  sunpy 6.0.4: not in this machine's pins, which take no new names
         Next: on a workstation, tofu export sunpy`,
  },
  {
    name: "a store that is not the default is named in line one",
    answer: judgement({ unusual: ["store /srv/tofu"] }),
    text: "ok       sunpy 6.0.5: same signer as 12 releases since 2024-03-02 (store\n         /srv/tofu)",
  },
  {
    name: "ASCII where the locale has no more",
    answer: unexpected({ got: [{ signer: NEW, verified: true, claims: ["Jürgen"] }] }),
    style: { unicode: false },
    text: ALARM.replace("… 52F0 9C3E, made 2 days ago", "... 52F0 9C3E").replace(
      "Stuart <stuart@sunpy.example>",
      "J\\u{fc}rgen",
    ),
  },
  {
    name: "the class word alone is coloured",
    answer: judgement(),
    style: { color: true },
    text: "\x1b[32mok\x1b[39m       sunpy 6.0.5: same signer as 12 releases since 2024-03-02",
  },
];

for (const { name, answer, style, text } of TABLE)
  test(name, () => {
    assert.equal(renderJudgement(answer, { ...PLAIN, ...style }).join("\n"), text);
  });

const VERDICTS = ["unexpected-signer", "quorum-not-met", "wrong-role", "retired-signer", "revoked", "distrusted"];
const hostile = fc.string({ unit: "binary", maxLength: 120 });
const signer = fc.constantFrom(OLD, NEW, V6);
const anyAlarm = fc
  .record({
    verdict: fc.constantFrom(...VERDICTS, "bad-signature", "artifact-changed", "weak-crypto", "unsigned-downgrade"),
    sentence: fc.oneof(hostile, fc.constant("x ".repeat(300))),
    expected: fc.array(
      fc.record({ signer, releases: fc.nat(99), days: fc.nat(99), first: fc.constant(checkedAt), last: hostile }),
      { maxLength: 40 },
    ),
    got: fc.array(
      fc.record({ signer, verified: fc.boolean(), created: hostile, claims: fc.array(hostile, { maxLength: 3 }) }),
      { maxLength: 16 },
    ),
    hints: fc.array(fc.record({ kind: hostile, signer, detail: hostile }), { maxLength: 5 }),
    facts: fc.array(fc.record({ label: fc.constant("seen"), text: hostile }), { maxLength: 1 }),
    handover: fc.option(fc.record({ state: hostile }), { nil: undefined }),
    witnesses: fc.array(
      fc.record({
        kind: hostile,
        source: hostile,
        says: fc.oneof(fc.constantFrom("old", "new", "other", "against", "nothing"), hostile),
        counted: fc.boolean(),
        silence: hostile,
        checkedAt: hostile,
      }),
      { maxLength: 6 },
    ),
  })
  .map((changes) => unexpected(changes));

test("an alarm stays under 16 lines of 80 columns, whatever is in the answer", () => {
  fc.assert(
    fc.property(anyAlarm, (answer) => {
      const lines = renderJudgement(answer, PLAIN);
      assert.ok(lines.length < 16, `${lines.length} lines:\n${lines.join("\n")}`);
      for (const line of lines) assert.ok(columnsOf(line) <= 80, line);
    }),
    { numRuns: 300 },
  );
});

test("no control, bidi or invisible character of an answer reaches the output", () => {
  fc.assert(
    fc.property(anyAlarm, fc.boolean(), (answer, verbose) => {
      const text = renderJudgement(answer, { ...PLAIN, verbose }).join("");
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 300 },
  );
});

test("a fingerprint never breaks inside a group, at any width", () => {
  for (let width = 60; width <= 100; width += 1)
    for (const verbose of [true, false]) {
      const answer = unexpected({
        expected: [{ signer: V6, releases: 1, days: 1, first: checkedAt, last: checkedAt }],
      });
      const lines = renderJudgement(answer, { ...PLAIN, width, verbose });
      for (const line of lines) assert.ok(columnsOf(line) <= width, line);
      const half = "0123 4567 89AB CDEF 0123 4567 89AB CDEF";
      assert.equal(lines.join("\n").split(half).length - 1, 2);
      assert.ok(lines.some((line) => line.includes(verbose ? "0D7B 6A11 0011 2233 4455" : "0D7B 6A11 … 52F0 9C3E")));
    }
});
