import { guessPackage } from "../core/artifact-name.ts";
import {
  artifactNamesFor,
  isSignatureName,
  isUnfinishedName,
  MANIFEST_NAMES,
  SIGNATURE_SUFFIXES,
  unfinishedBase,
} from "../core/pairing.ts";

/** What a file in a watched folder is by its name, as far as judging cares. */
export type Role =
  | { readonly kind: "artifact" }
  /** Of one of these artifacts. */
  | { readonly kind: "signature"; readonly artifacts: readonly string[] }
  /** A list of digests, or the signature over one: of any artifact of its folder. */
  | { readonly kind: "list" }
  /** Called as files with certificates are. */
  | { readonly kind: "keys" }
  /** Its program still writes to `artifact`, here or there. */
  | { readonly kind: "unfinished"; readonly artifact: string }
  /** Nobody's release: never judged, never remembered. */
  | { readonly kind: "none" };

/** What projects call the certificates of their releasers (`certificates/beside.ts` looks into them). */
const KEY_NAMES: ReadonlySet<string> = new Set([
  "TOFU-KEYS",
  "KEYS",
  "KEYS.txt",
  "KEYS.asc",
  "signing-key.asc",
  "keyring.asc",
]);

type ListName = readonly [name: string, what: { readonly isSignature: boolean }];

/** Every name of a list of digests or of a signature over one, and which of the two it is. */
export const LIST_NAMES: ReadonlyMap<string, { readonly isSignature: boolean }> = new Map(
  MANIFEST_NAMES.flatMap((name): readonly ListName[] => [
    [name, { isSignature: false }],
    ...SIGNATURE_SUFFIXES.map((suffix): ListName => [name + suffix, { isSignature: true }]),
  ]),
);

/**
 * Tells a file's role from its name alone; nothing is opened. A file whose name doesn't tell its package is `none`: the
 * package is a person's to say (`tofu verify FILE --package P`).
 *
 * @param folder - absolute; repositories name packages by their folders.
 */
export function roleOf(folder: string, name: string): Role {
  if (name.startsWith(".")) return { kind: "none" };
  if (isUnfinishedName(name)) return { kind: "unfinished", artifact: unfinishedBase(name) ?? name };
  if (LIST_NAMES.has(name)) return { kind: "list" };
  if (KEY_NAMES.has(name)) return { kind: "keys" };
  if (isSignatureName(name)) return { kind: "signature", artifacts: artifactNamesFor(name) };
  const guess = guessPackage(`${folder}/${name}`);
  return guess.kind === "known" || guess.kind === "candidates" ? { kind: "artifact" } : { kind: "none" };
}
