import type { Finding } from "./findings.ts";

/** @returns what is weak about a signature, half a sentence. */
export function weakClause(about: Finding | undefined, hasPin: boolean, name: string): string {
  const weaknesses =
    about?.signature.kind === "verified" || about?.signature.kind === "unsupported" ? about.signature.weaknesses : [];
  const broken = weaknesses.some(({ degree }) => degree === "broken");
  const how = `${[...new Set(weaknesses.map(({ algorithm }) => algorithmName(algorithm)))].join(" and ")}, which ${broken ? "anybody can forge" : "can be forged"}`;
  if (about?.known !== undefined) return `right signer, but ${how}`;
  return hasPin ? `signed with ${how}, by someone who never signed ${name} here` : `signed with ${how}`;
}

/** Algorithms as people write them. */
function algorithmName(algorithm: string): string {
  const known = new Map([
    ["sha1", "SHA-1"],
    ["md5", "MD5"],
    ["ripemd160", "RIPEMD-160"],
    ["dsa", "DSA"],
    ["elgamal", "ElGamal"],
    ["v3", "an obsolete signature format"],
  ]);
  return (
    known.get(algorithm) ??
    algorithm.replace(/^(rsa|dsa)(\d+)$/, (_, kind: string, bits: string) => `${kind.toUpperCase()} of ${bits} bits`)
  );
}
