import { printable } from "../core/printable.ts";
import type { HandoverLine } from "../protocol/handover-line.ts";
import { evidence, headline, under } from "./layout.ts";
import { commandLine, count, sentence, signerName } from "./outside.ts";
import type { Style } from "./style.ts";

/** Facts of a quiet answer; `--verbose` has them all. */
const QUIET_FACTS: ReadonlySet<string> = new Set(["added", "removed", "role", "note"]);
const MAX_AFFECTED = 5;

/** @returns one statement: what it came to, who signed it, what it changes. A known one is one line. */
export function renderHandover(answer: HandoverLine, style: Style): readonly string[] {
  if (answer.class === "ok" && style.quiet) return [];
  const head = headline(answer.class, sentence(answer.sentence), style);
  if (answer.verdict === "handover-known" && !style.verbose) return head;
  const shows = answer.verdict === undefined || style.verbose;
  const facts = answer.facts
    .filter(({ label }) => shows || answer.class !== "ok" || QUIET_FACTS.has(label))
    .flatMap(({ label, text }) => evidence(printable(label, 20), sentence(text), style));
  return [
    ...head,
    ...answer.signers.flatMap(({ signer, counts, why }) =>
      evidence(
        counts ? "by" : "not by",
        `${signerName(signer, style)}${why === "signed" ? "" : `: ${sentence(why)}`}`,
        style,
      ),
    ),
    ...facts,
    ...affectedLines(answer, style),
    ...answer.notices.flatMap((notice) => evidence("notice", NOTICES.get(notice) ?? printable(notice), style)),
    ...(style.verbose ? under(`sha256 ${printable(answer.sha256, 64)}`, style) : []),
    ...(answer.next === undefined ? [] : under(`Next: ${commandLine(answer.next)}`, style)),
  ];
}

const NOTICES: ReadonlyMap<string, string> = new Map([
  ["signer-expired", "a signer's certificate here has expired; fetch a newer copy"],
  ["recovery-dropped", "a recovery key is listed no more; it may still object for 7 days"],
  ["trusted-here-only", "a signer trusted only here releases on; no statement speaks for it"],
  ["handover-contested", "a second statement at this place was offered and is kept as evidence"],
  ["chain-ignored", "the file can't be read to its end; what follows is ignored"],
]);

function affectedLines({ affected }: HandoverLine, style: Style): readonly string[] {
  const told = style.verbose ? affected : affected.slice(0, MAX_AFFECTED);
  const left = affected.length - told.length;
  return [
    ...told.flatMap(({ name, version, sha256 }) =>
      evidence("undone", `${printable(version ?? name)}, sha256 ${printable(sha256.slice(0, 16))}…`, style),
    ),
    ...(left > 0 ? evidence("undone", `and ${count(left, "more file")}`, style) : []),
  ];
}
