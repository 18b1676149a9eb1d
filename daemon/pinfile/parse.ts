import type { PackageName } from "../core/package-name.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { SignerId } from "../core/signer.ts";
import { readNumber } from "../core/statement-value.ts";
import { Collector } from "./collect.ts";
import { type Line, linesOf } from "./lines.ts";
import { Pairs, splitFields } from "./pairs.ts";
import { type PinFile, type PinFileError, PinFileFault, type PinFileHeader } from "./pin-file.ts";
import { readSignerRow, type SignerMarker } from "./signer-line.ts";
import { readStatementRow } from "./statements.ts";
import {
  readBase64,
  readDigest,
  readFileName,
  readPackageName,
  readSerial,
  readSigner,
  readTime,
  readVersion,
  shown,
} from "./values.ts";

/** What a file kept in git has when two branches were not merged. */
const CONFLICT = /^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)/;
const FORMAT = "1";

/**
 * Reads a `known_keys` file (docs/known_keys.md) line by line. Linear in the file's length, and of a line no more is
 * kept than what it says.
 *
 * @returns the whole file, or the first line that is refused: nothing of such a file may be used.
 */
export function parsePinFile(bytes: Uint8Array): Result<PinFile, PinFileError> {
  const reader = new PinFileReader();
  let number = 1;
  try {
    for (const line of linesOf(bytes)) {
      number = line.number;
      reader.read(line);
    }
    return ok(reader.finish());
  } catch (fault) {
    if (!(fault instanceof PinFileFault)) throw fault;
    return err({ line: fault.line ?? number, code: fault.code, what: fault.message });
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class PinFileReader {
  readonly #rows: Collector = new Collector();
  /** Set by `@format`. */
  #header: Mutable<PinFileHeader> | undefined;
  #inBody = false;
  /** Lines about one package mostly follow each other, and so do packages of one signer: they share what was read. */
  #lastPackage: { readonly text: string; readonly name: PackageName } | undefined;
  #lastSigner: { readonly text: string; readonly signer: SignerId } | undefined;

  read({ number, text }: Line): void {
    const fields = splitFields(text);
    const [first] = fields;
    if (first === undefined) return;
    if (CONFLICT.test(text)) throw new PinFileFault("merge-conflict", "merge conflict");
    if (isHeaderMarker(first)) {
      this.#readHeader(first, fields);
      return;
    }
    this.#inBody = true;
    if (first.startsWith("@")) this.#readMarker(first, fields, number);
    else this.#readPin(fields, number);
  }

  finish(): PinFile {
    return this.#rows.finish(this.#header);
  }

  #packageOf(text: string): PackageName {
    if (this.#lastPackage?.text !== text) this.#lastPackage = { text, name: readPackageName(detached(text)) };
    return this.#lastPackage.name;
  }

  #signerOf(text: string | undefined): SignerId {
    if (text === undefined || this.#lastSigner?.text !== text)
      this.#lastSigner = { text: text ?? "", signer: readSigner(text) };
    return this.#lastSigner.signer;
  }

  #readHeader(marker: HeaderMarker, fields: readonly string[]): void {
    const [, value = "", more] = fields;
    if (more !== undefined) throw new PinFileFault("header", `${marker} takes one value`);
    if (this.#inBody) throw new PinFileFault("header", `${marker} behind other lines`);
    switch (marker) {
      case "@format":
        if (this.#header !== undefined) throw new PinFileFault("header", "@format twice");
        if (value !== FORMAT) throw new PinFileFault("newer-format", `format ${shown(value)}`);
        this.#header = { serial: undefined, created: undefined, expires: undefined };
        break;
      case "@serial":
        this.#setHeader("serial", readSerial(value));
        break;
      case "@created":
        this.#setHeader("created", readTime(value));
        break;
      case "@expires":
        this.#setHeader("expires", readTime(value));
        break;
    }
  }

  #setHeader<K extends keyof PinFileHeader>(name: K, value: PinFileHeader[K]): void {
    if (this.#header === undefined) throw new PinFileFault("header", `@${name} without @format before it`);
    if (this.#header[name] !== undefined) throw new PinFileFault("header", `@${name} twice`);
    if (value === undefined) throw new PinFileFault("bad-value", `@${name}`);
    this.#header[name] = value;
  }

  #readPin(fields: readonly string[], line: number): void {
    this.#readSigner("", fields, { at: 0, line });
  }

  #readMarker(marker: string, fields: readonly string[], line: number): void {
    switch (marker) {
      case "@retired":
      case "@revoked":
      case "@distrusted":
        this.#readSigner(marker, fields, { at: 1, line });
        break;
      case "@policy":
        this.#readPolicy(fields, line);
        break;
      case "@chain":
        this.#readChain(fields, line);
        break;
      case "@statement":
        this.#readStatement(fields, line);
        break;
      case "@artifact":
        this.#readArtifact(fields, line);
        break;
      case "@certificate":
        this.#readCertificate(fields, line);
        break;
      default:
        throw new PinFileFault("unknown-marker", `unknown ${shown(marker)}`);
    }
  }

  #readSigner(
    marker: SignerMarker,
    fields: readonly string[],
    { at, line }: { readonly at: number; readonly line: number },
  ): void {
    const scope = fields[at] ?? "";
    if (fields[at + 1] === undefined) throw new PinFileFault("no-signer", "no signer");
    if (marker === "@distrusted" && scope === "*") {
      const row = readSignerRow(marker, this.#signerOf(fields[at + 1]), new Pairs(fields, at + 2));
      this.#rows.addDistrusted(row, line);
      return;
    }
    const name = this.#packageOf(scope);
    const row = readSignerRow(marker, this.#signerOf(fields[at + 1]), new Pairs(fields, at + 2));
    this.#rows.add(name, { kind: "signer", row }, line);
  }

  #readPolicy(fields: readonly string[], line: number): void {
    const name = this.#packageOf(fields[1] ?? "");
    const pairs = new Pairs(fields, 2);
    const row = { release: pairs.take("release", readNumber), handover: pairs.take("handover", readNumber) };
    pairs.end();
    if (row.release === undefined && row.handover === undefined) throw new PinFileFault("missing", "no threshold");
    this.#rows.add(name, { kind: "policy", row }, line);
  }

  #readChain(fields: readonly string[], line: number): void {
    const name = this.#packageOf(fields[1] ?? "");
    const pairs = new Pairs(fields, 2);
    const row = { seq: pairs.need("seq", readNumber), head: pairs.need("head", readDigest) };
    pairs.end();
    this.#rows.add(name, { kind: "chain", row }, line);
  }

  #readStatement(fields: readonly string[], line: number): void {
    const [, scope = "", number = "", base64 = "", more] = fields;
    const name = this.#packageOf(scope);
    const seq = readNumber(number);
    const bytes = readBase64(base64);
    if (seq === undefined) throw new PinFileFault("bad-value", `seq ${shown(number)}`);
    if (bytes === undefined || more !== undefined) throw new PinFileFault("bad-value", "not base64");
    this.#rows.add(name, { kind: "statement", row: readStatementRow(name, seq, bytes) }, line);
  }

  #readArtifact(fields: readonly string[], line: number): void {
    const [, scope = "", versionText = "", nameText = "", digestText = ""] = fields;
    const name = this.#packageOf(scope);
    const version = readVersion(versionText);
    const fileName = readFileName(nameText);
    const sha256 = readDigest(digestText);
    if (version === undefined) throw new PinFileFault("bad-value", `version ${shown(versionText)}`);
    if (fileName === undefined) throw new PinFileFault("bad-value", `file name ${shown(nameText)}`);
    if (sha256 === undefined) throw new PinFileFault("bad-value", `digest ${shown(digestText)}`);
    const pairs = new Pairs(fields, 5);
    const row = {
      version: version === "none" ? undefined : version,
      name: fileName,
      sha256,
      unpacked: pairs.take("unpacked", readDigest),
      first: pairs.take("first", readTime),
    };
    pairs.end();
    this.#rows.add(name, { kind: "artifact", row }, line);
  }

  #readCertificate(fields: readonly string[], line: number): void {
    const [, signerText, base64 = "", more] = fields;
    const signer = readSigner(signerText);
    if (!signer.startsWith("openpgp:")) throw new PinFileFault("bad-signer", "only OpenPGP signers have certificates");
    const bytes = readBase64(base64);
    if (bytes === undefined || more !== undefined) throw new PinFileFault("bad-value", "not base64");
    this.#rows.addCertificate({ signer, bytes }, line);
  }
}

/** @returns the same text by itself: what was cut from a line keeps all of it in memory, and a name is kept for long. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}

type HeaderMarker = "@format" | "@serial" | "@created" | "@expires";

function isHeaderMarker(field: string): field is HeaderMarker {
  return field === "@format" || field === "@serial" || field === "@created" || field === "@expires";
}
