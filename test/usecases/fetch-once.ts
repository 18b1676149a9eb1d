import { openNetwork } from "../../daemon/network/network.ts";
import { fetchChain } from "../../daemon/usecases/fetch-chain.ts";

/** A process of its own, since Node reads the certificates it trusts besides (NODE_EXTRA_CA_CERTS) when it starts. */
const [url = "", timeoutMs = "10000"] = process.argv.slice(2);
try {
  const { bytes, keys = [], place } = await fetchChain(openNetwork(), url, Number(timeoutMs));
  process.stdout.write(
    JSON.stringify({
      text: Buffer.from(bytes).toString(),
      keys: keys.map((key) => Buffer.from(key).toString()),
      place,
    }),
  );
} catch (error) {
  process.stdout.write(JSON.stringify({ fault: error instanceof Error ? error.message : String(error) }));
}
