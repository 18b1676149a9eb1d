import { sorted } from "./order.ts";
import { type ExtraPair, PinFileFault } from "./pin-file.ts";
import { shown } from "./values.ts";

const NO_EXTRAS: readonly ExtraPair[] = [];
const EXTRA_NAME = /^x-[A-Za-z0-9_-]{1,64}$/;

/** Cuts a line at its blanks; what begins with `#` after one is a comment. Linear, and nothing for an empty line. */
export function splitFields(text: string): readonly string[] {
  const fields: string[] = [];
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOf(" ", start);
    const end = blank === -1 ? text.length : blank;
    if (end > start) {
      if (text[start] === "#") break;
      fields.push(text.slice(start, end));
    }
    start = end + 1;
  }
  return fields;
}

/** Pairs of one line; every name that is known comes once, so more are nobody's. */
const MAX_PAIRS = 64;

/** The `name=value` fields of one line: each must be asked for, and none may come twice. */
export class Pairs {
  /** Words without `=` have no value. What was taken is taken out. A list, since lines are many and pairs are few. */
  readonly #pairs: { readonly name: string; readonly value: string | undefined }[] = [];

  constructor(fields: readonly string[], from: number) {
    if (fields.length - from > MAX_PAIRS) throw new PinFileFault("unknown-pair", `more than ${MAX_PAIRS} pairs`);
    for (let index = from; index < fields.length; index += 1) this.#add(fields[index] ?? "");
  }

  #add(field: string): void {
    const equals = field.indexOf("=");
    const name = equals === -1 ? field : field.slice(0, equals);
    if (this.#find(name) !== -1) throw new PinFileFault("contradiction", `${shown(name)} twice`);
    this.#pairs.push({ name, value: equals === -1 ? undefined : field.slice(equals + 1) });
  }

  #find(name: string): number {
    for (let index = 0; index < this.#pairs.length; index += 1) if (this.#pairs[index]?.name === name) return index;
    return -1;
  }

  /** @returns the value, `undefined` where the line has none. */
  take<T>(name: string, read: (text: string) => T | undefined): T | undefined {
    const index = this.#find(name);
    const text = this.#pairs[index]?.value;
    if (text === undefined) return undefined;
    this.#pairs.splice(index, 1);
    const value = read(text);
    if (value === undefined) throw new PinFileFault("bad-value", `${name}=${shown(text)}`);
    return value;
  }

  /** As {@link take}, and the line must have it. */
  need<T>(name: string, read: (text: string) => T | undefined): T {
    const value = this.take(name, read);
    if (value === undefined) throw new PinFileFault("missing", `no ${name}=`);
    return value;
  }

  /** @returns whether the line has this word. */
  takeFlag(name: string): boolean {
    const index = this.#find(name);
    if (index === -1 || this.#pairs[index]?.value !== undefined) return false;
    this.#pairs.splice(index, 1);
    return true;
  }

  /** @returns the pairs of one's own, sorted by name. */
  takeExtras(): readonly ExtraPair[] {
    if (this.#pairs.length === 0) return NO_EXTRAS;
    const extras: ExtraPair[] = [];
    for (const { name, value } of [...this.#pairs]) {
      if (value === undefined || !EXTRA_NAME.test(name)) continue;
      extras.push({ name, value });
      this.#pairs.splice(this.#find(name), 1);
    }
    return sorted(extras, ({ name }) => name);
  }

  /** What nobody asked for is refused: a later format may give it a meaning that must not be passed over. */
  end(): void {
    const [stranger] = this.#pairs;
    if (stranger !== undefined) throw new PinFileFault("unknown-pair", `unknown ${shown(stranger.name)}`);
  }
}
