import { shown } from "../values.ts";
import { ForeignFault } from "./foreign.ts";

/** An element begins or ends. Text between elements is passed over. */
export type XmlEvent =
  | {
      readonly kind: "open";
      readonly name: string;
      readonly attributes: ReadonlyMap<string, string>;
      readonly line: number;
    }
  | { readonly kind: "close"; readonly name: string; readonly line: number };

/** Verification metadata of large builds has 2 MB. */
export const MAX_XML_CHARACTERS: number = 32 << 20;
const LF = 0x0a;
const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;

const OPEN = /<([A-Za-z_][A-Za-z0-9_.:-]{0,127})/y;
const CLOSE = /<\/([A-Za-z_][A-Za-z0-9_.:-]{0,127})\s*>/y;
const ATTRIBUTE = /\s+([A-Za-z_][A-Za-z0-9_.:-]{0,127})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g;
const NAMED = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/**
 * Reads the part of XML that data files are made of: elements, attributes, comments, the five entities and character
 * numbers. A document type, CDATA or processing instruction is refused, so that there is nothing to expand and nothing
 * to fetch. Linear, without recursion.
 *
 * @throws ForeignFault with the line of what is not well formed.
 */
export function* xmlEvents(text: string): Generator<XmlEvent, void, void> {
  if (text.length > MAX_XML_CHARACTERS)
    throw new ForeignFault("too-long", 1, `more than ${MAX_XML_CHARACTERS} characters`);
  const scanner = new Scanner(text);
  const open: string[] = [];
  let hasRoot = false;
  while (scanner.toNextTag()) {
    const closing = scanner.match(CLOSE)?.[1];
    if (closing === undefined) {
      if (open.length === 0 && hasRoot) throw scanner.fault("malformed", "a second root element");
      hasRoot = true;
      yield* opened(scanner, open);
    } else if (open.pop() === closing) yield { kind: "close", name: closing, line: scanner.line };
    else throw scanner.fault("malformed", `</${shown(closing)}> closes another element`);
  }
  if (!hasRoot || open.length > 0) throw scanner.fault("malformed", `<${shown(open.at(-1) ?? "")}> is not closed`);
}

/** @param open - the elements around; the new one is added where it has content. */
function* opened(scanner: Scanner, open: string[]): Generator<XmlEvent, void, void> {
  const { name, attributes, isEmpty } = scanner.openTag();
  if (open.length >= MAX_DEPTH) throw scanner.fault("too-long", `more than ${MAX_DEPTH} elements deep`);
  yield { kind: "open", name, attributes, line: scanner.line };
  if (isEmpty) yield { kind: "close", name, line: scanner.line };
  else open.push(name);
}

class Scanner {
  line = 1;
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith("\ufeff") ? 1 : 0;
    if (text.startsWith("<?xml ", this.#at)) this.#skipPast("?>");
  }

  /** Goes to the next `<` of an element, over text and comments. */
  toNextTag(): boolean {
    for (;;) {
      const next = this.#text.indexOf("<", this.#at);
      this.#moveTo(next === -1 ? this.#text.length : next);
      if (next === -1) return false;
      if (this.#text.startsWith("<!--", next)) this.#skipPast("-->");
      else if (this.#text.startsWith("<!", next) || this.#text.startsWith("<?", next)) {
        throw this.fault("forbidden", `${shown(this.#text.slice(next, next + 9))} is not read`);
      } else return true;
    }
  }

  openTag(): { readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly isEmpty: boolean } {
    const name = this.match(OPEN)?.[1];
    if (name === undefined) throw this.fault("malformed", "no element's name");
    const attributes = new Map<string, string>();
    for (let found = this.match(ATTRIBUTE); found !== undefined; found = this.match(ATTRIBUTE)) {
      const [, attribute = "", double, single] = found;
      if (attributes.has(attribute)) throw this.fault("malformed", `${shown(attribute)} twice`);
      if (attributes.size >= MAX_ATTRIBUTES) throw this.fault("too-long", `more than ${MAX_ATTRIBUTES} attributes`);
      attributes.set(attribute, this.#unescaped(double ?? single ?? ""));
    }
    const end = this.match(TAG_END);
    if (end === undefined) throw this.fault("malformed", `<${shown(name)} does not end`);
    return { name, attributes, isEmpty: end[1] === "/" };
  }

  /** @returns what the pattern finds right here, and goes behind it. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#moveTo(this.#at + found[0].length);
    return found;
  }

  fault(code: ForeignFault["code"], what: string): ForeignFault {
    return new ForeignFault(code, this.line, what);
  }

  #unescaped(text: string): string {
    if (!text.includes("&")) return text;
    return text.replace(ENTITY, (_, name?: string, decimal?: string, hex?: string) => {
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      const character = name === undefined ? asCharacter(code) : NAMED.get(name);
      if (character === undefined) throw this.fault("forbidden", "an entity that is not one of XML's own");
      return character;
    });
  }

  #skipPast(end: string): void {
    const found = this.#text.indexOf(end, this.#at);
    if (found === -1) throw this.fault("malformed", `no ${end}`);
    this.#moveTo(found + end.length);
  }

  #moveTo(at: number): void {
    for (let index = this.#at; index < at; index += 1) if (this.#text.charCodeAt(index) === LF) this.line += 1;
    this.#at = at;
  }
}

/** XML 1.0, section 2.2. */
function asCharacter(code: number): string | undefined {
  const isText =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code < 0xd800) ||
    (code >= 0xe000 && code < 0xfffe);
  return isText || (code >= 0x1_0000 && code <= 0x10_ffff) ? String.fromCodePoint(code) : undefined;
}
