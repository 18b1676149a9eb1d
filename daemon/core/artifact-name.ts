import type { Brand } from "./brand.ts";
import { err, ok, type Result } from "./result.ts";

/** The base name of an artifact: one path segment of at most 255 characters, without controls. */
export type ArtifactFileName = Brand<string, "ArtifactFileName">;

/** A release's version as its ecosystem writes it, `6.0.2` or `6.10-rc3`. */
export type Version = Brand<string, "Version">;

const FILE_NAME_MAX = 255;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+~:!_-]{0,127}$/;

/** @returns the name, if it is one path segment that a file can have and that carries no control or bidi characters. */
export function parseArtifactFileName(text: string): Result<ArtifactFileName, { readonly code: "not-a-file-name" }> {
  const plain = text.length > 0 && text.length <= FILE_NAME_MAX && text !== "." && text !== ".." && !text.includes("/");
  return plain && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
    ? ok(text as ArtifactFileName)
    : err({ code: "not-a-file-name" });
}

/** @returns the version, if it is plain ASCII of at most 128 characters. */
export function parseVersion(text: string): Result<Version, { readonly code: "not-a-version" }> {
  return VERSION.test(text) ? ok(text as Version) : err({ code: "not-a-version" });
}
