/** A message that is not what the format says; caught where the message is read, never seen outside. */
export class SshFormatError extends Error {}

/**
 * Reads the SSH encoding of data (RFC 4251, section 5) from the start. Every length is checked against what is there, and
 * numbers must be in their shortest form, so that one value has one encoding.
 */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws SshFormatError if fewer bytes are left. */
  bytes(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new SshFormatError("cut short");
    const found = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return found;
  }

  uint32(): number {
    return Buffer.from(this.bytes(4)).readUInt32BE();
  }

  string(): Uint8Array {
    return this.bytes(this.uint32());
  }

  /** A string of printable ASCII: names of algorithms, namespaces, applications. */
  name(): string {
    const text = Buffer.from(this.string()).toString("latin1");
    if (!/^[\x21-\x7e]{1,256}$/.test(text)) throw new SshFormatError("a name that is none");
    return text;
  }

  /** @returns a positive number's bytes, highest first, without the sign byte. */
  positive(): Uint8Array {
    const bytes = this.string();
    const [first = 0x80, second = 0] = bytes;
    if (first >= 0x80 || (first === 0 && second < 0x80)) throw new SshFormatError("a number that is not positive");
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  /** @throws SshFormatError if anything is left over. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new SshFormatError("something is left over");
  }
}

/** @returns a string of the SSH encoding: its length and its bytes. */
export function sshString(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
