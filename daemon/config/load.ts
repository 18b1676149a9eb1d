import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { printablePath } from "../core/printable.ts";
import type { Result } from "../core/result.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { rootOwner } from "../root-owner.ts";
import { type Config, layer, NO_CONFIG, parseConfig, parsePolicyFile } from "./config.ts";
import { type ConfigProblem, formatConfigProblem } from "./problem.ts";
import { MAX_CONFIG_BYTES } from "./toml-document.ts";

/** Where an administrator's settings lie, below every user's. */
export const SYSTEM_CONFIG = "/etc/tofu/config.toml";

export interface ConfigFiles {
  readonly system: string;
  readonly user: string;
  /** The user's file was named by hand: it must exist, and it may belong to anyone. */
  readonly named: boolean;
}

/**
 * Reads both layers of the configuration. A file that is not there sets nothing, unless it was named by hand.
 *
 * @throws UsageError naming file, line and key, or whoever else may write the file; TofuError `config` if it is there
 * and can't be read.
 */
export async function loadConfig({ system, user, named }: ConfigFiles): Promise<Config> {
  const below = await loadOwn(system);
  return layer(below, named ? await loadNamed(user, parseConfig) : await loadOwn(user));
}

/**
 * Reads the file of `--policy`.
 *
 * @throws as {@link loadConfig}; a missing file is wrong use.
 */
export async function loadPolicy(file: string): Promise<Config> {
  return loadNamed(file, parsePolicyFile);
}

type Parser = (text: string, file: string) => Result<Config, ConfigProblem>;

async function loadOwn(file: string): Promise<Config> {
  return (await withFile(file, assertOurs, parseConfig)) ?? NO_CONFIG;
}

async function loadNamed(file: string, parse: Parser): Promise<Config> {
  const config = await withFile(file, () => undefined, parse);
  if (config === undefined) throw new UsageError(`there is no file ${printablePath(file, 120)}`);
  return config;
}

/** Whoever can write here sets the policy. A group may: many systems give each user one of their own. */
function assertOurs(file: string, { uid, mode }: Stats): void {
  const self = process.getuid?.() ?? uid;
  if ((uid === self || uid === rootOwner()) && (mode & 0o002) === 0) return;
  throw new UsageError(`${printablePath(file, 120)} can be written by another user; chown it and chmod it to 0600`);
}

async function withFile(
  file: string,
  check: (file: string, stats: Stats) => void,
  parse: Parser,
): Promise<Config | undefined> {
  const handle = await openConfig(file);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new UsageError(`${printablePath(file, 120)} is not a regular file`);
    check(file, stats);
    return parsed(await readConfig(handle, file), file, parse);
  } finally {
    await handle.close();
  }
}

function parsed(text: string, file: string, parse: Parser): Config {
  const config = parse(text, file);
  if (!config.ok) throw new UsageError(formatConfigProblem(config.error));
  return config.value;
}

/** Opened without waiting for a writer, should it be a pipe. */
async function openConfig(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TofuError("config", `${printablePath(file, 120)} can't be read (${code})`, { cause });
  }
}

async function readConfig(handle: FileHandle, file: string): Promise<string> {
  const buffer = Buffer.alloc(MAX_CONFIG_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
  }
  // The parser says that it is too long; what is in it doesn't matter then.
  if (length > MAX_CONFIG_BYTES) return buffer.toString("latin1");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
  } catch {
    throw new UsageError(`${printablePath(file, 120)} is not UTF-8 text`);
  }
}
