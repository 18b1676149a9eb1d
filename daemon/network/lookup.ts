import { lookup } from "node:dns";
import { BlockList, type LookupFunction } from "node:net";

/** Addresses of this machine and of networks that nobody outside can name (RFC 6890). */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv6");

/** @returns whether an address is one that only this machine or its own network answers. */
export function isPrivateAddress(address: string, family: number): boolean {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return PRIVATE.check(mapped, "ipv4");
  return PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Asks the system for a name, and knows no private address. The address found is the one that is connected to. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error === null ? addresses.filter(({ address, family }) => !isPrivateAddress(address, family)) : [];
    const [first] = open;
    if (error !== null) callback(error, "");
    else if (first === undefined)
      callback(Object.assign(new Error("it has no public address"), { code: "EPRIVATE" }), "");
    else if (options.all === true) callback(null, open);
    else callback(null, first.address, first.family);
  });
};

/** Every name is this machine. */
export const loopbackLookup: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};
