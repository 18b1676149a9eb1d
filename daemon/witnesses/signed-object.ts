/** What was signed in a git object, and the signature. */
export interface SignedObject {
  /** The bytes that the signature covers. */
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** A tag object: `name` is what its own signed text says. */
export interface TagObject {
  readonly name: string;
  /** The object that it tags. */
  readonly target: string;
  readonly signed: SignedObject | undefined;
}

const BEGIN = "-----BEGIN PGP SIGNATURE-----";
const SIGNATURE_HEADERS = ["gpgsig", "gpgsig-sha256"] as const;

/** Reads a tag object (gitformat-signature(5)): the signature stands behind what it covers. */
export function readTag(object: Uint8Array): TagObject | undefined {
  const text = Buffer.from(object.buffer, object.byteOffset, object.byteLength).toString("latin1");
  const head = /^object ([0-9a-f]{40,64})\ntype [a-z]+\ntag ([^\n]+)\n/.exec(text);
  const [, target, name] = head ?? [];
  if (target === undefined || name === undefined) return undefined;
  // git takes the last line that begins so.
  const at = text.lastIndexOf(`\n${BEGIN}`) + 1;
  const signed =
    at === 0 ? undefined : { payload: object.subarray(0, at), signature: object.subarray(at, object.length) };
  return { name: Buffer.from(name, "latin1").toString("utf8"), target, signed };
}

/** Reads a commit: its signature is a header, which is left out of what it covers. `undefined`: it is not signed. */
export function readCommit(object: Uint8Array): SignedObject | undefined {
  const text = Buffer.from(object.buffer, object.byteOffset, object.byteLength).toString("latin1");
  const end = text.indexOf("\n\n");
  if (!text.startsWith("tree ") || end === -1) return undefined;
  const kept: string[] = [];
  const signature: string[] = [];
  let inside: string | undefined;
  for (const line of text.slice(0, end).split("\n")) {
    const header = line.startsWith(" ") ? inside : headerOf(line);
    if (header === undefined) kept.push(line);
    else if (header === "gpgsig") signature.push(line.startsWith(" ") ? line.slice(1) : line.slice("gpgsig ".length));
    inside = header;
  }
  if (!signature[0]?.startsWith(BEGIN)) return undefined;
  return {
    payload: Buffer.from(kept.join("\n") + text.slice(end), "latin1"),
    signature: Buffer.from(`${signature.join("\n")}\n`, "latin1"),
  };
}

function headerOf(line: string): string | undefined {
  return SIGNATURE_HEADERS.find((name) => line.startsWith(`${name} `));
}
