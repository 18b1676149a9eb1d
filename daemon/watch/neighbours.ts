import { signatureNamesFor, unfinishedNamesFor } from "../core/pairing.ts";
import type { Candidate } from "./candidate.ts";
import { LIST_NAMES, type Role } from "./role.ts";

/** What is known of a file in a watched folder. */
export interface Entry {
  readonly role: Role;
  readonly identity: string;
  readonly size: number;
  readonly changedAtMs: number;
}

/** @returns what a judgement would rest on. */
export function basisOf(own: readonly Beside[], beside: readonly Beside[], isKnown: boolean): Candidate["basis"] {
  if (own.length > 0) return "beside";
  return beside.some(({ isSignature }) => isSignature || isKnown) ? "listed" : "alone";
}

/** A file that lies beside an artifact. */
export interface Beside extends Entry {
  readonly name: string;
  readonly isSignature: boolean;
}

/** What lies beside an artifact by name and has content; an empty signature is one that is still to come. */
export function ownSignatures(entries: ReadonlyMap<string, Entry>, name: string): readonly Beside[] {
  const { detached, unpacked } = signatureNamesFor(name);
  return [...detached, ...unpacked].flatMap((candidate) => {
    const entry = entries.get(candidate);
    return entry === undefined || entry.size === 0 ? [] : [{ ...entry, name: candidate, isSignature: true }];
  });
}

/** Lists of digests, and signatures over them, as far as they have content. */
export function listsIn(entries: ReadonlyMap<string, Entry>): readonly Beside[] {
  const found: Beside[] = [];
  for (const [name, { isSignature }] of LIST_NAMES) {
    const entry = entries.get(name);
    if (entry !== undefined && entry.size > 0) found.push({ ...entry, name, isSignature });
  }
  return found;
}

/** When the program that still writes to this artifact was last heard of. */
export function unfinishedSince(entries: ReadonlyMap<string, Entry>, name: string): number | undefined {
  const found = unfinishedNamesFor(name).flatMap((other) => entries.get(other)?.changedAtMs ?? []);
  return found.length === 0 ? undefined : Math.max(...found);
}
