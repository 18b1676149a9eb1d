import { columnsOf, printable } from "../../daemon/core/printable.ts";
import type { AuditLine } from "../../daemon/protocol/answer.ts";
import type { Style } from "../style.ts";
import { labelled, paragraph } from "./layout.ts";
import { count, day, packagePath, sentence, signerName } from "./outside.ts";

const NAME_COLUMNS = 14;
const WHY_COLUMNS = 13;
const INDENT = " ".repeat(12);
const MAX_SIGNERS = 3;

/** @returns one thing that an audit found; a line each as it comes, so nothing waits for the widest. */
export function renderAudit(line: AuditLine, style: Style): readonly string[] {
  const name = packagePath(line.package);
  const padded = name + " ".repeat(Math.max(0, NAME_COLUMNS - columnsOf(name)));
  const head = `${day(line.at)}  ${padded}  ${printable(line.why, 20).padEnd(WHY_COLUMNS)}  `;
  const digest = style.verbose && line.sha256 !== undefined ? [`${line.name}, sha256 ${line.sha256}`] : [];
  return [
    ...labelled(head, sentence(`${subject(line)}${by(line, style)}${detail(line)}`), { indent: INDENT, style }),
    ...digest.flatMap((text) => labelled(INDENT, printable(text, 200), { indent: INDENT, style })),
  ];
}

/** Closes an audit: how many files of how many packages, and what else. */
export function renderAuditSummary(lines: readonly AuditLine[], style: Style): readonly string[] {
  if (lines.length === 0) return style.quiet ? [] : ["nothing here rests on it"];
  const files = lines.filter(({ about, why }) => about === "file" && why !== "refused");
  const refused = lines.filter(({ about, why }) => about === "file" && why === "refused");
  const statements = lines.filter(({ about }) => about === "statement");
  const packages = new Set(files.map((line) => line.package)).size;
  const parts = [
    `${count(files.length, "file")} of ${count(packages, "package")}`,
    ...(refused.length === 0 ? [] : [`${refused.length} refused`]),
    ...(statements.length === 0 ? [] : [count(statements.length, "statement")]),
  ];
  return paragraph(parts.join(", "), style);
}

function subject({ about, name, version, source }: AuditLine): string {
  switch (about) {
    case "file":
      return version ?? name;
    case "statement":
      return `${name} from ${source}`;
    case "signer":
      return `${name}, by ${source.replaceAll("-", " ")}`;
    case "decision":
      return `${name}, by ${source}`;
  }
}

function by({ about, signers }: AuditLine, style: Style): string {
  if (signers.length === 0) return "";
  const told = style.verbose ? signers : signers.slice(0, MAX_SIGNERS);
  const left = signers.length - told.length;
  const names = `${told.map((signer) => signerName(signer, style)).join(", ")}${left === 0 ? "" : ` and ${left} more`}`;
  return about === "file" || about === "statement" ? ` by ${names}` : ` (${names})`;
}

/** A verdict reads as words; what a person wrote is quoted. */
function detail(line: AuditLine): string {
  if (line.detail === undefined) return "";
  return line.about === "decision" ? `: "${line.detail}"` : `: ${line.detail.replaceAll("-", " ")}`;
}
