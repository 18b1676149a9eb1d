import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ArtifactFile } from "./artifact-file.ts";
import type { ByteSource } from "./byte-source.ts";

/** No release unpacks to more; what does is meant to keep us busy. */
const MAX_UNPACKED_BYTES = 64 * 2 ** 30;

/** Up to here any ratio is taken: a small archive of zeros is no attack. */
const FREE_BYTES = 64 * 2 ** 20;

/** Unpacked to packed size beyond that. Sources pack about 10:1. */
const MAX_RATIO = 1000;

/** The program that unpacks this is not installed: the answer is "unsupported", and names it. */
export class UnpackUnsupported extends Error {
  readonly program: string;

  constructor(program: string, cause: unknown) {
    super(`the program ${program} is needed to unpack this file and could not be started`, { cause });
    this.name = "UnpackUnsupported";
    this.program = program;
  }
}

/** What is packed is cut short, damaged, or unpacks to more than is read. */
export class UnpackFailed extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "UnpackFailed";
  }
}

/** A running unpacker: bytes in, bytes out. `ended` settles when nothing more will come and nothing is left behind. */
interface Unpacker {
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

interface Packing {
  readonly magic: readonly number[];
  readonly start: () => Unpacker;
}

/** By what a file begins with, not by its name. Memory limits keep an archive from asking for its window in gigabytes. */
const PACKINGS: readonly Packing[] = [
  { magic: [0x1f, 0x8b], start: startGunzip },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    start: () => startProgram("xz", ["--format=xz", "--memlimit-decompress=256MiB", "-T1", "-qdc"]),
  },
  { magic: [0x42, 0x5a, 0x68], start: () => startProgram("bzip2", ["-qdc"]) },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], start: () => startProgram("zstd", ["--memory=256MB", "-qdc"]) },
];

/**
 * The bytes inside a packed file, streamed from its one open descriptor: no other file of that name can slip in between.
 *
 * @returns a source, each reading of which unpacks again; `undefined` if the file is not packed by gzip, xz, bzip2 or
 * zstd. Its `read` throws {@link UnpackUnsupported}, {@link UnpackFailed}, and what reading the file throws.
 */
export async function openUnpacked(file: ArtifactFile): Promise<ByteSource | undefined> {
  const head = await file.head(Math.max(...PACKINGS.map(({ magic }) => magic.length)));
  const packing = PACKINGS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  return packing === undefined ? undefined : { read: (onChunk) => unpack(file, packing.start(), onChunk) };
}

async function unpack(file: ArtifactFile, unpacker: Unpacker, onChunk: (bytes: Uint8Array) => void): Promise<void> {
  const most = Math.min(MAX_UNPACKED_BYTES, Math.max(FREE_BYTES, file.size * MAX_RATIO));
  const stopping = new AbortController();
  // The first reason stands; what the unpacker says about being stopped is no news.
  const stop = (reason: unknown): void => {
    stopping.abort(reason);
    unpacker.stop();
  };
  let done = 0;
  unpacker.output.on("data", (bytes: Uint8Array) => {
    if (stopping.signal.aborted) return;
    done += bytes.length;
    try {
      if (done > most) throw new UnpackFailed(`it unpacks to more than ${most} bytes`);
      onChunk(bytes);
    } catch (error) {
      stop(error);
    }
  });
  const feeding = feed(file, unpacker.input, stopping.signal).catch(stop);
  await Promise.all([feeding, unpacker.ended.catch(stop)]);
  stopping.signal.throwIfAborted();
}

/** One block at a time, so that a slow unpacker never makes a queue. */
async function feed(file: ArtifactFile, input: Writable, stopped: AbortSignal): Promise<void> {
  let isOpen = true;
  for await (const block of file.blocks()) {
    if (stopped.aborted) return;
    // An unpacker may end before its input does; the file is read on to see that it stays as it was.
    if (isOpen) isOpen = await isWritten(input, block);
  }
  input.end();
}

/** A stream that breaks never calls back for the write it was at; it does close. */
function isWritten(input: Writable, block: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const broken = (): void => resolve(false);
    input.once("close", broken);
    input.write(block, (error) => {
      input.off("close", broken);
      resolve(error === null || error === undefined);
    });
  });
}

function startGunzip(): Unpacker {
  const gunzip = createGunzip();
  const ended = new Promise<void>((resolve, reject) => {
    gunzip.once("error", (cause) => reject(new UnpackFailed(`gzip: ${cause.message}`, { cause })));
    gunzip.once("close", resolve);
  });
  return { input: gunzip, output: gunzip, ended, stop: () => gunzip.destroy() };
}

/** No shell, no environment but what finding the program takes: XZ_OPT and its like would change what it does. */
function startProgram(program: string, args: readonly string[]): Unpacker {
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C" };
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], env });
  // A child that ended closes its input under us; `close` tells how it ended.
  child.stdin.on("error", () => child.stdin.destroy());
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause) => reject(new UnpackUnsupported(program, cause)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new UnpackFailed(`${program} ended with ${code === null ? signal : `exit ${code}`}`));
    });
  });
  const stop = (): void => {
    child.kill("SIGKILL");
    child.stdin.destroy();
  };
  return { input: child.stdin, output: child.stdout, ended, stop };
}
