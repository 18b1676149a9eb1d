import assert from "node:assert/strict";
import { it } from "node:test";
import type { StatementJudgement } from "../../daemon/core/handover-judgement.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { letters, offered, type Wish } from "./offers.ts";
import { Scene, signed, signer } from "./scene.ts";

/** A row of rules.md, 3.6 or 4: what is played, and what the last answer must be. */
export interface Row {
  readonly row: string;
  readonly name: string;
  readonly play: (scene: Scene) => StatementJudgement | Judgement | undefined;
  readonly verdict: string;
  readonly exit?: number;
  /** The reason that a statement's answer names. */
  readonly detail?: RegExp;
  /** Exactly these. */
  readonly notices?: readonly string[];
  /** Letters that may act afterwards. */
  readonly active?: string;
}

/** Registers one test a row. */
export function testRows(rows: readonly Row[]): void {
  for (const row of rows) it(`${row.row}: ${row.name}`, () => check(row));
}

function check(row: Row): void {
  const scene = new Scene();
  const answer = row.play(scene);
  assert.ok(answer !== undefined, "nothing was answered");
  assert.equal(answer.verdict, row.verdict, "detail" in answer ? answer.detail : answer.sentence);
  if (row.exit !== undefined) assert.equal("exit" in answer ? answer.exit : undefined, row.exit);
  if (row.detail !== undefined) assert.match("detail" in answer ? (answer.detail ?? "") : "", row.detail);
  const notices = answer.notices.map((notice) => (typeof notice === "string" ? notice : notice.kind));
  if (row.notices !== undefined) assert.deepEqual([...notices].sort(), [...row.notices].sort());
  if (row.active !== undefined) assert.deepEqual([...scene.active()].sort(), letters(row.active).map(signer).sort());
}

/** Offers statements on one day. @returns the answer to the last. */
export function offer(
  scene: Scene,
  at: string,
  ...offers: readonly OfferedStatement[]
): StatementJudgement | undefined {
  return scene.offer(at, ...offers).at(-1);
}

/** The first release, signed by these letters: the pin of rows without a chain. */
export function pinned(scene: Scene, list = "A"): void {
  scene.arrive({ at: "2026-01-01", bytes: "one", version: "1.0", signatures: letters(list).map((one) => signed(one)) });
}

/** A chain of one statement on the first of January, signed by all it lists. @returns that statement. */
export function begun(scene: Scene, wish: Omit<Wish, "by">): OfferedStatement {
  const everybody = `${wish.keys} ${wish.recovery ?? ""}`.replace(/:\w/g, "");
  const first = offered({ ...wish, by: everybody });
  scene.offer("2026-01-01", first);
  return first;
}

/** A release of its own on this day. */
export function release(scene: Scene, at: string, list: string, chain: readonly OfferedStatement[] = []): Judgement {
  const signatures = letters(list).map((one) => signed(one, { createdAt: signedAt }));
  return scene.arrive({
    at,
    bytes: `release ${at} ${list}`,
    version: `2.${at.replaceAll("-", "")}`,
    signatures,
    chain,
  });
}
const signedAt = signed("A").createdAt;
