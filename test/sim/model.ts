/**
 * Who is a signer, written once more from rules.md, 4.3 and 4.6, and from nothing else: sets of letters, no fingerprints,
 * no events. What it does not know (recovery, revocation, dates) the simulation does not play.
 */
export interface Paper {
  readonly id: string;
  /** The statement that it builds on; the first has none. */
  readonly on: string | undefined;
  readonly keys: readonly string[];
  readonly handover: number;
  readonly removed: readonly string[];
  /** Who signed it as rules.md, 4.1, asks: with the primary key, binary, for handovers. */
  readonly signedBy: readonly string[];
}

export interface Model {
  readonly chain: readonly Paper[];
  readonly locals: readonly string[];
  readonly forks: readonly string[];
  /** Those who pass while two quorums disagree. */
  readonly passing: readonly string[] | undefined;
}

/** @returns the model of a machine that has just followed a chain's first statement. */
export function opened(first: Paper): Model {
  return { chain: [first], locals: [], forks: [], passing: undefined };
}

/** @returns who may act. */
export function acting({ chain, locals, passing }: Model): readonly string[] {
  const keys = chain.at(-1)?.keys ?? [];
  return [...new Set(passing ?? [...keys, ...locals])].sort();
}

/** @returns what is known after this statement was offered. */
export function told(model: Model, paper: Paper): Model {
  const { chain, forks } = model;
  const head = chain.at(-1);
  const place = chain.findIndex(({ id }) => id === paper.on);
  const old = chain[place];
  if (head === undefined || old === undefined) return model;
  if ([...chain.map(({ id }) => id), ...forks].includes(paper.id) || !mayFollow(old, paper)) return model;
  if (old === head) return model.passing === undefined ? { ...model, chain: [...chain, paper] } : model;
  // Row 49 asks who of its signers holds the right at our head, however they came by it.
  const stillThere = both(paper.signedBy, head.keys);
  if (stillThere.length < Math.max(old.handover, head.handover)) return { ...model, forks: [...forks, paper.id] };
  const passing = both(both(both(old.keys, head.keys), paper.keys), model.passing ?? head.keys);
  return { ...model, forks: [...forks, paper.id], passing };
}

/** @returns what is known after the user said that ours holds. */
export function resolved(model: Model): Model {
  return { ...model, passing: undefined };
}

/** @returns what is known after the user trusted somebody here. */
export function trusted(model: Model, letter: string): Model {
  return model.passing === undefined ? { ...model, locals: [...model.locals, letter] } : model;
}

function mayFollow(old: Paper, { keys, handover, removed, signedBy }: Paper): boolean {
  const added = keys.filter((key) => !old.keys.includes(key));
  const gone = old.keys.filter((key) => !keys.includes(key));
  const isExplained = gone.length === removed.length && gone.every((key) => removed.includes(key));
  const isAgreed = both(old.keys, signedBy).length >= old.handover && both(keys, signedBy).length >= handover;
  return isExplained && isAgreed && handover <= keys.length && added.every((key) => signedBy.includes(key));
}

function both(one: readonly string[], other: readonly string[]): readonly string[] {
  return one.filter((letter) => other.includes(letter));
}
