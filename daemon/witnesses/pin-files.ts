import { basename } from "node:path";
import type { SignerId } from "../core/signer.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { Controller } from "../core/witness.ts";
import { readBounded } from "../evidence/artifact-file.ts";
import { parsePinFile } from "../pinfile/parse.ts";
import type { PinFile, SignerRow } from "../pinfile/pin-file.ts";
import { type Asking, type Said, silent, type Witness } from "./witness.ts";

/** Some 20,000 lines, which are read in half a second; 100,000 would hold a daemon up for two, and 200 MB with it. */
const MAX_PIN_FILE_BYTES: number = 4 << 20;
const MAX_SIGNATURE_BYTES: number = 256 << 10;
const SIGNATURE_SUFFIXES = [".sig", ".asc"] as const;

/** Says who signed a pin file. */
export type VerifyPinFile = (
  file: Uint8Array,
  signature: Uint8Array,
) => Promise<
  | { readonly kind: "signed"; readonly signers: readonly SignerId[] }
  | { readonly kind: "refused" }
  | { readonly kind: "unchecked" }
>;

/** Colleagues' pin files: what others saw, on other ways and other days. */
export function pinFileWitnesses(paths: readonly string[], asking: Asking, verify: VerifyPinFile): readonly Witness[] {
  return paths.map((path) => ({
    kind: "pin-file",
    source: basename(path),
    controller: { kind: "unsigned-files" },
    reach: "machine",
    ask: () => askFile(path, asking, verify),
  }));
}

async function askFile(path: string, asking: Asking, verify: VerifyPinFile): Promise<Said> {
  const bytes = await readBounded(path, MAX_PIN_FILE_BYTES);
  const parsed = parsePinFile(bytes);
  if (!parsed.ok) return silent("unusable");
  const controller = await controllerOf(path, bytes, verify);
  const expires = parsed.value.header?.expires;
  if (controller === undefined || (expires !== undefined && expires <= asking.now)) return silent("unusable");
  return { ...saidBy(parsed.value, asking), controller };
}

/** @returns `undefined` where the signature doesn't fit, or isn't one that counts: then nothing of the file does. */
async function controllerOf(path: string, bytes: Uint8Array, verify: VerifyPinFile): Promise<Controller | undefined> {
  for (const suffix of SIGNATURE_SUFFIXES) {
    const signature = await readQuietly(`${path}${suffix}`);
    if (signature === undefined) continue;
    const verified = await verify(bytes, signature);
    const [signer] = verified.kind === "signed" ? [...verified.signers].sort() : [];
    if (signer !== undefined) return { kind: "file-signer", signer };
    if (verified.kind === "refused") return undefined;
  }
  return { kind: "unsigned-files" };
}

async function readQuietly(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(path, MAX_SIGNATURE_BYTES);
  } catch (error) {
    if (error instanceof TofuError && error.code === "file-missing") return undefined;
    throw error;
  }
}

function saidBy(file: PinFile, { package: name }: Asking): Said {
  const rows = file.packages.find((one) => one.name === name)?.signers ?? [];
  const names = rows
    .filter(({ standing, roles }) => standing.kind === "active" && roles.has("release"))
    .map(({ signer, first }) => ({ signer, by: "listing" as const, firstSeen: first }));
  const against = [...file.distrusted, ...rows].filter(isWarning).map(({ signer }) => signer);
  return names.length === 0 ? { names, against, silence: "not-listed" } : { names, against };
}

function isWarning({ standing }: SignerRow): boolean {
  return standing.kind === "revoked" || standing.kind === "distrusted";
}
