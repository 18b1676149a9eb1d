import type { JudgementLine } from "../protocol/judgement-line.ts";
import { expectedLines, factLines, gotLines, handoverLines, hintLines, type Told, witnessLines } from "./findings.ts";
import { paragraph } from "./layout.ts";
import { packageWord } from "./outside.ts";
import type { Style } from "./style.ts";

/** An alarm stays under 16 lines of 80 columns (cli.md, rule 2). */
const MAX_LINES = 15;
/** What is told of each side: everything, or as much as fits. */
const TOLD: readonly Told[] = [
  { signers: Number.POSITIVE_INFINITY, claims: true },
  { signers: 2, claims: true },
  { signers: 1, claims: true },
  { signers: 1, claims: false },
];

/** What a refusal about signers can mean, and whom to ask; a refusal without one is told in the short form. */
const CLOSINGS: ReadonlyMap<string, (name: string) => string> = new Map([
  ["unexpected-signer", changedHands],
  [
    "quorum-not-met",
    (name) =>
      `Nothing was installed. A release may still wait for its other signatures; ${name}'s maintainers can say ` +
      "whether this one does.",
  ],
  [
    "wrong-role",
    (name) =>
      `Nothing was installed. This signer may change who signs ${name}, not sign its releases; ask its maintainers ` +
      "how it came to this signature.",
  ],
  [
    "retired-signer",
    (name) =>
      "Nothing was installed. A retired key is often the least guarded one. Ask the maintainers of " +
      `${name} who signs now.`,
  ],
  [
    "revoked",
    () =>
      "Nothing was installed. What a thief signs with a stolen key can't be told from what its owner signed, " +
      "whatever date it carries.",
  ],
  ["distrusted", () => "Nothing was installed. You said so yourself; the reason stands in the journal."],
  [
    "bad-signature",
    (name) =>
      "Nothing was installed. The file was altered or cut short on its way, or the signature belongs to another " +
      `file. Fetch both again from another place; if they stay so, tell ${name}'s maintainers.`,
  ],
  [
    "artifact-changed",
    (name) =>
      "Nothing was installed. Two different files carry one name and version. Keep both, and ask " +
      `${name}'s maintainers which one is theirs.`,
  ],
]);

function changedHands(name: string): string {
  return (
    `Nothing was installed or recorded. If ${name} changed hands, its maintainers can say so in a statement signed ` +
    "by the old key; ask them, not the download site."
  );
}

/** @returns the closing words of an alarm; `undefined` for verdicts that are no alarm about signers. */
export function closing(answer: JudgementLine): string | undefined {
  const text = CLOSINGS.get(answer.verdict)?.(packageWord(answer.package));
  const { length } = answer.witnesses.filter(({ counted }) => counted);
  const agreed =
    length > 0 && answer.witnesses.every(({ says, counted }) => says === "new" || (!counted && says === "nothing"));
  return text !== undefined && agreed ? `${length} of ${length} witnesses name the new signer. ${text}` : text;
}

/**
 * The alarm, always in one shape: what was expected, what came, what else is known, what it can mean, one next command.
 * What does not fit is left to `tofu why` and `--verbose`, the least telling first.
 */
export function alarm(
  head: readonly string[],
  answer: JudgementLine,
  { meaning, next, style }: { readonly meaning: string; readonly next: string | undefined; readonly style: Style },
): readonly string[] {
  const tail = [...paragraph(meaning, style), ...(next === undefined ? [] : paragraph(`Next: ${next}`, style))];
  const room = style.verbose ? Number.POSITIVE_INFINITY : MAX_LINES - head.length - tail.length - 2;
  const people = TOLD.map((told) => who(answer, style, told)).find((lines) => lines.length <= room) ?? [];
  const others = [factLines, handoverLines, witnessLines, hintLines].map((lines) => lines(answer, style));
  return [...head, "", ...fitting([people, ...others], room), "", ...tail];
}

/** Who was expected and who came. */
function who(answer: JudgementLine, style: Style, told: Told): readonly string[] {
  return [...expectedLines(answer, style, told), ...gotLines(answer, style, told)];
}

/** The blocks that fit, in their order; the first always stands. */
function fitting(blocks: readonly (readonly string[])[], room: number): readonly string[] {
  const lines: string[] = [];
  for (const [index, block] of blocks.entries()) {
    if (index === 0 || lines.length + block.length <= room) lines.push(...block);
  }
  return lines;
}
