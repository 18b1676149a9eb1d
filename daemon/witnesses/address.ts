/** A mail address that a key claims. */
export interface Address {
  /** As the key writes it. */
  readonly local: string;
  /** Lower case, ASCII, at least two labels, none of which is a number alone at its end. */
  readonly domain: string;
}

const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
const IN_BRACKETS = /<([^<>\s@]+@[^<>\s@]+)>\s*$/;
const BARE = /^\s*([^<>\s@]+@[^<>\s@]+)\s*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * @param userId - a User ID: outside text, a claim of whoever made the key.
 * @returns the address in it; `undefined` where there is none that could be asked about.
 */
export function addressOf(userId: string): Address | undefined {
  const text = (IN_BRACKETS.exec(userId) ?? BARE.exec(userId))?.[1];
  const [local = "", domain = ""] = text?.split("@") ?? [];
  const lower = domain.toLowerCase();
  const fits = local !== "" && local.length <= MAX_LOCAL && lower.length <= MAX_DOMAIN && DOMAIN.test(lower);
  return fits ? { local, domain: lower } : undefined;
}

/** @returns the address as it is written; two that are the same read the same. */
export function formatAddress({ local, domain }: Address): string {
  return `${local.toLowerCase()}@${domain}`;
}

/** @returns whether a User ID is of this address, in whatever case. */
export function isAddressOf(userId: string, address: Address): boolean {
  const found = addressOf(userId);
  return found !== undefined && formatAddress(found) === formatAddress(address);
}
