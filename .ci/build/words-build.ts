import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folders that words are made by. */
const FOLDERS = ["core", "protocol", "words"];

/**
 * Writes into the built `daemon/words/build.js` what the code is that makes words: the SHA-256 of the files of those
 * folders. Both programs take it from there.
 *
 * @param daemon - the built folder `daemon/`.
 */
export function nameWordsBuild(daemon: string): void {
  const own = join(daemon, "words", "build.js");
  const hash = createHash("sha256");
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(daemon, folder)).sort()) {
      const path = join(daemon, folder, name);
      if (name.endsWith(".js") && path !== own) hash.update(`${folder}/${name}\n`).update(readFileSync(path));
    }
  const before = readFileSync(own, "utf8");
  const after = before.replace('WORDS_BUILD = ""', `WORDS_BUILD = "${hash.digest("hex")}"`);
  if (after === before) throw new Error(`${own} has no place for its name`);
  writeFileSync(own, after);
}
