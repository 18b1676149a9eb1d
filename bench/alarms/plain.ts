import type { Delivery, Method, Watcher } from "./delivery.ts";

/**
 * "Warn at any key change": each package's last key is remembered, and another one, or none, is an alarm. `signingKey`
 * compares the key that made the signature, as many scripts do; `primary` the certificate that it belongs to.
 */
export function warnAtChange(name: string, by: "signingKey" | "primary"): Method {
  return { name, statements: "none", open: async () => watch(by) };
}

function watch(by: "signingKey" | "primary"): Watcher {
  const last = new Map<string, readonly string[]>();
  const keysOf = ({ signers }: Delivery): readonly string[] => signers.map((signer) => signer[by]);
  const probe = async (delivery: Delivery): Promise<string | undefined> => {
    const before = last.get(delivery.series);
    const keys = keysOf(delivery);
    if (keys.length === 0) return "no good signature";
    return before === undefined || keys.some((key) => before.includes(key)) ? undefined : "another key";
  };
  const accept = async (delivery: Delivery): Promise<void> => {
    last.set(delivery.series, keysOf(delivery));
  };
  return {
    probe,
    accept,
    receive: async (delivery) => {
      const alarm = await probe(delivery);
      if (alarm === undefined) await accept(delivery);
      return alarm;
    },
    close: async () => undefined,
  };
}
