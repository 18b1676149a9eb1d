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

/** Text of at most `maxLength` UTF-16 units. */
export function text(maxLength: number): Codec<string> {
  const expected = `text of at most ${maxLength} characters`;
  const parse: Codec<string>["parse"] = (json, path) =>
    typeof json === "string" && json.length <= maxLength ? ok(json) : fail(path, expected);
  return { encode: (value) => value, parse, schema: { type: "string", maxLength } };
}

/** A whole number in a range. */
export function integer(minimum: number, maximum: number): Codec<number> {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  const parse: Codec<number>["parse"] = (json, path) =>
    typeof json === "number" && Number.isSafeInteger(json) && json >= minimum && json <= maximum
      ? ok(json)
      : fail(path, expected);
  return { encode: (value) => value, parse, schema: { type: "integer", minimum, maximum } };
}

export const boolean: Codec<boolean> = {
  encode: (value) => value,
  parse: (json, path) => (typeof json === "boolean" ? ok(json) : fail(path, "true or false")),
  schema: { type: "boolean" },
};

/** One of a closed list of words or numbers. */
export function oneOf<const T extends string | number>(...words: readonly T[]): Codec<T> {
  const parse: Codec<T>["parse"] = (json, path) => {
    const found = words.find((word) => word === json);
    return found === undefined ? fail(path, `one of ${words.join(", ")}`) : ok(found);
  };
  return { encode: (value) => value, parse, schema: { enum: words } };
}

/** A value written as text, read by its own parser. */
export function viaText<T>(
  expected: string,
  parseText: (text: string) => Result<T, unknown>,
  formatText: (value: T) => string,
): Codec<T> {
  const parse: Codec<T>["parse"] = (json, path) => {
    const parsed = typeof json === "string" ? parseText(json) : err(undefined);
    return parsed.ok ? parsed : fail(path, expected);
  };
  return { encode: formatText, parse, schema: { type: "string", description: expected } };
}

/** A list of at most `maxItems` items. */
export function list<T>(item: Codec<T>, maxItems: number): Codec<readonly T[]> {
  const parse: Codec<readonly T[]>["parse"] = (json, path) => {
    if (!Array.isArray(json) || json.length > maxItems) return fail(path, `a list of at most ${maxItems}`);
    const values: T[] = [];
    for (const [index, entry] of json.entries()) {
      const parsed = item.parse(entry, `${path}[${index}]`);
      if (!parsed.ok) return parsed;
      values.push(parsed.value);
    }
    return ok(values);
  };
  const encode: Codec<readonly T[]>["encode"] = (values) => values.map((value) => item.encode(value));
  return {
    encode,
    parse,
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
  // Loops and no lists of entries: a large import encodes and reads half a million records.
  const encode = (value: T): unknown => {
    const json: Record<string, unknown> = {};
    for (const name of names) {
      const encoded = fields[name].encode(value[name]);
      if (encoded !== undefined) json[name] = encoded;
    }
    return json;
  };
  const parse = (json: unknown, path: string): Result<T, CodecError> => {
    if (typeof json !== "object" || json === null || Array.isArray(json)) return fail(path, "an object");
    if (unknown === "refuse") {
      for (const name of Object.keys(json))
        if (!known.has(name)) return fail(join(path, name.slice(0, 60)), "no such field");
    }
    return parseFields(fields, names, json, path);
  };
  return {
    encode,
    parse,
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

function parseFields<T extends object>(
  fields: Fields<T>,
  names: readonly (keyof T & string)[],
  json: object,
  path: string,
): Result<T, CodecError> {
  const values: Partial<Record<string, unknown>> = {};
  for (const name of names) {
    const isThere = Object.hasOwn(json, name);
    if (!isThere && !(OPTIONAL in fields[name])) return fail(join(path, name), "a value; the field is missing");
    // Its own property, as was asked just above.
    const given: unknown = isThere ? (json as Record<string, unknown>)[name] : undefined;
    const parsed = fields[name].parse(given, join(path, name));
    if (!parsed.ok) return parsed;
    if (parsed.value !== undefined) values[name] = parsed.value;
  }
  // Every field of T was parsed by T's own codec just above.
  return ok(values as T);
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
  // The codec found under a value's own tag encodes exactly that member of the union.
  const encode = (value: T): unknown => (codecOf(value[tag]) as Codec<unknown> | undefined)?.encode(value);
  return {
    encode,
    parse,
    get schema() {
      return { oneOf: [...members.keys()].map((word) => codecOf(word)?.schema) };
    },
  };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
