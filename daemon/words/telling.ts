import { type Answer, type FaultLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { Request } from "../protocol/request.ts";
import { worstExit } from "./exit-code.ts";
import { jsonPrinter, type Outputs, textPrinter } from "./printer.ts";
import type { Style } from "./style.ts";

/** In which form answers are told. */
export interface Manner {
  readonly json: boolean;
  readonly stdout: Style;
  readonly stderr: Style;
}

/** One question while its answers come in, and what is written of them. */
export interface Telling {
  /** `progress` and `end` are no answers: nothing is written of them. */
  readonly tell: (answer: Answer) => void;
  /** Everything that there is was told, and whoever answered says this exit code. */
  readonly answered: (exit: number) => void;
  /** Writes what waited for the last answer. @returns the exit code: the worst of what was told. */
  readonly finish: () => number;
}

/** Writes the answers to a question as they come; `request` is `undefined` where there was no question. */
export function openTelling(request: Request | undefined, manner: Manner, outputs: Outputs): Telling {
  const printer = manner.json ? jsonPrinter(outputs) : textPrinter(outputs, manner, request);
  // A stream of answers may go on for weeks: only what the end needs is kept of it.
  const exits = new Set<number>();
  const judged = new Set<string>();
  const tell = (line: Answer): void => {
    if (line.type === "end" || line.type === "progress") return;
    // A refused statement leaves a file's answer as it is, and of several the request itself knows which one counts.
    if ("exit" in line && line.type !== "handover") exits.add(line.exit);
    if (line.type === "judgement" && request?.do === "verify") judged.add(line.artifact.path);
    printer.tell(line);
  };
  return {
    tell,
    answered: (exit) => {
      exits.add(exit);
      const missing = request?.do === "verify" ? new Set(request.files).size - judged.size : 0;
      if (missing > 0 && worstExit([...exits]) === 0) tell(unanswered(missing));
    },
    finish: () => {
      printer.finish();
      return worstExit([...exits]);
    },
  };
}

/** Nothing but 0 lets an installer go on, so 0 is never said about a file that nobody judged. */
function unanswered(missing: number): FaultLine {
  const sentence = `${missing} of the files got no answer; nothing is known about them`;
  return { schemaVersion: SCHEMA_VERSION, type: "fault", code: "protocol", sentence, exit: 1 };
}
