import { basename } from "node:path";
import type { ImportTrust } from "../core/import.ts";
import { mayBeRead } from "../core/import.ts";
import { escapeText } from "../core/printable.ts";
import { shortSigner } from "../core/sentence.ts";
import type { Sha256 } from "../core/sha256.ts";
import { formatDate } from "../core/time.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { FileTooLarge, readBounded } from "../evidence/artifact-file.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import { MAX_PIN_FILE_BYTES } from "../pinfile/lines.ts";
import { parsePinFile } from "../pinfile/parse.ts";
import type { PinFile } from "../pinfile/pin-file.ts";
import type { PinFileRequest } from "../protocol/pin-file-requests.ts";
import { certificateSources } from "./known.ts";
import { verifyPinFileSignature } from "./pin-file-signature.ts";
import type { Recorded } from "./recorded.ts";
import type { TofuWorld } from "./world.ts";

/** A pin file that may be looked at: read whole, and whose word it is. */
export interface ReadPinFile {
  readonly pins: PinFile;
  readonly file: Sha256;
  readonly label: string;
  readonly trust: ImportTrust;
  /** What else there is to tell of it, a sentence each. */
  readonly notes: readonly string[];
}

/** A file that nothing may be taken from. */
export type PinFileAnswer =
  | { readonly kind: "read"; readonly read: ReadPinFile }
  | { readonly kind: "refused"; readonly why: Recorded };

const MAX_SIGNATURE_BYTES = 64 << 10;
const MAX_LABEL = 255;
const SIGNATURE_ENDINGS = [".sig", ".asc"];

/**
 * Reads a pin file from a path given by hand, or standard input, with its signature beside it.
 *
 * @throws UsageError naming the line of a file that is none; TofuError where it can't be read.
 */
export async function readPinFile(world: TofuWorld, request: PinFileRequest): Promise<PinFileAnswer> {
  const bytes = await readWhole(request.file, MAX_PIN_FILE_BYTES);
  const signed = request.isStdin ? undefined : await findSignature(request.file);
  const word = signed === undefined ? { kind: "unsigned" as const } : await whoSigned(world, request, bytes, signed);
  if (word.kind === "refused") return word;
  const parsed = parsePinFile(bytes);
  if (!parsed.ok)
    throw new UsageError(
      `${escapeText(request.label)}, line ${parsed.error.line}: ${parsed.error.what}`,
      "nothing of the file was taken; see docs/known_keys.md for what a line may say",
    );
  const from = request.isStdin ? "stdin" : "path";
  if (!mayBeRead(word, from)) throw new TofuError("internal", "a file from elsewhere is not read here");
  const read = {
    pins: parsed.value,
    file: sha256OfBytes(bytes),
    label: request.label.slice(0, MAX_LABEL),
    trust: word,
    notes: [],
  };
  const stale = await staleness(world, request, read);
  return stale === undefined ? { kind: "read", read } : { kind: "refused", why: stale };
}

/** @throws UsageError where there is no such file or it is too long. */
export async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readBounded(path, maxBytes);
  } catch (error) {
    if (error instanceof FileTooLarge)
      throw new UsageError(`${escapeText(path)} has more than ${maxBytes} bytes, which no such file has`);
    throw error;
  }
}

async function findSignature(path: string): Promise<Uint8Array | undefined> {
  for (const ending of SIGNATURE_ENDINGS) {
    try {
      return await readBounded(`${path}${ending}`, MAX_SIGNATURE_BYTES);
    } catch (error) {
      if (error instanceof FileTooLarge)
        throw new UsageError(`${escapeText(basename(path))}${ending} is too long for a signature`);
      // Not there: the next name is tried. Anything else that keeps it from being read must not pass for "unsigned".
      if (!(error instanceof TofuError) || error.code !== "file-missing") throw error;
    }
  }
  return undefined;
}

/** Whose word the file is; a signature that does not hold is never taken for none. */
async function whoSigned(
  world: TofuWorld,
  request: PinFileRequest,
  file: Uint8Array,
  signature: Uint8Array,
): Promise<ImportTrust | { readonly kind: "refused"; readonly why: Recorded }> {
  const configured = world.seeds().signers ?? [];
  const { keys, gnupgHome } = request;
  const sources = certificateSources(world, gnupgHome);
  const signed = await verifyPinFileSignature({ file, signature, configured, keys, now: world.now() }, sources);
  const label = escapeText(request.label);
  switch (signed.kind) {
    case "signed": {
      const named = signed.signers.find((signer) => configured.includes(signer));
      const [signer] = signed.signers;
      if (named !== undefined) return { kind: "configured", signer: named };
      return signer === undefined ? { kind: "unsigned" } : { kind: "stranger", signer };
    }
    case "refused": {
      const isBad = signed.code === "bad-signature";
      const what = isBad
        ? `${label} is not what ${shortSigner(signed.signer)} signed`
        : `the signature of ${label} by ${shortSigner(signed.signer)} does not count: ${signed.code.replaceAll("-", " ")}`;
      return { kind: "refused", why: refused(isBad ? 5 : 4, what) };
    }
    case "unchecked": {
      const why = signed.detail === "" ? signed.code : signed.detail;
      const sentence = `the signature of ${label} could not be checked: ${escapeText(why)}`;
      return { kind: "refused", why: { class: "unchecked", exit: 6, sentence, details: [NOTHING] } };
    }
  }
}

const NOTHING = "nothing of the file was taken";

function refused(exit: 4 | 5, sentence: string): Recorded {
  return { class: "refused", exit, sentence, details: [NOTHING] };
}

/** An old file, offered again: expired, below the least serial, or older than one that the same signer sent here. */
async function staleness(
  world: TofuWorld,
  { minSerial, label }: PinFileRequest,
  { pins, trust, file }: Pick<ReadPinFile, "pins" | "trust" | "file">,
): Promise<Recorded | undefined> {
  const { header } = pins;
  const name = escapeText(label);
  if (header?.expires !== undefined && world.now() >= header.expires)
    return refused(4, `${name} expired on ${formatDate(header.expires)}; it seeds nothing new`);
  const has = header?.serial === undefined ? "no serial" : `serial ${header.serial}`;
  const least = Math.max(minSerial ?? 0, world.seeds().minSerial ?? 0);
  const isAsked = minSerial !== undefined || world.seeds().minSerial !== undefined;
  if (isAsked && (header?.serial ?? -1) < least)
    return refused(4, `${name} has ${has}; ${least} or later is asked for here`);
  if (!("signer" in trust)) return undefined;
  const seen = await newestOf(world, trust.signer);
  const serial = header?.serial ?? -1;
  if (seen === undefined || serial > seen.serial || (serial === seen.serial && file === seen.file)) return undefined;
  const which = `${name} has ${has}, and ${shortSigner(trust.signer)} sent serial ${seen.serial} before`;
  return refused(4, serial === seen.serial ? `${which}, with something else in it` : which);
}

/** The newest pin file of a signer that this machine has taken anything from. */
async function newestOf(
  world: TofuWorld,
  signer: string,
): Promise<{ readonly serial: number; readonly file: Sha256 } | undefined> {
  let newest: { readonly serial: number; readonly file: Sha256 } | undefined;
  for (const { body } of await world.journal.read("*")) {
    if (body.kind !== "pin-file" || body.signer !== signer || body.serial === undefined) continue;
    if (newest === undefined || body.serial > newest.serial) newest = { serial: body.serial, file: body.file };
  }
  return newest;
}
