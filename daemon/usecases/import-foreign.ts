import { type Dirent, readdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { findCertificates } from "../certificates/certificate-file.ts";
import { exportAllFromGpg } from "../certificates/gpg-keyring.ts";
import type { RawCertificate } from "../certificates/keyring-walk.ts";
import { type PackageName, parsePackageName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import type { Result } from "../core/result.ts";
import { plural } from "../core/sentence.ts";
import { openpgpSigner } from "../core/signer.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { sha256OfBytes } from "../evidence/digest-lanes.ts";
import type { ForeignError, ForeignPins } from "../pinfile/foreign/foreign.ts";
import { readGradle } from "../pinfile/foreign/gradle.ts";
import { packageOfDebianControl, packageOfKeyFile, pinsOfKeys } from "../pinfile/foreign/keys.ts";
import { readMakepkg } from "../pinfile/foreign/makepkg.ts";
import type { CertificateRow, PackageRows, PinFile, SignerRow } from "../pinfile/pin-file.ts";
import type { ForeignKind, PinFileRequest } from "../protocol/pin-file-requests.ts";
import { type PinFileAnswer, readWhole } from "./import-file.ts";
import { resolvePackage } from "./names.ts";
import type { TofuWorld } from "./world.ts";

/** A large distribution's keyring has 28 MB. */
const MAX_FOREIGN_BYTES = 64 << 20;
/** Key files in one folder. */
const MAX_KEY_FILES = 10_000;
const MAX_NOTES = 50;

type ForeignRequest = Omit<PinFileRequest, "from"> & { readonly from: ForeignKind };

/** Pins that another tool keeps, and the certificates that lie with them. */
interface Found extends ForeignPins {
  readonly certificates: readonly RawCertificate[];
  readonly bytes: Uint8Array;
}

/**
 * Reads pins that people keep for another tool, as an unsigned pin file: such files are signed by nobody whom tofu could
 * ask. What can't be a pin is told.
 *
 * @throws UsageError for a file that is none of that kind, or keys of a package that nobody named.
 */
export async function readForeignPins(world: TofuWorld, request: ForeignRequest): Promise<PinFileAnswer> {
  const { pins, artifacts, passedOver, certificates, bytes } = await readKind(world, request);
  const packages = new Map<PackageName, PackageRows>();
  const rowsOf = (name: PackageName): PackageRows => packages.get(name) ?? { ...NOTHING, name };
  for (const { package: name, signer } of pins) {
    const rows = rowsOf(name);
    packages.set(name, { ...rows, signers: [...rows.signers, { ...PINNED, signer }] });
  }
  for (const { package: name, row } of artifacts) {
    // Digests alone pin nobody; they go with the keys of their package.
    const rows = packages.get(name);
    if (rows !== undefined) packages.set(name, { ...rows, artifacts: [...rows.artifacts, row] });
  }
  if (packages.size === 0) throw new UsageError(`${escapeText(request.label)} pins nobody`, notesOf(passedOver)[0]);
  const file: PinFile = {
    header: undefined,
    distrusted: [],
    packages: [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    certificates: rowsOfCertificates(certificates),
  };
  const { label } = request;
  const read = { pins: file, file: sha256OfBytes(bytes), label, trust: { kind: "unsigned" as const } };
  return { kind: "read", read: { ...read, notes: notesOf(passedOver) } };
}

const NOTHING: Omit<PackageRows, "name"> = {
  signers: [],
  policy: undefined,
  chain: undefined,
  statements: [],
  artifacts: [],
};

/** Other tools say who may sign, and nothing of handing over: whoever is pinned first may, as after a first use. */
const PINNED: Omit<SignerRow, "signer"> = {
  standing: { kind: "active" },
  roles: new Set(["release", "handover"]),
  basis: undefined,
  first: undefined,
  last: undefined,
  releases: undefined,
  days: undefined,
  until: undefined,
  extras: [],
};

async function readKind(world: TofuWorld, request: ForeignRequest): Promise<Found> {
  const { file, from } = request;
  const given = request.package === undefined ? undefined : await packageGiven(world, request.package);
  switch (from) {
    case "gradle":
      return await fromText(request, readGradle);
    case "makepkg":
      return await fromText(request, (text) => readMakepkg(text, given));
    case "debian":
      return await fromKeys(request, given ?? (await debianPackage(file)));
    case "apache-keys":
      return await fromKeys(request, given);
    case "keys":
      return isFolder(file)
        ? await fromFolder(request)
        : await fromKeys(request, given ?? packageOfKeyFile(file.slice(dirname(file).length + 1)));
    case "gnupg":
      return isFolder(file) ? fromBytes(request, given, await exportAllFromGpg(file)) : await fromKeys(request, given);
  }
}

async function packageGiven(world: TofuWorld, text: string): Promise<PackageName> {
  const parsed = parsePackageName(text);
  return parsed.ok ? parsed.value : await resolvePackage(world, text);
}

async function fromText(
  { file, label }: ForeignRequest,
  read: (text: string) => Result<ForeignPins, ForeignError>,
): Promise<Found> {
  const bytes = await readWhole(file, MAX_FOREIGN_BYTES);
  const parsed = read(Buffer.from(bytes).toString("utf8"));
  if (!parsed.ok) throw new UsageError(`${escapeText(label)}, line ${parsed.error.line}: ${parsed.error.what}`);
  return { ...parsed.value, certificates: [], bytes };
}

async function fromKeys(request: ForeignRequest, name: PackageName | undefined): Promise<Found> {
  return fromBytes(request, name, await readWhole(request.file, MAX_FOREIGN_BYTES));
}

function fromBytes({ label }: ForeignRequest, name: PackageName | undefined, bytes: Uint8Array): Found {
  if (name === undefined)
    throw new UsageError(`${escapeText(label)} does not say whose keys they are`, "name the package with --package");
  const { certificates, notes } = findCertificates(bytes);
  if (certificates.length === 0) throw new UsageError(`${escapeText(label)} holds no certificate`, notes[0]);
  return { ...pinsOfKeys(name, primariesOf(certificates)), certificates, bytes };
}

/** A file of a folder of keys is named after its package; folders below are its namespace. */
async function fromFolder({ file: folder, label }: ForeignRequest): Promise<Found> {
  const found: Found[] = [];
  const passedOver: ForeignPins["passedOver"][number][] = [];
  for (const path of keyFilesIn(folder)) {
    const name = packageOfKeyFile(relative(folder, path));
    const bytes = await readWhole(path, MAX_FOREIGN_BYTES);
    const { certificates } = findCertificates(bytes);
    if (name === undefined || certificates.length === 0) {
      passedOver.push({
        line: 1,
        what: `${escapeText(relative(folder, path))}: ${name === undefined ? "no package" : "no certificate"}`,
      });
      continue;
    }
    found.push({ ...pinsOfKeys(name, primariesOf(certificates)), certificates, bytes });
  }
  if (found.length === 0) throw new UsageError(`${escapeText(label)} holds no key file`);
  return {
    pins: found.flatMap(({ pins }) => pins),
    artifacts: [],
    passedOver,
    certificates: found.flatMap(({ certificates }) => certificates),
    bytes: new Uint8Array(Buffer.concat(found.map(({ bytes }) => bytes))),
  };
}

function keyFilesIn(folder: string): readonly string[] {
  const entries: readonly Dirent[] = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > MAX_KEY_FILES) throw new UsageError(`${escapeText(folder)} has more than ${MAX_KEY_FILES} files`);
  return files.sort();
}

/** `debian/upstream/signing-key.asc` lies two folders below `debian/control`. */
async function debianPackage(file: string): Promise<PackageName | undefined> {
  try {
    const control = await readWhole(join(dirname(dirname(file)), "control"), MAX_FOREIGN_BYTES);
    return packageOfDebianControl(Buffer.from(control).toString("utf8"));
  } catch (error) {
    if (error instanceof TofuError && error.code === "file-missing") return undefined;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function primariesOf(certificates: readonly RawCertificate[]): readonly RawCertificate["primary"][] {
  return [...new Set(certificates.map(({ primary }) => primary))];
}

function rowsOfCertificates(certificates: readonly RawCertificate[]): readonly CertificateRow[] {
  const rows = new Map<string, CertificateRow>();
  for (const { primary, bytes } of certificates) {
    const signer = openpgpSigner(primary);
    const before = rows.get(signer);
    // Copies of one certificate add up; the merge sorts them out.
    rows.set(signer, {
      signer,
      bytes: before === undefined ? bytes : new Uint8Array(Buffer.concat([before.bytes, bytes])),
    });
  }
  return [...rows.values()];
}

function notesOf(passedOver: ForeignPins["passedOver"]): readonly string[] {
  const told = passedOver.slice(0, MAX_NOTES).map(({ line, what }) => `line ${line} is passed over: ${what}`);
  const more = passedOver.length - told.length;
  return more > 0 ? [...told, `${plural(more, "more line")} passed over`] : told;
}
