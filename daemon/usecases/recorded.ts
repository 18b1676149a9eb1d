import type { PackageName } from "../core/package-name.ts";
import type { SignerId } from "../core/signer.ts";
import { type RecordedLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { TofuWorld } from "./world.ts";

/** What a command did, or would not do, in words. */
export interface Recorded {
  readonly class: RecordedLine["class"];
  readonly exit: number;
  readonly sentence: string;
  readonly details: readonly string[];
}

/** @returns the answer of a command that records a user's word. */
export function recordedLine(
  command: string,
  recorded: Recorded & { readonly package?: PackageName | "*" | undefined; readonly signer?: SignerId | undefined },
  world: TofuWorld,
): RecordedLine {
  const { package: name, signer, class: word, exit, sentence, details } = recorded;
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "recorded",
    command,
    class: word,
    exit,
    ...(name === undefined ? {} : { package: name }),
    ...(signer === undefined ? {} : { signer }),
    sentence,
    details,
    ...(world.replay ? { replay: true } : {}),
  };
}
