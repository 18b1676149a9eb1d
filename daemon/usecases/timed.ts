import { formatTime, type UnixMs } from "../core/time.ts";

/** @returns the time under its key as answers write it, or nothing where there is none. */
export function timed<K extends string>(key: K, time: UnixMs | undefined): { readonly [N in K]?: string } {
  // The one entry has exactly the key and the type that the result names.
  return (time === undefined ? {} : { [key]: formatTime(time) }) as { readonly [N in K]?: string };
}
