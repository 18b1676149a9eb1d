import { basename, join } from "node:path";
import { readCertificateFile } from "../certificates/certificate-file.ts";
import type { RawCertificate } from "../certificates/keyring-walk.ts";
import { shortName } from "../core/package-name.ts";
import { TofuError } from "../core/tofu-error.ts";
import { namedCertificates } from "./named-keys.ts";
import { isNameOf, lastName } from "./package-word.ts";
import { type Asking, type Said, silent, type Witness } from "./witness.ts";

/** Where a Debian source package keeps its upstream's keys (uscan(1)), the newer name first. */
const INSIDE_PACKAGE = ["debian/upstream/signing-key.asc", "debian/upstream/signing-key.pgp"] as const;
const SUFFIXES = [".asc", ".gpg", ".pgp"] as const;

/**
 * A folder of the keys that a distribution's packagers keep: `NAME.asc`, `NAME/debian/upstream/signing-key.asc`, or an
 * unpacked source package itself. All such folders are one controller.
 */
export function distributionWitnesses(folders: readonly string[], asking: Asking): readonly Witness[] {
  return folders.map((folder) => ({
    kind: "debian-keyring",
    source: basename(folder),
    controller: { kind: "distribution" },
    reach: "machine",
    ask: () => askFolder(folder, asking),
  }));
}

async function askFolder(folder: string, { package: name, version }: Asking): Promise<Said> {
  for (const path of placesIn(folder, lastName(name), { version, whole: shortName(name) })) {
    const certificates = await readQuietly(path);
    if (certificates !== undefined)
      return { ...(await namedCertificates(certificates, { by: "listing" })), source: basename(path) };
  }
  return silent("no-key");
}

function placesIn(
  folder: string,
  word: string,
  { version, whole }: { readonly version: string | undefined; readonly whole: string },
): readonly string[] {
  const own = basename(folder);
  const isPackage = isNameOf(own, word) || isNameOf(own.replace(/[-_]\d[^/]*$/, ""), word);
  const names = [...new Set([word, whole.replaceAll("/", "-").replace("@", "")])];
  const folders = names.flatMap((name) => [name, ...(version === undefined ? [] : [`${name}-${version}`])]);
  return [
    ...(isPackage ? INSIDE_PACKAGE.map((path) => join(folder, path)) : []),
    ...folders.flatMap((name) => INSIDE_PACKAGE.map((path) => join(folder, name, path))),
    ...names.flatMap((name) => SUFFIXES.map((suffix) => join(folder, `${name}${suffix}`))),
  ];
}

/** @returns `undefined` where there is no such file: most of the places have none. */
async function readQuietly(path: string): Promise<readonly RawCertificate[] | undefined> {
  try {
    return (await readCertificateFile(path)).certificates;
  } catch (error) {
    if (error instanceof TofuError && error.code === "file-missing") return undefined;
    throw error;
  }
}
