import { printable } from "../core/printable.ts";
import type { Answer } from "../protocol/answer.ts";
import { wholeSentence } from "./outside.ts";

/**
 * @returns a GitHub annotation for what needs a look, `undefined` for good news.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubAnnotation(answer: Answer): string | undefined {
  if (answer.type === "fault") return annotate("error", answer.file, answer.sentence);
  if (answer.type !== "judgement" || answer.class === "ok") return undefined;
  return annotate(answer.class === "decide" ? "warning" : "error", answer.artifact.path, answer.sentence);
}

/** A runner takes commands from any line, indented ones too; outside text must never make one. */
export function disarm(line: string): string {
  return line.replaceAll("::", ":\\x3a").replaceAll("##[", "##\\x5b");
}

function annotate(level: "error" | "warning", file: string | undefined, sentence: string): string {
  const where = file === undefined ? "" : `file=${property(printable(file, 200))},`;
  return `::${level} ${where}title=tofu::${data(wholeSentence(sentence))}`;
}

/** Of the escapes a runner knows, `%` must come first. */
function data(text: string): string {
  return disarm(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
