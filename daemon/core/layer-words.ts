import { isSeedExpired } from "./layer-pin.ts";
import type { Pin } from "./pin.ts";
import { formatDate } from "./time.ts";

/** @returns why a package that this machine does not know is refused, as a clause. */
export function deniedClause(pin: Pin): string {
  if (!isSeedExpired(pin) || pin.layer?.expiredAt === undefined)
    return "not in this machine's pins, which take no new names";
  return `this machine's pins for it ran out on ${formatDate(pin.layer.expiredAt)}`;
}

/** @returns which pin files have to be settled first, as a clause. */
export function conflictClause({ layer, importConflict }: Pin): string {
  if (layer?.differ !== undefined) return `two of this machine's files differ: ${layer.differ.join(" and ")}`;
  return `${importConflict?.label ?? "a pin file"} names other signers; settle that first`;
}
