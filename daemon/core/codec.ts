import { err, ok, type Result } from "./result.ts";

/** Where in a JSON value something is not as it must be; `path` reads like `keys[2].subkey`. */
export interface CodecError {
  readonly path: string;
  readonly expected: string;
}

/** Both directions of one JSON form, so that a writer and its reader cannot drift apart. */
export interface Codec<T> {
  readonly encode: (value: T) => unknown;
  readonly parse: (json: unknown, path: string) => Result<T, CodecError>;
  /**
   * The text that `JSON.stringify` makes of {@link encode}, where it is certain that {@link parse} gives this value back:
   * writing and reading back in one, for events that come by the hundred thousand.
   *
   * @returns `undefined` where that isn't certain; then encoding and parsing tell.
   */
  readonly write: (value: T) => string | undefined;
  /**
   * The same form as JSON Schema (draft 2020-12), for what is published in `docs/`. Made when it is asked for: no program
   * asks at its start, and `tofu` would feel it there.
   */
  readonly schema: JsonSchema;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** The value type of a codec. */
export type Decoded<C> = C extends Codec<infer T> ? T : never;

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };
const OPTIONAL: unique symbol = Symbol("optional");

const fail = (path: string, expected: string): { readonly ok: false; readonly error: CodecError } =>
  err({ path, expected });

/** What stands in JSON as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quoted(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** Text of at most `maxLength` UTF-16 units. */
export function text(maxLength: number): Codec<string> {
  const expected = `text of at most ${maxLength} characters`;
  const parse: Codec<string>["parse"] = (json, path) =>
    typeof json === "string" && json.length <= maxLength ? ok(json) : fail(path, expected);
  const write: Codec<string>["write"] = (value) =>
    typeof value === "string" && value.length <= maxLength ? quoted(value) : undefined;
  return { encode: (value) => value, parse, write, schema: { type: "string", maxLength } };
}

/** A whole number in a range. */
export function integer(minimum: number, maximum: number): Codec<number> {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  const parse: Codec<number>["parse"] = (json, path) =>
    typeof json === "number" && Number.isSafeInteger(json) && json >= minimum && json <= maximum
      ? ok(json)
      : fail(path, expected);
  const write: Codec<number>["write"] = (value) =>
    Number.isSafeInteger(value) && value >= minimum && value <= maximum ? String(value) : undefined;
  return { encode: (value) => value, parse, write, schema: { type: "integer", minimum, maximum } };
}

export const boolean: Codec<boolean> = {
  encode: (value) => value,
  parse: (json, path) => (typeof json === "boolean" ? ok(json) : fail(path, "true or false")),
  write: (value) => (typeof value === "boolean" ? String(value) : undefined),
  schema: { type: "boolean" },
};

/** One of a closed list of words or numbers. */
export function oneOf<const T extends string | number>(...words: readonly T[]): Codec<T> {
  const parse: Codec<T>["parse"] = (json, path) => {
    const found = words.find((word) => word === json);
    return found === undefined ? fail(path, `one of ${words.join(", ")}`) : ok(found);
  };
  const written = new Map<T, string>();
  const write: Codec<T>["write"] = (value) => {
    const before = written.get(value);
    if (before !== undefined || !words.includes(value)) return before;
    const one = JSON.stringify(value);
    written.set(value, one);
    return one;
  };
  return { encode: (value) => value, parse, write, schema: { enum: words } };
}

/**
 * A value written as text, read by its own parser.
 *
 * @param isSure - whether a value is one that the parser is known to give back, where asking the parser takes longer.
 */
export function viaText<T>(
  expected: string,
  parseText: (text: string) => Result<T, unknown>,
  formatText: (value: T) => string,
  isSure: (value: T) => boolean = () => false,
): Codec<T> {
  const parse: Codec<T>["parse"] = (json, path) => {
    const parsed = typeof json === "string" ? parseText(json) : err(undefined);
    return parsed.ok ? parsed : fail(path, expected);
  };
  const write: Codec<T>["write"] = (value) => {
    if (value === undefined) return undefined;
    const written = formatText(value);
    if (isSure(value)) return quoted(written);
    const parsed = parse(written, "");
    return parsed.ok && parsed.value === value ? quoted(written) : undefined;
  };
  return { encode: formatText, parse, write, schema: { type: "string", description: expected } };
}

/** A list of at most `maxItems` items. */
export function list<T>(item: Codec<T>, maxItems: number): Codec<readonly T[]> {
  const parse: Codec<readonly T[]>["parse"] = (json, path) => {
    if (!Array.isArray(json) || json.length > maxItems) return fail(path, `a list of at most ${maxItems}`);
    const values: T[] = [];
    for (const [index, entry] of json.entries()) {
      const parsed = item.parse(entry, "");
      if (!parsed.ok) return fail(join(path, join(`[${index}]`, parsed.error.path)), parsed.error.expected);
      values.push(parsed.value);
    }
    return ok(values);
  };
  const write: Codec<readonly T[]>["write"] = (values) => {
    if (!Array.isArray(values) || values.length > maxItems) return undefined;
    let written = "";
    for (let index = 0; index < values.length; index += 1) {
      const one = item.write(values[index]);
      if (one === undefined) return undefined;
      written += index === 0 ? one : `,${one}`;
    }
    return `[${written}]`;
  };
  const encode: Codec<readonly T[]>["encode"] = (values) => values.map((value) => item.encode(value));
  return {
    encode,
    parse,
    write,
    get schema() {
      return { type: "array", items: item.schema, maxItems };
    },
  };
}

/** A field that may be absent; absent is absent, never `null` or `""`. Only for fields of {@link record}. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  const parse: Codec<T | undefined>["parse"] = (json, path) =>
    json === undefined ? ok(undefined) : codec.parse(json, path);
  const encode: Codec<T | undefined>["encode"] = (value) => (value === undefined ? undefined : codec.encode(value));
  const marked = {
    encode,
    parse,
    write: (value: T | undefined) => (value === undefined ? undefined : codec.write(value)),
    get schema() {
      return codec.schema;
    },
    [OPTIONAL]: true,
  };
  return marked;
}

/**
 * An object with these fields, written in this order. Only own properties are read, so `__proto__` is a field like
 * any other: unknown.
 *
 * @param unknown - what an unknown field does: `refuse`, or `drop` where a newer writer may have added some.
 */
export function record<T extends object>(
  fields: Fields<T>,
  { unknown = "refuse" }: { readonly unknown?: "refuse" | "drop" } = {},
): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const known = new Set<string>(names);
  const each = names.map((name) => ({ name, codec: fields[name], isOptional: OPTIONAL in fields[name] }));
  // Loops and no lists of entries: a large import encodes and reads half a million records.
  const encode = (value: T): unknown => {
    const json: Record<string, unknown> = {};
    for (const { name, codec } of each) {
      const encoded = codec.encode(value[name]);
      if (encoded !== undefined) json[name] = encoded;
    }
    return json;
  };
  const parse = (json: unknown, path: string): Result<T, CodecError> => {
    if (!isObject(json)) return fail(path, "an object");
    if (unknown === "refuse") {
      for (const name of Object.keys(json))
        if (!known.has(name)) return fail(join(path, name.slice(0, 60)), "no such field");
    }
    return parseFields(each, json, path);
  };
  const write = (value: T): string | undefined => (isObject(value) ? writeFields(each, value) : undefined);
  return {
    encode,
    parse,
    write,
    get schema() {
      return {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [name, fields[name].schema])),
        required: names.filter((name) => !(OPTIONAL in fields[name])),
        ...(unknown === "refuse" ? { additionalProperties: false } : {}),
      };
    },
  };
}

interface Field<T extends object, K extends keyof T & string> {
  readonly name: K;
  readonly codec: Codec<T[K]>;
  readonly isOptional: boolean;
}

/** Where something is wrong is put together only when something is. */
function parseFields<T extends object>(
  fields: readonly Field<T, keyof T & string>[],
  json: object,
  path: string,
): Result<T, CodecError> {
  const values: Partial<Record<string, unknown>> = {};
  for (const { name, codec, isOptional } of fields) {
    const isThere = Object.hasOwn(json, name);
    if (!isThere && isOptional) continue;
    if (!isThere) return fail(join(path, name), "a value; the field is missing");
    // Its own property, as was asked just above.
    const parsed = codec.parse((json as Record<string, unknown>)[name], "");
    if (!parsed.ok) return fail(join(path, join(name, parsed.error.path)), parsed.error.expected);
    if (parsed.value !== undefined) values[name] = parsed.value;
  }
  // Every field of T was parsed by T's own codec just above.
  return ok(values as T);
}

function writeFields<T extends object>(fields: readonly Field<T, keyof T & string>[], value: T): string | undefined {
  let written = "";
  for (const { name, codec, isOptional } of fields) {
    const field = value[name];
    if (isOptional && field === undefined) continue;
    const one = codec.write(field);
    if (one === undefined) return undefined;
    // Names of fields are identifiers of ours, which JSON writes as they are.
    written += `${written === "" ? "{" : ","}"${name}":${one}`;
  }
  return written === "" ? "{}" : `${written}}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The form of one member of a {@link union}, or what makes it when such a member is met for the first time. */
type Member<T> = Codec<T> | (() => Codec<T>);

/** Records told apart by the word in their field `tag`. */
export function union<Tag extends string, T extends { readonly [K in Tag]: string }>(
  tag: Tag,
  codecs: { readonly [K in T[Tag]]: Member<Extract<T, { readonly [N in Tag]: K }>> },
): Codec<T> {
  const members = new Map<string, Member<never>>(Object.entries(codecs));
  const made = new Map<string, Codec<never>>();
  const codecOf = (word: string): Codec<never> | undefined => {
    const before = made.get(word);
    const member = members.get(word);
    if (before !== undefined || member === undefined) return before;
    const codec = typeof member === "function" ? member() : member;
    made.set(word, codec);
    return codec;
  };
  const parse: Codec<T>["parse"] = (json, path) => {
    const has = typeof json === "object" && json !== null && Object.hasOwn(json, tag);
    const word: unknown = has ? (json as Record<string, unknown>)[tag] : undefined;
    const codec = typeof word === "string" ? codecOf(word) : undefined;
    return codec === undefined
      ? fail(join(path, tag), `one of ${[...members.keys()].join(", ")}`)
      : codec.parse(json, path);
  };
  const write: Codec<T>["write"] = (value) => (codecOf(value[tag]) as Codec<unknown> | undefined)?.write(value);
  // The codec found under a value's own tag encodes exactly that member of the union.
  const encode = (value: T): unknown => (codecOf(value[tag]) as Codec<unknown> | undefined)?.encode(value);
  return {
    encode,
    parse,
    write,
    get schema() {
      return { oneOf: [...members.keys()].map((word) => codecOf(word)?.schema) };
    },
  };
}

function join(path: string, name: string): string {
  if (path === "" || name === "") return path === "" ? name : path;
  return name.startsWith("[") ? `${path}${name}` : `${path}.${name}`;
}
