import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
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

/**
 * Digests of LevelDB's tables. LevelDB doesn't look at its own checksums when it reads them, and a flipped bit there
 * loses entries without a word, or ends the process when the table is next merged. Finished tables never change and
 * their names never come again, so a digest taken once stays right.
 */
export class TableSeals {
  readonly #folder: string;
  readonly #tables: string;
  readonly #sealed = new Map<string, Sha256>();
  /** Tables whose digest was found right, so that waiting for the store's lock reads none twice. */
  readonly #checked = new Set<string>();

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
      if (expected === undefined) hasStrangers ||= (await digestOfTable(join(this.#tables, name))) !== undefined;
      else if (!this.#checked.has(name)) await this.#checkTable(name, expected);
    }
    return { hasStrangers };
  }

  /** Seals the tables that are there now. The caller has the store open and found it sound. */
  async seal(): Promise<void> {
    const names = await this.#names();
    let isSame = names.length === this.#sealed.size;
    for (const name of names) {
      if (this.#sealed.has(name)) continue;
      const digest = await digestOfTable(join(this.#tables, name));
      if (digest !== undefined) this.#sealed.set(name, digest);
      isSame = false;
    }
    for (const name of this.#sealed.keys()) if (!names.includes(name)) this.#sealed.delete(name);
    if (!isSame) await this.#save();
  }

  async #checkTable(name: string, expected: Sha256): Promise<void> {
    const path = join(this.#tables, name);
    const digest = await digestOfTable(path, { whole: false });
    // Gone meanwhile: whoever has the store open merged it into another.
    if (digest === undefined) return;
    if (digest !== expected)
      throw new TofuError("store-damaged", `the store is damaged: ${escapeText(path)} is not as it was written`);
    this.#checked.add(name);
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
async function digestOfTable(
  path: string,
  { whole = true }: { readonly whole?: boolean } = {},
): Promise<Sha256 | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    if (isNodeError(cause, "ENOENT")) return undefined;
    throw cause;
  }
  try {
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
    return digest.ok ? digest.value : undefined;
  } finally {
    await handle.close();
  }
}
