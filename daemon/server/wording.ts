import { unixMs } from "../core/time.ts";
import type { Answer } from "../protocol/answer.ts";
import type { Request } from "../protocol/request.ts";
import { MAX_PIECES, MAX_WORDS, type Piece, type WordsLine, type WordsWish } from "../protocol/words-line.ts";
import { wordsBuild } from "../words/build.ts";
import { factsOfError, type ServerLog } from "./log.ts";

/** Puts an answer into words while it is being told. Neither throws: without words the client makes its own. */
export interface Wording {
  readonly tell: (answer: Answer) => void;
  /** @returns the words, `undefined` where they are too many or could not be made. */
  readonly finish: (exit: number) => WordsLine | undefined;
}

/**
 * What makes words is loaded when the first client asks for them: it is no part of an idle daemon.
 *
 * @returns `undefined` where this daemon's words might be others than the client's.
 */
export async function openWording(request: Request, wish: WordsWish, log: ServerLog): Promise<Wording | undefined> {
  const build = wordsBuild(process.versions["unicode"]);
  if (build === "" || wish.build !== build) return undefined;
  const { openTelling } = await import("../words/telling.ts");
  const said: { readonly to: Piece["to"]; text: string }[] = [];
  let length = 0;
  let isWhole = true;
  const write = (to: Piece["to"], text: string): void => {
    length += text.length;
    const last = said.at(-1);
    if (last?.to === to) last.text += text;
    else said.push({ to, text });
    if (length > MAX_WORDS || said.length > MAX_PIECES) isWhole = false;
  };
  const { verbose, quiet, unicode, now } = wish;
  const both = { unicode, verbose, quiet, now: unixMs(now) };
  const telling = openTelling(
    request,
    { json: wish.json, stdout: { ...wish.stdout, ...both }, stderr: { ...wish.stderr, ...both } },
    { stdout: { write: (text) => write("stdout", text) }, stderr: { write: (text) => write("stderr", text) } },
  );
  const safely = (work: () => void): void => {
    try {
      if (isWhole) work();
    } catch (error) {
      isWhole = false;
      log.error("words", factsOfError(error));
    }
  };
  return {
    tell: (answer) => safely(() => telling.tell(answer)),
    finish: (exit) => {
      let worst = exit;
      safely(() => {
        telling.answered(exit);
        worst = telling.finish();
      });
      return isWhole ? { schemaVersion: 1, type: "words", said, exit: worst } : undefined;
    },
  };
}
