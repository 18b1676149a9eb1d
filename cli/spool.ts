import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TofuError } from "../daemon/core/tofu-error.ts";
import type { Surroundings } from "./world.ts";

/** What standard input may bring: more than any release, less than a disk. */
const MAX_STDIN_BYTES = 64 * 2 ** 30;
/** Digits of the digest that go into the name: enough that two inputs never share it by chance. */
const NAME_DIGITS = 16;

/** Standard input as a file of its own. */
export interface Spooled {
  readonly path: string;
  /** Removes the file and its folder; safe to call twice. */
  readonly remove: () => void;
}

/**
 * Copies standard input into a folder that only its owner can enter (mkdtemp makes it 0700). The file is named after
 * its digest: two inputs of one release are two files, not one file that changed.
 *
 * @throws TofuError if it can't be read or kept; nothing is left behind then.
 */
export async function spool({ stdin, env, onSignal }: Surroundings): Promise<Spooled> {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const forget = onSignal(remove);
  const done = (): void => {
    remove();
    forget();
  };
  try {
    folder = mkdtempSync(join(env["TMPDIR"] || tmpdir(), "tofu-stdin-"));
    const digest = await copy(stdin, join(folder, "part"));
    const path = join(folder, `stdin-${digest.slice(0, NAME_DIGITS)}`);
    await rename(join(folder, "part"), path);
    return { path, remove: done };
  } catch (cause) {
    done();
    if (cause instanceof TofuError) throw cause;
    throw new TofuError("file-unreadable", "standard input could not be kept; nothing was judged", { cause });
  }
}

async function copy(input: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  const file: FileHandle = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of input) {
      bytes += chunk.length;
      if (bytes > MAX_STDIN_BYTES)
        throw new TofuError("file-unreadable", "standard input does not end; nothing was judged");
      hash.update(chunk);
      await writeWhole(file, chunk);
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}
