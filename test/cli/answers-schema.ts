import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answerCodec } from "../../daemon/protocol/answer-codec.ts";

/** Where the committed schema lies, from the project's folder. */
export const SCHEMA_FILE = "docs/answers.schema.json";

/** @returns the schema of what `--json` prints, as text: the same form that reads answers from the socket. */
export function answersSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Answers of tofu",
    description:
      "One JSON object per line, as --json prints them. Within one schemaVersion fields may be added, and none changes " +
      "its meaning. The types progress and end travel on the daemon's socket only.",
    ...answerCodec.schema,
  };
  return `${layOut(schema, "", 0)}\n`;
}

const LINE_WIDTH = 120;

/** JSON as the formatter of this project lays it out: a list on one line where it fits, everything else line by line. */
function layOut(value: unknown, indent: string, taken: number): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const short = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const scalars = value.every((item) => typeof item !== "object");
    if (scalars && taken + short.length <= LINE_WIDTH) return short;
    return `[\n${value.map((item) => deeper + layOut(item, deeper, deeper.length)).join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member], index, all) => {
    const head = `${deeper}${JSON.stringify(name)}: `;
    const comma = index < all.length - 1 ? 1 : 0;
    return head + layOut(member, deeper, head.length + comma);
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, answersSchema());
