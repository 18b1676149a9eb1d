import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { escapeText } from "../core/printable.ts";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { TofuError } from "../core/tofu-error.ts";
import { sha256 } from "./digest.ts";
import { isNodeError } from "./store-folder.ts";

const SEALS_FILE = "tables";
const TABLE = /^\d+\.(?:ldb|sst)$/;
const SEAL = /^([0-9a-f]{64}) (\d+\.(?:ldb|sst))$/;
const READ_BYTES: number = 1 << 20;
/** The last eight bytes of a table (LevelDB, doc/table_format.md): written last, so a file that ends so is finished. */
const MAGIC = Buffer.from("57fb808b247547db", "hex");

/** A table as it was read: what tells it from another file of its name. */
interface ReadTable {
  readonly digest: Sha256;
  readonly file: string;
}

/**
 * Digests of LevelDB's tables. LevelDB doesn't look at its own checksums when it reads them, and a flipped bit there
 * loses entries without a word, or ends the process when the table is next merged. A finished table never changes, so a
 * digest taken once stays right for that file. Its name may come again: where closing breaks off a merge that has
 * finished some of its tables, LevelDB removes them when it is next opened, and begins to count where it had recorded.
 */
export class TableSeals {
  readonly #folder: string;
  readonly #tables: string;
  readonly #sealed = new Map<string, Sha256>();
  /** The files that were read here, by name: none is read twice, and none taken for another. */
  readonly #read = new Map<string, ReadTable>();

  constructor(folder: string, tables: string) {
    this.#folder = folder;
    this.#tables = tables;
  }

  /**
   * Looks at all tables, before LevelDB does.
   *
   * @returns whether there are tables that nobody has sealed, as after a crash: only reading tells if they are whole.
   * @throws TofuError `store-damaged` naming the table that is not as it was.
   */
  async check(): Promise<{ readonly hasStrangers: boolean }> {
    await this.#load();
    let hasStrangers = false;
    for (const name of await this.#names()) {
      const expected = this.#sealed.get(name);
      // A merge that closing broke off leaves an unfinished table, which LevelDB never took up and will remove.
      if (expected === undefined) hasStrangers ||= (await this.#digestOf(name)) !== undefined;
      else await this.#checkTable(name, expected);
    }
    return { hasStrangers };
  }

  /** Called when LevelDB has just opened the store: what it removed, or has begun under the same name, is not sealed. */
  async dropStale(): Promise<void> {
    let isSame = true;
    for (const name of this.#sealed.keys()) {
      const file = await identityOf(join(this.#tables, name));
      if (file !== undefined && file === this.#read.get(name)?.file) continue;
      this.#sealed.delete(name);
      isSame = false;
    }
    if (!isSame) await this.#save();
  }

  /** Seals the tables that are there now. The caller has the store open and found it sound. */
  async seal(): Promise<void> {
    const names = await this.#names();
    let isSame = names.length === this.#sealed.size;
    for (const name of names) {
      if (this.#sealed.has(name)) continue;
      const digest = await this.#digestOf(name);
      if (digest !== undefined) this.#sealed.set(name, digest);
      isSame = false;
    }
    for (const name of this.#sealed.keys()) if (!names.includes(name)) this.#sealed.delete(name);
    if (!isSame) await this.#save();
  }

  async #checkTable(name: string, expected: Sha256): Promise<void> {
    const path = join(this.#tables, name);
    const digest = await this.#digestOf(name, { whole: false });
    // Gone meanwhile: whoever has the store open merged it into another.
    if (digest !== undefined && digest !== expected)
      throw new TofuError("store-damaged", `the store is damaged: ${escapeText(path)} is not as it was written`);
  }

  /** @returns the digest as {@link readTable}; what was read before and is the same file is not read again. */
  async #digestOf(name: string, how?: { readonly whole: boolean }): Promise<Sha256 | undefined> {
    const path = join(this.#tables, name);
    const before = this.#read.get(name);
    if (before !== undefined && before.file === (await identityOf(path))) return before.digest;
    const found = await readTable(path, how);
    if (found === undefined) this.#read.delete(name);
    else this.#read.set(name, found);
    return found?.digest;
  }

  async #load(): Promise<void> {
    this.#sealed.clear();
    let text: string;
    try {
      text = await readFile(join(this.#folder, SEALS_FILE), "latin1");
    } catch (cause) {
      // No seals: every table is a stranger, and all of the store is read.
      if (isNodeError(cause, "ENOENT")) return;
      throw cause;
    }
    const lines = text.slice(text.indexOf("\n") + 1);
    if (!text.startsWith(`${sha256(lines)}\n`)) return;
    for (const line of lines.split("\n")) {
      const [, hex = "", name = ""] = SEAL.exec(line) ?? [];
      const digest = parseSha256(hex);
      if (digest.ok) this.#sealed.set(name, digest.value);
    }
  }

  async #save(): Promise<void> {
    const lines = [...this.#sealed].map(([name, digest]) => `${digest} ${name}\n`).join("");
    const path = join(this.#folder, SEALS_FILE);
    try {
      // Not flushed: seals that a power cut takes are made again after reading everything.
      await writeFile(`${path}.new`, `${sha256(lines)}\n${lines}`, { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (cause) {
      // A full disk, for one: the tables stay strangers until the next time.
      if (!isNodeError(cause)) throw cause;
      this.#sealed.clear();
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#tables)).filter((name) => TABLE.test(name)).sort();
    } catch (cause) {
      if (isNodeError(cause, "ENOENT")) return [];
      throw cause;
    }
  }
}

/** @returns the digest, `undefined` for a table that is gone, or (where asked for whole ones) is still being written. */
async function readTable(
  path: string,
  { whole }: { readonly whole: boolean } = { whole: true },
): Promise<ReadTable | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    if (isNodeError(cause, "ENOENT")) return undefined;
    throw cause;
  }
  try {
    const file = identity(await handle.stat({ bigint: true }));
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let tail = Buffer.alloc(0);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) break;
      const read = buffer.subarray(0, bytesRead);
      hash.update(read);
      tail = Buffer.concat([tail, read.subarray(-MAGIC.length)]).subarray(-MAGIC.length);
    }
    if (whole && !tail.equals(MAGIC)) return undefined;
    const digest = parseSha256(hash.digest("hex"));
    return digest.ok ? { digest: digest.value, file } : undefined;
  } finally {
    await handle.close();
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    return identity(await stat(path, { bigint: true }));
  } catch (cause) {
    if (isNodeError(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

/** The number of a file that is gone is soon another's; its time of change is not. */
function identity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
