import { MAX_CHAIN_BYTES } from "../core/chain-file.ts";
import { printable } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";
import type { FetchLimits, Network } from "../network/network.ts";

/** From the first packet to the last: no place keeps a command waiting longer. */
const TIMEOUT_MS = 10_000;
const KEYS_NAME = "TOFU-KEYS";
const MAX_URL_COLUMNS = 120;

/**
 * Fetches a chain file over https, and `TOFU-KEYS` from the same folder where there is one. The place is not trusted:
 * statements prove themselves. It ends after 10 s or 1 MiB.
 *
 * @param timeoutMs - moved by tests.
 * @throws TofuError `place-unreachable` naming the address and what went wrong.
 */
export async function fetchChain(network: Network, url: string, timeoutMs: number = TIMEOUT_MS): Promise<FoundChain> {
  const limits: FetchLimits = { timeoutMs, maxBytes: MAX_CHAIN_BYTES, reach: "anywhere" };
  const fetched = await network.get(url, limits);
  if (fetched.kind !== "found")
    throw new TofuError("place-unreachable", `${printable(url, MAX_URL_COLUMNS)} ${fetched.detail}`);
  // Certificates may come from anywhere; that none lie here says nothing.
  const keys = await network.get(new URL(KEYS_NAME, url).href, limits);
  return { bytes: fetched.bytes, place: url, keyFiles: [], keys: keys.kind === "found" ? [keys.bytes] : [] };
}
