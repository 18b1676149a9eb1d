/**
 * Names the code that words are made by, where all of it is part of a build: `.ci/build/cli.ts` writes its SHA-256 here.
 * Without that it is empty, and equal to nothing.
 */
export const WORDS_BUILD: string = "";

/** @returns the same with what else decides which characters are shown: the tables of this Node. */
export function wordsBuild(unicodeVersion: string | undefined): string {
  return WORDS_BUILD === "" ? "" : `${WORDS_BUILD}/${unicodeVersion}`;
}
