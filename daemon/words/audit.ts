import { columnsOf, printable } from "../core/printable.ts";
import type { AuditLine } from "../protocol/answer.ts";
import type { AuditRequest } from "../protocol/request.ts";
import { labelled, paragraph } from "./layout.ts";
import { count, day, packagePath, sentence, signerName } from "./outside.ts";
import type { Style } from "./style.ts";

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
    ...labelled(head, sentence(text(line, style)), { indent: INDENT, style }),
    ...digest.flatMap((text) => labelled(INDENT, printable(text, 200), { indent: INDENT, style })),
  ];
}

/** Closes an audit: how many files of how many packages, and what else. */
export function renderAuditSummary(
  lines: readonly AuditLine[],
  { package: name, signer, since, until }: Pick<AuditRequest, "package" | "signer" | "since" | "until">,
  style: Style,
): readonly string[] {
  const isAsked = [name, signer, since, until].some((given) => given !== undefined);
  if (lines.length === 0 && style.quiet) return [];
  if (lines.length === 0) return [isAsked ? "nothing here rests on it" : "nothing here is in doubt"];
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

function text(line: AuditLine, style: Style): string {
  const { about, name, version, source } = line;
  const who = whom(line, style);
  const by = who === "" ? "" : ` by ${who}`;
  switch (about) {
    case "file":
      return `${version ?? name}${by}${detail(line)}`;
    case "statement":
      return `${name} from ${source}${by}${detail(line)}`;
    case "signer":
      return `${who}: ${name}, by ${source.replaceAll("-", " ")}`;
    case "decision":
      return `${name} ${who}, by ${source}${detail(line)}`;
  }
}

function whom({ signers }: AuditLine, style: Style): string {
  const told = style.verbose ? signers : signers.slice(0, MAX_SIGNERS);
  const left = signers.length - told.length;
  return `${told.map((signer) => signerName(signer, style)).join(", ")}${left === 0 ? "" : ` and ${left} more`}`;
}

/** A verdict reads as words; what a person wrote is quoted. */
function detail(line: AuditLine): string {
  if (line.detail === undefined) return "";
  return line.about === "decision" ? `: "${line.detail}"` : `: ${line.detail.replaceAll("-", " ")}`;
}
