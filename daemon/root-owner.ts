import { readFileSync } from "node:fs";

const NOBODY = 65_534;
let known: number | undefined;

/**
 * Says whose root's files are to this process. In a user namespace in which root has no number, as the service has one
 * (`systemd/tofu.service`), they are "nobody's", together with those of all other users: whoever takes an owner for root
 * then has to look at who could have put the file there as well.
 *
 * @returns 0, or what the kernel shows in its stead (user_namespaces(7), "Unmapped user and group IDs").
 */
export function rootOwner(): number {
  known ??= ownerShown(read("/proc/self/uid_map"), read("/proc/sys/kernel/overflowuid"));
  return known;
}

/**
 * @param map - lines of first number inside, first number outside and how many; `undefined`: there are no namespaces.
 * @param overflow - the number of those who have none.
 */
export function ownerShown(map: string | undefined, overflow: string | undefined): number {
  const starts = (map ?? "").split("\n").flatMap((line) => /^\s*(\d+)\s+\d+\s+\d+\s*$/.exec(line)?.[1] ?? []);
  // A range that holds 0 begins with it.
  if (starts.length === 0 || starts.includes("0")) return 0;
  const shown = Number(overflow ?? NOBODY);
  return Number.isSafeInteger(shown) && shown > 0 ? shown : NOBODY;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No such file on this system, or no /proc at all: then there is nothing to translate.
    return undefined;
  }
}
