import { escapeText } from "../core/printable.ts";
import { openpgpSigner, parseSigner, type SignerId } from "../core/signer.ts";
import { type Removal, readRemoval, type StatementKey, type StatementRole } from "../core/statement-value.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { HandoverMakeRequest } from "../protocol/handover-requests.ts";
import { readFingerprint } from "./trust.ts";

/** What a publisher wants to be different, as typed; nothing of it was compared with the present state. */
export interface Changes {
  readonly add: readonly StatementKey[];
  readonly remove: readonly Removal[];
  readonly rotate: readonly { readonly old: SignerId; readonly next: SignerId }[];
  readonly handTo: readonly SignerId[];
  readonly recovery: readonly SignerId[];
  readonly dropRecovery: readonly SignerId[];
}

type ChangeWords = Pick<HandoverMakeRequest, "add" | "remove" | "rotate" | "handTo" | "recovery" | "dropRecovery">;

const BOTH: readonly StatementRole[] = ["release", "handover"];
const REMOVE = /^(.+)=(superseded|retired|lost|compromised)(?:@(\S+))?$/;

/** @throws UsageError naming the word that can't be read, with its form. */
export function readChanges(words: ChangeWords): Changes {
  return {
    add: words.add.map(readAdded),
    remove: words.remove.map(readRemoved),
    rotate: words.rotate.map(readRotation),
    handTo: words.handTo.map(readSignerWord),
    recovery: words.recovery.map(readSignerWord),
    dropRecovery: words.dropRecovery.map(readSignerWord),
  };
}

/** @returns whether anything is to change at all. */
export function changesNothing(changes: Changes): boolean {
  return Object.values(changes).every((list) => list.length === 0);
}

/**
 * @returns the signer: a whole OpenPGP fingerprint as people write it, or any kind of signer as statements write it.
 * @throws UsageError where the text names none.
 */
export function readSignerWord(text: string): SignerId {
  const isNamed = /^[a-z]+:/.test(text) && !text.startsWith("openpgp:");
  if (!isNamed) return openpgpSigner(readFingerprint(text));
  const parsed = parseSigner(text);
  if (!parsed.ok)
    throw new UsageError(`"${escapeText(text.slice(0, 100))}" names no signer`, "a fingerprint, or ssh:SHA256:…");
  return parsed.value;
}

/** `FPR` for both roles, else `FPR=release`, `FPR=handover`, `FPR=release,handover`. */
function readAdded(text: string): StatementKey {
  const [, name = text, listed] = /^(.+)=([^=]*)$/.exec(text) ?? [];
  if (listed === undefined) return { signer: readSignerWord(name), roles: new Set(BOTH) };
  const words = listed.split(",");
  const roles = BOTH.filter((role) => words.includes(role));
  if (roles.length === 0 || roles.length !== words.length)
    throw new UsageError(
      `"${escapeText(listed.slice(0, 60))}" is no list of roles`,
      "release, handover or release,handover; a recovery key is named with --recovery",
    );
  return { signer: readSignerWord(name), roles: new Set(roles) };
}

/** `FPR=retired`, with `@2026-05-01` where it is known since when. */
function readRemoved(text: string): Removal {
  const [, name, reason = "", since] = REMOVE.exec(text) ?? [];
  const form = "FPR=superseded|retired|lost|compromised[@DATE]";
  if (name === undefined)
    throw new UsageError(`"${escapeText(text.slice(0, 100))}" says no reason to remove a key`, form);
  const signer = readSignerWord(name);
  const removal = readRemoval(`${signer} ${reason}${since === undefined ? "" : ` since ${since}`}`);
  if (removal === undefined)
    throw new UsageError(`"${escapeText(text.slice(0, 100))}" holds no time such as 2026-05-01`, form);
  return removal;
}

function readRotation(text: string): Changes["rotate"][number] {
  const [old, next, ...rest] = text.split("=");
  if (old === undefined || next === undefined || rest.length > 0)
    throw new UsageError(`"${escapeText(text.slice(0, 100))}" is no rotation`, "--rotate OLD=NEW, two fingerprints");
  return { old: readSignerWord(old), next: readSignerWord(next) };
}
