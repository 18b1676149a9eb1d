import { createHash } from "node:crypto";
import type { Fetched, Network } from "../network/network.ts";
import { type Address, formatAddress } from "./address.ts";
import { namedKeys } from "./named-keys.ts";
import { type Asking, type Said, silent, type Witness } from "./witness.ts";

/** z-base-32, as the Web Key Directory writes a hash (draft-koch-openpgp-webkey-service, section 3.1). */
const ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769";
const BITS = 5;
const MAX_KEY_BYTES: number = 256 << 10;
const TIMEOUT_MS = 3000;
const MAX_DOMAINS = 4;

/**
 * The Web Key Directory of each mail domain that the keys claim: whoever runs the domain publishes the keys of its
 * addresses. It says whose address a key is, not whose package.
 */
export function wkdWitnesses(network: Network, { addresses }: Asking): readonly Witness[] {
  const byDomain = new Map<string, readonly Address[]>();
  for (const address of addresses) byDomain.set(address.domain, [...(byDomain.get(address.domain) ?? []), address]);
  return [...byDomain].slice(0, MAX_DOMAINS).map(([domain, own]) => ({
    kind: "wkd",
    source: domain,
    controller: { kind: "host", host: domain },
    reach: "network",
    ask: () => askDomain(network, own),
  }));
}

async function askDomain(network: Network, addresses: readonly Address[]): Promise<Said> {
  const said = await Promise.all(addresses.map((address) => askAddress(network, address)));
  const names = said.flatMap((one) => one.names);
  const against = said.flatMap((one) => one.against ?? []);
  const isSilent = names.length + against.length === 0;
  return { names, against, ...(isSilent ? { silence: said[0]?.silence ?? "no-key" } : {}) };
}

async function askAddress(network: Network, address: Address): Promise<Said> {
  const { advanced, direct } = wkdAddresses(address);
  const fetched = await get(network, advanced);
  // Only where the domain has no `openpgpkey` host is its own host asked (section 3.1 of the draft).
  const answer = fetched.kind === "failed" && isUnknownHost(fetched) ? await get(network, direct) : fetched;
  switch (answer.kind) {
    case "found":
      return await namedKeys(answer.bytes, { by: "address", addresses: [address] });
    case "absent":
      return silent("no-key");
    case "failed":
      return silent(isUnknownHost(answer) ? "no-key" : "unreachable");
  }
}

function get(network: Network, url: string): Promise<Fetched> {
  return network.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_KEY_BYTES, reach: "public" });
}

function isUnknownHost({ code }: Extract<Fetched, { readonly kind: "failed" }>): boolean {
  return code === "ENOTFOUND" || code === "ENODATA";
}

/** @returns where an address's key is published: on the host made for it, and on the domain's own. */
export function wkdAddresses(address: Address): { readonly advanced: string; readonly direct: string } {
  const { local, domain } = address;
  const hash = zBase32(
    createHash("sha1")
      .update(formatAddress(address).split("@")[0] ?? "")
      .digest(),
  );
  const path = `hu/${hash}?l=${encodeURIComponent(local)}`;
  return {
    advanced: `https://openpgpkey.${domain}/.well-known/openpgpkey/${domain}/${path}`,
    direct: `https://${domain}/.well-known/openpgpkey/${path}`,
  };
}

/** @returns the bytes in z-base-32, the last group filled up with zero bits. */
export function zBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= BITS; bits -= BITS) text += ALPHABET[(value >>> (bits - BITS)) & 31];
  }
  return bits === 0 ? text : text + ALPHABET[(value << (BITS - bits)) & 31];
}
