import type { Answer, AuditLine, PinLine } from "../protocol/answer.ts";
import { answerCodec } from "../protocol/answer-codec.ts";
import type { Request } from "../protocol/request.ts";
import { disarm, githubAnnotation } from "./annotation.ts";
import { renderAudit, renderAuditSummary } from "./audit.ts";
import { renderCertificate } from "./certificate.ts";
import { renderCheck } from "./check.ts";
import { renderFault, renderUsage } from "./fault.ts";
import { renderHandover } from "./handover.ts";
import { renderImport, renderImportSummary } from "./import.ts";
import { renderJudgement } from "./judgement.ts";
import { renderList } from "./list.ts";
import { renderEvent } from "./log.ts";
import { completionOf } from "./names.ts";
import { renderRecorded } from "./recorded.ts";
import { renderStatus } from "./status.ts";
import { renderWhy } from "./story.ts";
import type { Style } from "./style.ts";
import { renderSummary } from "./summary.ts";
import { renderText } from "./text.ts";

/** Where text goes. */
export interface Sink {
  readonly write: (text: string) => void;
}

/** Where answers become output. */
export interface Printer {
  readonly tell: (answer: Answer) => void;
  /** Writes what waited for the last answer; a fault in between is told instead of an empty table. */
  readonly finish: () => void;
}

export interface Outputs {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly annotate?: "github" | undefined;
}

/** @returns the answer as one line of JSON, as `--json` prints it. */
export function jsonLine(answer: Answer): string {
  const json = JSON.stringify(answerCodec.encode(answer));
  // Characters that a terminal acts on, or hides, and JSON leaves as they are; `\u` escapes mean the same to a reader.
  return `${json.replace(/[\u007f-\u009f\u2028\u2029\p{Cf}]/gu, escapeUnits)}\n`;
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}

/** Prints every answer as it is, faults too; nothing else goes to stdout. */
export function jsonPrinter({ stdout, stderr, annotate }: Outputs): Printer {
  return {
    tell: (answer) => {
      const annotation = annotate === undefined ? undefined : githubAnnotation(answer);
      if (annotation !== undefined) stderr.write(`${annotation}\n`);
      stdout.write(jsonLine(answer));
    },
    finish: () => undefined,
  };
}

/**
 * Prints answers for people: to stdout what was asked for, to stderr faults and wrong use.
 *
 * @param styles - how each of the two is written; only one of them may be a terminal.
 */
export function textPrinter(
  { stdout, stderr, annotate }: Outputs,
  styles: { readonly stdout: Style; readonly stderr: Style },
  request?: Request,
): Printer {
  const pins: PinLine[] = [];
  const audited: AuditLine[] = [];
  const write = (output: Sink, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const safe = annotate === undefined ? lines : lines.map(disarm);
    output.write(safe.map((line) => `${line}\n`).join(""));
  };
  // A pin file is for other programs: its bytes are what they are, and what there is to say goes elsewhere.
  const tellExport = (answer: Answer): void => {
    if (answer.type === "text" && answer.path === undefined) stdout.write(answer.text);
    else write(stderr, render(answer, styles.stderr, request));
  };
  let failed = false;
  const tell = (answer: Answer): void => {
    failed ||= answer.type === "fault" || answer.type === "usage";
    const annotation = annotate === undefined ? undefined : githubAnnotation(answer);
    if (annotation !== undefined) stdout.write(`${annotation}\n`);
    if (answer.type === "audit") audited.push(answer);
    if (answer.type === "pin") pins.push(answer);
    else if (request?.do === "export") tellExport(answer);
    else if (answer.type === "fault" || answer.type === "usage") write(stderr, render(answer, styles.stderr, request));
    else write(stdout, render(answer, styles.stdout, request));
  };
  const finish = (): void => {
    if (request?.do === "list" && (pins.length > 0 || !failed)) write(stdout, renderList(pins, styles.stdout));
    if (request?.do === "audit" && !failed) write(stdout, renderAuditSummary(audited, request, styles.stdout));
  };
  return { tell, finish };
}

function render(answer: Answer, style: Style, request: Request | undefined): readonly string[] {
  switch (answer.type) {
    case "judgement":
      return renderJudgement(answer, style);
    case "summary":
      return request?.do === "import" || request?.do === "diff"
        ? renderImportSummary(answer, style, { dryRun: request.do === "import" && request.dryRun })
        : renderSummary(answer, style);
    case "why":
      return renderWhy(answer, style);
    case "audit":
      return renderAudit(answer, style);
    // A file's judgement tells what became of the statements beside it: line one is the whole answer.
    case "handover":
      return request?.do === "verify" ? [] : renderHandover(answer, style);
    case "import":
      return renderImport(answer, style);
    case "text":
      return renderText(answer, style);
    case "event":
      return renderEvent(answer, style);
    case "recorded":
      return renderRecorded(answer, style);
    case "certificate":
      return renderCertificate(answer, style);
    case "status":
      return renderStatus(answer, style);
    case "check":
      return renderCheck(answer, style);
    case "name":
      return completionOf(answer.package, request?.do === "names" ? request.prefix : "");
    case "fault":
      return renderFault(answer, style);
    case "usage":
      return renderUsage(answer, style);
    // Pins wait for their table; the other two are no answers.
    case "pin":
    case "progress":
    case "end":
      return [];
  }
}
