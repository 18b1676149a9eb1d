import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { ByteSource } from "./byte-source.ts";
import {
  codeOf,
  kindOf,
  openingFlags,
  SMALL_FILE_BYTES,
  type SmallFile,
  type SmallFileRead,
  sameState,
} from "./small-file.ts";

/** Bytes read at once; two such blocks are in memory, whatever the size of the file. */
const BLOCK_BYTES = 1 << 20;

/** A regular file, opened once: everything that is read comes from one descriptor, so the name may change hands. */
export interface ArtifactFile extends ByteSource {
  readonly path: string;
  /** Bytes, when it was opened. */
  readonly size: number;
  /**
   * Reads the whole file from its start. The next block is on its way while `onChunk` works on the last.
   *
   * @throws TofuError `file-changing` if the file is not what it was when it was opened; open it again to try again.
   */
  readonly read: (
    onChunk: (bytes: Uint8Array) => void,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ) => Promise<void>;
  /** As `read`, for a consumer that must not be hurried: a block is valid until the next one is asked for. */
  readonly blocks: () => AsyncIterable<Uint8Array>;
  /**
   * Lets somebody else read the whole file by its descriptor, with positional reads only.
   *
   * @param reading - returns what came of it, and how many bytes there were.
   * @throws TofuError as {@link read}, and what `reading` throws; an error of the system means an unreadable file.
   */
  readonly hand: <T>(
    reading: (descriptor: number, size: number) => Promise<{ readonly value: T; readonly bytes: number }>,
  ) => Promise<T>;
  /** @returns the first bytes, fewer where the file is shorter. */
  readonly head: (bytes: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** A file is larger than its reader takes; a signature or key file that is, holds none. */
export class FileTooLarge extends TofuError {
  readonly size: number;
  readonly maxBytes: number;

  constructor(path: string, size: number, maxBytes: number) {
    super("file-unreadable", `${printablePath(path)} has ${size} bytes, more than the ${maxBytes} that are read`);
    this.size = size;
    this.maxBytes = maxBytes;
  }
}

/** How a file is opened. */
export interface Opening {
  /** `false` refuses a link as the last part of the path: for paths that nobody named by hand. */
  readonly followLinks: boolean;
  /** Who reads small files whole; absent: they are read like large ones. */
  readonly readSmall?: ReadSmall | undefined;
}

/** Reads a small file whole, and looks no further at a larger one. @throws TofuError where nothing comes of it. */
export type ReadSmall = (path: string, followLinks: boolean) => Promise<SmallFile>;

/**
 * Opens a file for judging. Only regular files are read; a FIFO or device is told without waiting for it.
 *
 * @throws TofuError `file-missing`, `file-unreadable` or `file-not-regular`, each naming the file and what to do; and
 * `file-changing` where a small one changed while it was read.
 */
export async function openArtifact(path: string, options: Opening = { followLinks: true }): Promise<ArtifactFile> {
  const small = await options.readSmall?.(path, options.followLinks);
  if (small !== undefined && small.kind !== "larger") return fileInMemory(path, wholeOf(path, small, options));
  const handle = await openHandle(path, options);
  try {
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw notRegular(path, kindOf(opened));
    return artifactFile(path, handle, opened);
  } catch (error) {
    await handle.close();
    throw error instanceof TofuError ? error : unreadable(path, error);
  }
}

/**
 * Reads a small file from outside whole, with the checks of {@link openArtifact}.
 *
 * @param maxBytes - nothing of a larger file is read.
 * @throws FileTooLarge over the cap, and what {@link openArtifact} throws.
 */
export async function readBounded(path: string, maxBytes: number, readSmall?: ReadSmall): Promise<Uint8Array> {
  const file = await openArtifact(path, { followLinks: true, readSmall });
  try {
    if (file.size > maxBytes) throw new FileTooLarge(path, file.size, maxBytes);
    const whole = new Uint8Array(file.size);
    let filled = 0;
    await file.read((bytes) => {
      whole.set(bytes, filled);
      filled += bytes.length;
    });
    return whole;
  } finally {
    await file.close();
  }
}

/** @returns the bytes of a small file. @throws TofuError as reading it block by block would. */
function wholeOf(path: string, small: SmallFileRead, options: Opening): Uint8Array {
  switch (small.kind) {
    case "whole":
      return small.bytes;
    case "not-regular":
      throw notRegular(path, small.is);
    case "changing":
      throw changing(path);
    case "failed": {
      const error = Object.assign(new Error(small.code), { code: small.code });
      throw small.opening ? openingFault(path, error, options) : unreadable(path, error);
    }
  }
}

/** A file that was read and closed: what it holds can't change any more. */
function fileInMemory(path: string, bytes: Uint8Array): ArtifactFile {
  const size = bytes.length;
  return {
    path,
    size,
    blocks: () => oneBlock(Promise.resolve(bytes)),
    read: async (onChunk) => {
      if (size > 0) onChunk(bytes);
    },
    hand: () => Promise.reject(new TofuError("internal", "a small file is handed to nobody")),
    head: async (wanted) => bytes.subarray(0, wanted),
    close: async () => undefined,
  };
}

function artifactFile(path: string, handle: FileHandle, opened: BigIntStats): ArtifactFile {
  const size = Number(opened.size);
  let kept: Promise<Uint8Array> | undefined;
  const whole = (): Promise<Uint8Array> => {
    kept ??= readWhole(path, handle, opened);
    return kept;
  };
  const isSmall = size < SMALL_FILE_BYTES;
  const blocks = (): AsyncGenerator<Uint8Array, void, undefined> =>
    isSmall ? oneBlock(whole()) : readBlocks(path, handle, opened);
  return {
    path,
    size,
    blocks,
    read: async (onChunk, onProgress) => {
      let done = 0;
      for await (const block of blocks()) {
        onChunk(block);
        done += block.length;
        // Of a small file there is nothing to tell before the answer.
        if (!isSmall) onProgress?.(done, size);
      }
    },
    hand: async (reading) => {
      const { value, bytes } = await readable(path, reading(handle.fd, size));
      if (bytes !== size || !sameState(opened, await readable(path, handle.stat({ bigint: true }))))
        throw changing(path);
      return value;
    },
    head: async (bytes) =>
      kept === undefined ? await readHead(path, handle, Math.min(bytes, size)) : (await kept).subarray(0, bytes),
    close: () => handle.close(),
  };
}

/** A small file in one piece; that it has grown since, its state tells. */
async function readWhole(path: string, handle: FileHandle, opened: BigIntStats): Promise<Uint8Array> {
  const size = Number(opened.size);
  const bytes = await readHead(path, handle, size);
  if (bytes.length !== size || !sameState(opened, await readable(path, handle.stat({ bigint: true }))))
    throw changing(path);
  return bytes;
}

async function* oneBlock(whole: Promise<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await whole;
  if (bytes.length > 0) yield bytes;
}

/** Positional reads only, so that several readings of one descriptor never disturb each other. */
async function* readBlocks(
  path: string,
  handle: FileHandle,
  opened: BigIntStats,
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = Number(opened.size);
  const blockBytes = Math.min(BLOCK_BYTES, size + 1);
  const readAt = (buffer: Buffer, position: number): Promise<{ bytesRead: number; buffer: Buffer }> =>
    handle.read(buffer, 0, buffer.length, position);
  let spare: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  let done = 0;
  let pending = readAt(Buffer.allocUnsafeSlow(blockBytes), 0);
  try {
    while (true) {
      const { bytesRead, buffer } = await readable(path, pending);
      if (bytesRead === 0) break;
      done += bytesRead;
      // A file that grows is changing: without this a writer could keep us reading for ever.
      if (done > size) throw changing(path);
      pending = readAt(spare, done);
      yield buffer.subarray(0, bytesRead);
      spare = buffer;
    }
    if (done !== size || !sameState(opened, await readable(path, handle.stat({ bigint: true })))) throw changing(path);
  } finally {
    // The kernel still writes into the other block where the consumer gave up.
    await Promise.allSettled([pending]);
  }
}

async function readHead(path: string, handle: FileHandle, bytes: number): Promise<Uint8Array> {
  const head = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await readable(path, handle.read(head, filled, bytes - filled, filled));
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return head.subarray(0, filled);
}

async function openHandle(path: string, options: Opening): Promise<FileHandle> {
  try {
    return await open(path, openingFlags(options.followLinks));
  } catch (error) {
    throw openingFault(path, error, options);
  }
}

function openingFault(path: string, error: unknown, options: Opening): TofuError {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
    case "ERR_INVALID_ARG_VALUE":
      return new TofuError("file-missing", `there is no file ${printablePath(path)}; check the path`, { cause: error });
    case "ENXIO":
    case "ENODEV":
      return notRegular(path, "a socket or a device that is not there");
    case "ELOOP":
      return options.followLinks ? unreadable(path, error) : notRegular(path, "a link");
    default:
      return unreadable(path, error);
  }
}

function notRegular(path: string, kind: string): TofuError {
  return new TofuError("file-not-regular", `${printablePath(path)} is ${kind}; name a regular file`);
}

function changing(path: string): TofuError {
  const sentence = `${printablePath(path)} changed while it was read; wait until it is complete, then verify it again`;
  return new TofuError("file-changing", sentence);
}

function unreadable(path: string, cause: unknown): TofuError {
  const code = codeOf(cause);
  const remedy =
    code === "EACCES" || code === "EPERM"
      ? "may not be read by this user; check its permissions and those of its folder"
      : `could not be read (${code}); check the disk, then try again`;
  return new TofuError("file-unreadable", `${printablePath(path)} ${remedy}`, { cause });
}

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof TofuError ? error : unreadable(path, error);
  }
}
