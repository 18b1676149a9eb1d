import { LayeredMap, LayeredSet } from "../../daemon/core/layered-map.ts";

/** @returns a copy in which layered maps and sets are plain ones, in their order: those can be compared and cloned. */
export function plain(value: unknown): unknown {
  if (value instanceof LayeredMap || value instanceof Map)
    return { map: [...value].map(([key, each]) => [key, plain(each)]) };
  if (value instanceof LayeredSet || value instanceof Set) return { set: [...value].map(plain) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
