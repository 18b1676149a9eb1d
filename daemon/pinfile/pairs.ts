import { type ExtraPair, PinFileFault } from "./pin-file.ts";
import { shown } from "./values.ts";

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

/** The `name=value` fields of one line: each must be asked for, and none may come twice. */
export class Pairs {
  readonly #values: Map<string, string> = new Map();
  readonly #flags: Set<string> = new Set();

  constructor(fields: readonly string[], from: number) {
    for (let index = from; index < fields.length; index += 1) this.#add(fields[index] ?? "");
  }

  #add(field: string): void {
    const equals = field.indexOf("=");
    const name = equals === -1 ? field : field.slice(0, equals);
    if (this.#values.has(name) || this.#flags.has(name))
      throw new PinFileFault("contradiction", `${shown(name)} twice`);
    if (equals === -1) this.#flags.add(name);
    else this.#values.set(name, field.slice(equals + 1));
  }

  /** @returns the value, `undefined` where the line has none. */
  take<T>(name: string, read: (text: string) => T | undefined): T | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    this.#values.delete(name);
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
    return this.#flags.delete(name);
  }

  takeExtras(): readonly ExtraPair[] {
    const extras = [...this.#values]
      .filter(([name]) => EXTRA_NAME.test(name))
      .map(([name, value]) => ({ name, value }));
    for (const { name } of extras) this.#values.delete(name);
    return extras.length < 2 ? extras : extras.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What nobody asked for is refused: a later format may give it a meaning that must not be passed over. */
  end(): void {
    const [stranger] = [...this.#values.keys(), ...this.#flags];
    if (stranger !== undefined) throw new PinFileFault("unknown-pair", `unknown ${shown(stranger)}`);
  }
}
