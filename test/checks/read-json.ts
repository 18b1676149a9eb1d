import { readFileSync } from "node:fs";
import type { Codec } from "../../daemon/core/codec.ts";

/** Any JSON value: what a record carries for people, and no check reads. */
export const anything: Codec<unknown> = {
  encode: (value) => value,
  parse: (value) => ({ ok: true, value }),
  write: () => undefined,
  schema: {},
};

/** A whole JSON file. @throws Error that names the place where it is not as it must be. */
export function readJson<T>(file: string, codec: Codec<T>): T {
  return asRead(file, JSON.parse(readFileSync(file, "utf8")), codec);
}

/** @throws Error that names `where` and the place in the value that is not as it must be. */
export function asRead<T>(where: string, json: unknown, codec: Codec<T>): T {
  const parsed = codec.parse(json, "");
  if (!parsed.ok) throw new Error(`${where}: ${parsed.error.path} is not ${parsed.error.expected}`);
  return parsed.value;
}
