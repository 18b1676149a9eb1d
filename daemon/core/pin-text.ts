import { LayeredMap, LayeredSet } from "./layered-map.ts";
import type { Pin } from "./pin.ts";

// A list stands for what JSON has no form of its own for; its first item says what for. `#` is an object that came
// before, by its number: artifacts are listed by name and by digest, and are to be one object again.
type Tag = "list" | "none" | "map" | "set" | "layered-map" | "layered-set" | "#";

/**
 * Writes a pin as text, whole and in its order, for {@link parsePinText} of the same program.
 *
 * @throws TypeError for a value that no pin holds: functions, numbers that are none, objects with a prototype.
 */
export function formatPinText(pin: Pin): string {
  return format(pin, { sharing: true });
}

/** @returns whether two pins say the same, in the same order; which of their objects are one and the same says nothing. */
export function isSamePin(a: Pin, b: Pin): boolean {
  return format(a, { sharing: false }) === format(b, { sharing: false });
}

function format(pin: Pin, { sharing }: { readonly sharing: boolean }): string {
  const seen = new Map<object, number>();
  const write = (value: unknown): unknown => {
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value;
    if (value === undefined) return tagged("none");
    return writeCollection(value) ?? writeObject(value);
  };
  const writeCollection = (value: unknown): unknown => {
    if (Array.isArray(value)) return tagged("list", value.map(write));
    if (value instanceof LayeredMap) return tagged("layered-map", writePairs(value));
    if (value instanceof LayeredSet) return tagged("layered-set", [...value].map(write));
    if (value instanceof Map) return tagged("map", writePairs(value));
    return value instanceof Set ? tagged("set", [...value].map(write)) : undefined;
  };
  const writePairs = (pairs: Iterable<readonly [unknown, unknown]>): unknown[] =>
    [...pairs].flatMap(([key, value]) => [write(key), write(value)]);
  const writeObject = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      throw new TypeError(`a pin holds a value of type ${typeof value}`);
    const number = sharing ? seen.get(value) : undefined;
    if (number !== undefined) return tagged("#", [number]);
    seen.set(value, seen.size);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, write(each)]));
  };
  return JSON.stringify(write(pin));
}

/**
 * Reads what {@link formatPinText} wrote. The caller knows that these are the bytes that this very program wrote, since
 * only their form is checked here, and not that they make a pin.
 *
 * @returns the pin, or `undefined` for text of another form.
 */
export function parsePinText(text: string): Pin | undefined {
  const seen: object[] = [];
  const read = (value: unknown): unknown => {
    if (Array.isArray(value)) return readTagged(value);
    return typeof value === "object" && value !== null ? readObject(value) : value;
  };
  const readers: Readonly<Record<Tag, (items: readonly unknown[]) => unknown>> = {
    none: () => undefined,
    list: (items) => items.map(read),
    map: (items) => new Map(readPairs(items)),
    set: (items) => new Set(items.map(read)),
    "layered-map": (items) => LayeredMap.of(readPairs(items)),
    "layered-set": (items) => LayeredSet.of(items.map(read)),
    "#": ([number]) => seen[Number(number)] ?? refuse(),
  };
  const byTag = new Map(Object.entries(readers));
  const readTagged = ([tag, ...items]: readonly unknown[]): unknown => (byTag.get(String(tag)) ?? refuse)(items);
  const readPairs = (items: readonly unknown[]): (readonly [unknown, unknown])[] => {
    const pairs: (readonly [unknown, unknown])[] = [];
    for (let at = 0; at < items.length; at += 2) pairs.push([read(items[at]), read(items[at + 1])]);
    return pairs;
  };
  const readObject = (value: object): object => {
    const object: Record<string, unknown> = {};
    seen.push(object);
    for (const [name, each] of Object.entries(value)) object[name] = read(each);
    return object;
  };
  try {
    const value = read(JSON.parse(text));
    // The bytes are this program's own, see above: what it wrote was a pin.
    return typeof value === "object" && value !== null && "version" in value ? (value as Pin) : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function tagged(tag: Tag, items: readonly unknown[] = []): unknown[] {
  return [tag, ...items];
}

function refuse(): never {
  throw new RangeError("this is no text of a pin");
}
