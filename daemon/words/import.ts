import { printable } from "../core/printable.ts";
import type { ImportLine, SummaryLine } from "../protocol/answer.ts";
import { evidence, headline, paragraph } from "./layout.ts";
import { count, sentence } from "./outside.ts";
import type { Style } from "./style.ts";

/** @returns what a pin file comes to for one package. Agreement is silent but with `--verbose`. */
export function renderImport(answer: ImportLine, style: Style): readonly string[] {
  const isQuiet = answer.class === "ok" && answer.facts.length === 0;
  if (answer.class === "ok" && style.quiet) return [];
  if (isQuiet && (answer.verdict === "import-unchanged" || answer.verdict === "equal") && !style.verbose) return [];
  return [
    ...headline(answer.class, sentence(answer.sentence), style),
    ...answer.facts.flatMap(({ label, text }) => evidence(printable(label, 20), sentence(text), style)),
  ];
}

/** @returns how the packages of a file came out, and after a dry run that it was one. */
export function renderImportSummary(
  { judged, ok, decide, refused }: SummaryLine,
  style: Style,
  { dryRun }: { readonly dryRun: boolean },
): readonly string[] {
  if (style.quiet && decide + refused === 0) return [];
  const parts = [
    ...(ok > 0 ? [`${ok} ok`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(decide > 0 ? [`${decide} to decide`] : []),
  ];
  const outcome = `${count(judged, "package")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
  return paragraph(dryRun ? `${outcome}; a dry run, nothing was recorded` : outcome, style);
}
