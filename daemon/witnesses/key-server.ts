import { fingerprintOf } from "../core/signer.ts";
import type { Fetched, Network } from "../network/network.ts";
import { type Address, formatAddress } from "./address.ts";
import { namedKeys } from "./named-keys.ts";
import { type Asking, type Said, silent, type Witness } from "./witness.ts";

const MAX_KEY_BYTES: number = 1 << 20;
const TIMEOUT_MS = 3000;
const MAX_ADDRESSES = 4;
const MAX_SIGNERS = 2;

/**
 * Key servers. One that verifies addresses (the VKS interface) says whose mailbox asked for the key to be found; any
 * other, asked by HKP for a fingerprint, only that such a key exists, which is no vote.
 */
export function keyServerWitnesses(network: Network, servers: readonly string[], asking: Asking): readonly Witness[] {
  return servers.map((server) => ({
    kind: "key-server",
    source: server,
    controller: { kind: "host", host: server.replace(/:\d+$/, "") },
    reach: "network",
    ask: () => askServer(network, server, asking),
  }));
}

async function askServer(network: Network, server: string, { addresses, signers }: Asking): Promise<Said> {
  const said = await Promise.all(addresses.slice(0, MAX_ADDRESSES).map((one) => byAddress(network, server, one)));
  const names = said.flatMap((one) => one.names);
  const against = said.flatMap((one) => one.against ?? []);
  if (names.length + against.length > 0) return { names, against };
  const keys = signers.flatMap((signer) => fingerprintOf(signer) ?? []).slice(0, MAX_SIGNERS);
  const bare = await Promise.all(keys.map((key) => get(network, `https://${server}/pks/lookup?${hkpQuery(key)}`)));
  for (const answer of bare) {
    if (answer.kind !== "found") continue;
    // A revocation proves itself, wherever it lies.
    const found = await namedKeys(answer.bytes, { by: "bare-key" });
    const about = found.names.filter(({ signer }) => signers.includes(signer));
    if (about.length + (found.against?.length ?? 0) > 0) return { ...found, names: about };
  }
  const isAway = bare.length > 0 && bare.every(({ kind }) => kind === "failed");
  return silent(isAway ? "unreachable" : "no-key");
}

async function byAddress(network: Network, server: string, address: Address): Promise<Said> {
  const mail = encodeURIComponent(formatAddress(address));
  const answer = await get(network, `https://${server}/vks/v1/by-email/${mail}`);
  return answer.kind === "found"
    ? await namedKeys(answer.bytes, { by: "address", addresses: [address] })
    : silent("no-key");
}

function hkpQuery(fingerprint: string): string {
  return `op=get&options=mr&search=0x${fingerprint}`;
}

/** The user named this server, so it may stand in the user's own network. */
function get(network: Network, url: string): Promise<Fetched> {
  return network.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_KEY_BYTES, reach: "anywhere" });
}
