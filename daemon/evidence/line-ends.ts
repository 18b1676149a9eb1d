const CR = 0x0d;
const LF = 0x0a;

/**
 * Turns a lone LF into CRLF, as text signatures (type 0x01) are made over (RFC 9580 section 5.2.1.2). CRLF and a lone CR
 * stay as they are. One per reading: it remembers the last byte of the piece before.
 *
 * @returns a function that gives the canonical form of the next piece.
 */
export function lineEndCanonicaliser(): (piece: Uint8Array) => Uint8Array {
  let last = 0;
  return (piece) => {
    const added = countLoneLineFeeds(piece, last);
    const out = added === 0 ? piece : withCarriageReturns(piece, last, piece.length + added);
    last = piece.at(-1) ?? last;
    return out;
  };
}

function countLoneLineFeeds(piece: Uint8Array, before: number): number {
  let count = 0;
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if ((at === 0 ? before : piece[at - 1]) !== CR) count += 1;
  }
  return count;
}

function withCarriageReturns(piece: Uint8Array, before: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let copied = 0;
  let filled = 0;
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if ((at === 0 ? before : piece[at - 1]) === CR) continue;
    out.set(piece.subarray(copied, at), filled);
    filled += at - copied;
    out[filled] = CR;
    filled += 1;
    copied = at;
  }
  out.set(piece.subarray(copied), filled);
  return out;
}
