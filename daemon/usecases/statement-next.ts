import type { ChainState } from "../core/handover-chain.ts";
import type { PackageName } from "../core/package-name.ts";
import { shortSigner } from "../core/sentence.ts";
import type { SignerId } from "../core/signer.ts";
import type { Statement } from "../core/statement.ts";
import type { HttpsUrl, Removal, RemovalReason, StatementKey, StatementRole, Vouch } from "../core/statement-value.ts";
import { type UnixMs, unixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { StatementBase } from "./statement-base.ts";
import type { Changes } from "./statement-changes.ts";

/** What a statement says beside its keys. */
export interface Terms {
  readonly releaseThreshold: number | undefined;
  readonly handoverThreshold: number | undefined;
  readonly vouches: readonly Vouch[];
  readonly locations: readonly HttpsUrl[];
  readonly alsoFor: readonly PackageName[];
  readonly notBefore: UnixMs | undefined;
  readonly reason: string;
}

/** The next statement of a chain, and what its maker should know, a sentence each. */
export interface NextStatement {
  readonly statement: Statement;
  readonly notes: readonly string[];
}

/** A state in the making. */
interface Editing {
  readonly isGenesis: boolean;
  readonly keys: Map<SignerId, ReadonlySet<StatementRole>>;
  readonly recovery: Set<SignerId>;
  readonly removed: Map<SignerId, Removal>;
  readonly notes: string[];
}

/**
 * Applies the changes to the state before. The key list is the whole new state, every key that goes has its line, and
 * thresholds stay as they were where enough keys are left (rules.md, section 4.2).
 *
 * @throws UsageError for a change that does not fit the state, or leaves no key that may release or hand over.
 */
export function nextStatement(base: StatementBase, changes: Changes, terms: Terms): NextStatement {
  const { head, before } = base;
  const editing: Editing = {
    isGenesis: head === undefined,
    keys: new Map([...before.keys].map(([signer, roles]) => [signer, statementRoles(roles)])),
    recovery: new Set(before.recovery),
    removed: new Map(),
    notes: [],
  };
  applyChanges(editing, changes);
  const threshold = chooseThresholds(editing, before, terms);
  const statement: Statement = {
    packages: distinct([...(head?.statement.packages ?? []), base.package, ...terms.alsoFor]),
    seq: (head?.statement.seq ?? 0) + 1,
    previous: head?.sha256,
    // A statement knows whole seconds.
    issued: unixMs(base.now - (base.now % 1000)),
    notBefore: terms.notBefore,
    keys: [...editing.keys].map(([signer, roles]): StatementKey => ({ signer, roles })),
    recovery: [...editing.recovery],
    threshold,
    removed: [...editing.removed.values()],
    vouches: terms.vouches,
    locations: distinct([...(head?.statement.locations ?? []), ...terms.locations]),
    notes: [],
    reason: terms.reason,
  };
  return { statement, notes: [...editing.notes, ...risks(statement)] };
}

function statementRoles(roles: ReadonlySet<string>): ReadonlySet<StatementRole> {
  return new Set((["release", "handover"] as const).filter((role) => roles.has(role)));
}

function applyChanges(editing: Editing, changes: Changes): void {
  for (const { old, next } of changes.rotate) rotate(editing, old, next);
  for (const removal of changes.remove) remove(editing, removal);
  if (changes.handTo.length > 0) handTo(editing, changes.handTo);
  for (const key of changes.add) add(editing, key);
  for (const signer of changes.dropRecovery)
    if (!editing.recovery.delete(signer)) throw new UsageError(`${shortSigner(signer)} is no recovery key`);
  for (const signer of changes.recovery) addRecovery(editing, signer);
}

function add({ keys, recovery, removed, notes }: Editing, { signer, roles }: StatementKey): void {
  if (removed.has(signer)) throw new UsageError(`${shortSigner(signer)} can't be added and removed at once`);
  if (recovery.delete(signer))
    notes.push(`${shortSigner(signer)} is a recovery key no more, since it gets other roles`);
  keys.set(signer, roles);
}

function remove({ isGenesis, keys, recovery, removed }: Editing, removal: Removal): void {
  const { signer } = removal;
  const was = [keys.delete(signer), recovery.delete(signer)].includes(true);
  // Only a first statement may name keys that are not pinned here: some users may have pinned them (rules.md, 4.3, 5).
  if (!was && !isGenesis)
    throw new UsageError(`${shortSigner(signer)} is no key of the present state, so it can't be removed`);
  removed.set(signer, removal);
}

function rotate(editing: Editing, old: SignerId, next: SignerId): void {
  const roles = editing.keys.get(old);
  if (old === next) throw new UsageError("--rotate needs two different keys");
  if (roles !== undefined) {
    remove(editing, gone(old, "superseded"));
    add(editing, { signer: next, roles: new Set([...roles, ...(editing.keys.get(next) ?? [])]) });
    return;
  }
  if (!editing.recovery.delete(old))
    throw new UsageError(`${shortSigner(old)} is no key of the present state, so nothing can take its place`);
  addRecovery(editing, next);
}

function handTo(editing: Editing, newcomers: readonly SignerId[]): void {
  for (const signer of [...editing.keys.keys()])
    if (!newcomers.includes(signer)) remove(editing, gone(signer, "retired"));
  // Whoever takes over brings recovery keys of their own; the old team's would outrank a single new key.
  for (const signer of editing.recovery)
    editing.notes.push(`recovery key ${shortSigner(signer)} goes with the old team`);
  editing.recovery.clear();
  for (const signer of newcomers) add(editing, { signer, roles: new Set(["release", "handover"]) });
}

function addRecovery({ keys, recovery, removed }: Editing, signer: SignerId): void {
  if (keys.has(signer)) throw new UsageError(`${shortSigner(signer)} has another role; a recovery key has no other`);
  if (removed.has(signer)) throw new UsageError(`${shortSigner(signer)} can't be removed and a recovery key at once`);
  recovery.add(signer);
}

function gone(signer: SignerId, reason: RemovalReason): Removal {
  return { signer, reason, since: undefined };
}

/**
 * A first statement starts from a majority of those who may hand over, as a pin without statements does: one stolen key
 * of several must not be able to rewrite the set.
 */
function chooseThresholds(editing: Editing, before: ChainState, terms: Terms): Statement["threshold"] {
  const countOf = (role: StatementRole): number => [...editing.keys.values()].filter((roles) => roles.has(role)).length;
  const handover = countOf("handover");
  return {
    handover: choose("handover", {
      wish: terms.handoverThreshold,
      before: editing.isGenesis ? Math.floor(handover / 2) + 1 : before.threshold.handover,
      keys: handover,
      notes: editing.notes,
    }),
    release: choose("release", {
      wish: terms.releaseThreshold,
      before: before.threshold.release,
      keys: countOf("release"),
      notes: editing.notes,
    }),
  };
}

interface Choice {
  readonly wish: number | undefined;
  readonly before: number;
  readonly keys: number;
  readonly notes: string[];
}

function choose(role: StatementRole, { wish, before, keys, notes }: Choice): number {
  const what = role === "handover" ? "hand over" : "release";
  if (keys === 0) throw new UsageError(`nobody would be left who may ${what}`, "--add FPR");
  if (wish !== undefined && wish > keys)
    throw new UsageError(`${wish} must ${what}, but only ${keys} ${keys === 1 ? "key" : "keys"} may; nobody could`);
  if (wish === undefined && before > keys)
    notes.push(`only ${keys} may ${what}, so ${keys} must from now on, not ${before}`);
  return wish ?? Math.min(before, keys);
}

/** What the state brought about leaves to one person, or to one accident. */
function risks({ keys, recovery, threshold }: Statement): readonly string[] {
  const handover = keys.filter(({ roles }) => roles.has("handover")).length;
  if (recovery.length > 0) return [];
  if (threshold.handover === 1)
    return ["1 key can change everything, and its thief too: name an offline recovery key (--recovery FPR)"];
  if (threshold.handover === handover)
    return ["all who may hand over must sign: one lost key ends the chain; name a recovery key (--recovery FPR)"];
  return [];
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
