import type { Fingerprint } from "../../core/fingerprint.ts";
import { type PackageName, packageIn, parsePackageName } from "../../core/package-name.ts";
import { openpgpSigner } from "../../core/signer.ts";
import type { CertificateRow, PackageRows } from "../pin-file.ts";
import { type ForeignPins, type ForeignText, releaseKeys, whyNotAnyOf } from "./foreign.ts";

const ARMOR_COLUMNS = 64;
const KEY_FILE = /^(.+?)(?:[-_](?:keyring|keys?|signing-key))?\.(?:asc|gpg|pgp|key|pub)$/i;

/**
 * Files that only hold certificates: `debian/upstream/signing-key.asc`, an Apache `KEYS`, a file of a folder of keys.
 * They don't say what they are for, so the package comes from whoever knows; finding certificates in bytes is the
 * business of `daemon/certificates/`.
 *
 * @param primaries - of the certificates that were found, in the file's order.
 */
export function pinsOfKeys(name: PackageName, primaries: readonly Fingerprint[]): ForeignPins {
  const pins = [...new Set(primaries)].map((primary) => ({ package: name, signer: openpgpSigner(primary) }));
  return { pins, artifacts: [], passedOver: [] };
}

/**
 * @param path - of a key file below a folder of keys: `curl.asc`, `curl-keyring.gpg`, `pypi/sunpy.asc`.
 * @returns the package that it is for by its name, generic where no folder says otherwise; `undefined` where the name is
 * none of a package.
 */
export function packageOfKeyFile(path: string): PackageName | undefined {
  const parts = path.split("/");
  const stem = KEY_FILE.exec(parts.at(-1) ?? "")?.[1];
  if (stem === undefined) return undefined;
  const folders = parts.slice(0, -1);
  const parsed =
    folders.length === 0 ? packageIn("generic", stem) : parsePackageName(`pkg:${[...folders, stem].join("/")}`);
  return parsed.ok ? parsed.value : undefined;
}

/**
 * @param control - of a Debian source package, `debian/control` (deb-src-control(5)).
 * @returns its source package as a generic package: the keys beside it are upstream's.
 */
export function packageOfDebianControl(control: string): PackageName | undefined {
  const source = /^Source:[ \t]*([a-z0-9][a-z0-9+.-]*)[ \t]*$/m.exec(control.slice(0, MAX_CONTROL))?.[1] ?? "";
  const parsed = packageIn("generic", source);
  return parsed.ok ? parsed.value : undefined;
}

const MAX_CONTROL = 1 << 20;

/**
 * @returns `debian/upstream/signing-key.asc`: the certificates of a package's release signers in one armor block, as
 * `gpg --armor --export` writes several (uscan(1) takes a signature by any of them). A package of which one is missing is
 * left out: the others would look like all.
 */
export function formatDebian(rows: PackageRows, certificates: readonly CertificateRow[]): ForeignText {
  const bySigner = new Map(certificates.map(({ signer, bytes }) => [signer, bytes]));
  const keys = releaseKeys(rows);
  const found = keys.flatMap((key) => bySigner.get(openpgpSigner(key)) ?? []);
  const missing = found.length < keys.length ? "the certificate of one of its signers is not at hand" : undefined;
  const why = whyNotAnyOf(rows) ?? missing;
  if (why !== undefined) return { text: "", leftOut: [{ package: rows.name, why }] };
  return { text: armored(Buffer.concat(found)), leftOut: [] };
}

/** RFC 9580 section 6. The checksum is optional there; gpg 2.2 reads no block without it. */
function armored(bytes: Uint8Array): string {
  const lines = inColumns(base64(bytes));
  const checksum = crc24(bytes);
  const tail = `=${base64(Uint8Array.of(checksum >> 16, checksum >> 8, checksum))}`;
  return ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", ...lines, tail, "-----END PGP PUBLIC KEY BLOCK-----", ""].join(
    "\n",
  );
}

function inColumns(text: string): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += ARMOR_COLUMNS) lines.push(text.slice(at, at + ARMOR_COLUMNS));
  return lines;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** RFC 9580 section 6.1.1. */
function crc24(bytes: Uint8Array): number {
  let crc = 0xb7_04_ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x80_00_00 ? 0x1_86_4c_fb : 0);
  }
  return crc & 0xff_ff_ff;
}
