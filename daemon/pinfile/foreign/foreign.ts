import { type Fingerprint, parseFingerprint } from "../../core/fingerprint.ts";
import type { PackageName } from "../../core/package-name.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { fingerprintOf, openpgpSigner, type SignerId } from "../../core/signer.ts";
import type { ArtifactRow, PackageRows } from "../pin-file.ts";
import { shown } from "../values.ts";

/** Pins that people keep in other tools' files, as far as they say what a pin says. */
export interface ForeignPins {
  readonly pins: readonly ForeignPin[];
  readonly artifacts: readonly ForeignArtifact[];
  /** What can't be a pin here: patterns, keys for one version, key IDs. Told to the user, never dropped silently. */
  readonly passedOver: readonly PassedOver[];
}

/** In the file's order, each once. */
export interface ForeignPin {
  readonly package: PackageName;
  readonly signer: SignerId;
}

export interface ForeignArtifact {
  readonly package: PackageName;
  readonly row: ArtifactRow;
}

export interface PassedOver {
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

/** The file is refused as a whole. `what` is printable. */
export interface ForeignError {
  readonly line: number;
  readonly code: "too-long" | "malformed" | "forbidden" | "not-this-kind";
  readonly what: string;
}

/** What an export to another tool holds, and what that tool's file could not say. */
export interface ForeignText {
  readonly text: string;
  readonly leftOut: readonly { readonly package: PackageName; readonly why: string }[];
}

/** Thrown inside this folder only. */
export class ForeignFault extends Error {
  readonly code: ForeignError["code"];
  readonly line: number;

  constructor(code: ForeignError["code"], line: number, what: string) {
    super(what);
    this.code = code;
    this.line = line;
  }
}

/** Takes what a reader finds, each thing once. */
export class ForeignCollector {
  readonly #pins: Map<string, ForeignPin> = new Map();
  readonly #artifacts: Map<string, ForeignArtifact> = new Map();
  readonly #passedOver: PassedOver[] = [];

  pin(name: PackageName, signer: SignerId): void {
    this.#pins.set(`${name} ${signer}`, { package: name, signer });
  }

  artifact(name: PackageName, row: ArtifactRow, line: number): void {
    const key = `${name} ${row.version ?? ""}/${row.name}`;
    const known = this.#artifacts.get(key);
    if (known === undefined) this.#artifacts.set(key, { package: name, row });
    else if (known.row.sha256 !== row.sha256) this.passOver(line, `a second digest of ${shown(row.name)}`);
  }

  passOver(line: number, what: string): void {
    this.#passedOver.push({ line, what });
  }

  done(): ForeignPins {
    return { pins: [...this.#pins.values()], artifacts: [...this.#artifacts.values()], passedOver: this.#passedOver };
  }
}

/** Reads a whole fingerprint, with or without `0x` and blanks; the error is in words. */
export function readForeignKey(text: string): Result<SignerId, string> {
  const parsed = parseFingerprint(text);
  if (parsed.ok) return ok(openpgpSigner(parsed.value));
  switch (parsed.error.code) {
    case "key-id":
      return err(`key id ${shown(text)}: not a fingerprint`);
    case "not-hexadecimal":
    case "wrong-length":
      return err(`${shown(text)}: no fingerprint`);
  }
}

/** A signer as another tool takes it: an OpenPGP key that may sign releases now. */
export function releaseKeys(rows: PackageRows): readonly Fingerprint[] {
  return rows.signers.flatMap(({ signer, standing, roles }) => {
    const key = fingerprintOf(signer);
    return key !== undefined && standing.kind === "active" && roles.has("release") ? [key] : [];
  });
}

/** @returns why a package can't be said to a tool that takes any one of some keys; `undefined` where it can. */
export function whyNotAnyOf(rows: PackageRows): string | undefined {
  if ((rows.policy?.release ?? 1) > 1) return `${rows.policy?.release} signers must sign its releases`;
  return releaseKeys(rows).length === 0 ? "it has no OpenPGP signer who may release now" : undefined;
}
