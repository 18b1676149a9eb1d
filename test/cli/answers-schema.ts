import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answerCodec } from "../../daemon/protocol/answer.ts";

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
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, answersSchema());
