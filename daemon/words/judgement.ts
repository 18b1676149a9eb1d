import { printable } from "../core/printable.ts";
import type { JudgementLine } from "../protocol/judgement-line.ts";
import { alarm, closing } from "./alarm.ts";
import {
  claims,
  expectedLines,
  factLines,
  gotLines,
  handoverLines,
  hintLines,
  type Told,
  witnessLines,
} from "./findings.ts";
import { evidence, headline, paragraph, under } from "./layout.ts";
import { commandLine, day, packageWord, sentence, wholeSigner } from "./outside.ts";
import type { Style } from "./style.ts";

/** Commands that clear an alarm; an alarm never prints one of them (cli.md, rule 6). */
const SILENCING = new Set(["trust", "forget", "require", "resolve", "import"]);
const SHORT: Told = { signers: 2, claims: true };
const ALL: Told = { signers: Number.POSITIVE_INFINITY, claims: true };

/** @returns a judged file as text: one line where all is well, the alarm where a signer is not who it was. */
export function renderJudgement(answer: JudgementLine, style: Style): readonly string[] {
  if (answer.class === "ok" && style.quiet) return [];
  if (answer.class === "refused" && answer.firstRefusedAt !== undefined && !style.verbose)
    return stillRefused(answer, answer.firstRefusedAt, style);
  const head = headline(answer.class, lineOne(answer), style);
  const next = nextCommand(answer);
  const meaning = answer.class === "refused" ? closing(answer) : undefined;
  if (meaning !== undefined) return alarm(head, answer, { meaning, next, style });
  return [...head, ...findings(answer, style), ...(next === undefined ? [] : under(`Next: ${next}`, style))];
}

function lineOne(answer: JudgementLine): string {
  const unusual = unusualOf(answer);
  return `${sentence(answer.sentence)}${unusual.length === 0 ? "" : ` (${unusual.join(", ")})`}`;
}

/** What is not the default: whoever is shown another store's answer must see that (rules.md, row 75). */
function unusualOf({ unusual = [] }: JudgementLine): readonly string[] {
  return unusual.map((text) => sentence(text));
}

/** The story of the package has all its refusals, so this line leaves the version to its beginning. */
function stillRefused(answer: JudgementLine, since: string, style: Style): readonly string[] {
  const version = answer.version === undefined ? "" : ` ${printable(answer.version)}`;
  const name = packageWord(answer.package);
  const what = `${name}${version}, ${printable(answer.verdict.replaceAll("-", " "))}`;
  const where = [commandLine(["tofu", "why", name]), ...unusualOf(answer)].join("; ");
  return paragraph(`still refused since ${day(since)}: ${what} (${where})`, style);
}

function nextCommand(answer: JudgementLine): string | undefined {
  const words = answer.next ?? [];
  const silencing = answer.class === "refused" && words.some((word) => SILENCING.has(word)) && words[0] === "tofu";
  if (words.length === 0 || silencing) return undefined;
  // The pins of a seeded machine are made elsewhere.
  return `${answer.verdict === "first-use-denied" ? "on a workstation, " : ""}${commandLine(words)}`;
}

/** States of the statements that came along which say nothing new under an answer that is no alarm. */
const QUIET_HANDOVERS: ReadonlySet<string> = new Set(["none", "offline", "known", "applied", "first-use", "ignored"]);

/** What stands under line one of everything that is no alarm. */
function findings(answer: JudgementLine, style: Style): readonly string[] {
  const isQuiet = answer.handover === undefined || QUIET_HANDOVERS.has(answer.handover.state);
  const facts = [...factLines(answer, style), ...(isQuiet ? [] : handoverLines(answer, style))];
  switch (answer.class) {
    case "ok":
      return [...(answer.verdict === "first-use" ? firstUse(answer, style) : []), ...facts, ...details(answer, style)];
    case "decide":
      return [
        ...gotLines(answer, style, SHORT),
        ...facts,
        ...witnessLines(answer, style),
        ...hintLines(answer, style),
        ...details(answer, style),
      ];
    case "refused":
      return [...facts, ...hintLines(answer, style), ...details(answer, style)];
    case "unchecked":
      return [...facts, ...details(answer, style)];
  }
}

function firstUse(answer: JudgementLine, style: Style): readonly string[] {
  const signers = answer.got.flatMap((got) =>
    got.signer === undefined || !got.verified
      ? []
      : [...evidence("signer", wholeSigner(got.signer), style), ...claims(got.claims, style)],
  );
  const witnesses = witnessLines(answer, style);
  const none = evidence("witnesses", "none yet; this first use rests on this download", style);
  return [...signers, ...(answer.witnesses.some(({ counted }) => counted) ? [] : none), ...witnesses];
}

/** What `--verbose` adds. */
function details(answer: JudgementLine, style: Style): readonly string[] {
  if (!style.verbose) return [];
  const notices = answer.notices.flatMap(({ kind, detail }) =>
    evidence("notice", `${printable(kind)}${detail === undefined ? "" : `: ${sentence(detail)}`}`, style),
  );
  const signers = answer.class === "ok" && answer.verdict !== "first-use" ? gotLines(answer, style, ALL) : [];
  const expected = answer.class === "decide" || answer.class === "unchecked" ? expectedLines(answer, style, ALL) : [];
  return [...expected, ...signers, ...notices, ...under(`sha256 ${printable(answer.artifact.sha256, 64)}`, style)];
}
