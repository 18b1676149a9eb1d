import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { packageIn } from "../../daemon/core/package-name.ts";
import { release } from "./handover-row.ts";
import { mark, offered, type Wish } from "./offers.ts";
import { must, PACKAGE, Scene, signed, signer, time } from "./scene.ts";

interface Vector {
  readonly title: string;
  readonly pin: {
    readonly signers: readonly string[];
    readonly threshold: number;
    readonly head: number;
    readonly revoked?: Readonly<Record<string, string>>;
    readonly expired?: Readonly<Record<string, number>>;
  };
  readonly statement: {
    readonly for: string;
    readonly prev: number;
    readonly set: readonly string[];
    readonly signed: readonly string[];
    readonly threshold?: number;
    readonly type?: string;
    readonly created?: number;
    readonly carrier?: string;
    readonly raw?: string;
  };
  readonly expect: "accept" | "refuse";
  readonly then: readonly string[];
}

const { scenarios } = JSON.parse(readFileSync("test/vectors/handover.json", "utf8")) as {
  readonly scenarios: readonly Vector[];
};
const DAY_0 = Date.parse("2026-01-01T00:00:00Z");
const FIELDS = ["for", "prev", "set", "signed", "threshold", "type", "created", "carrier", "raw"];

/** @returns the day, so many days after day 0. */
function day(n: number): string {
  return new Date(DAY_0 + n * 86_400_000).toISOString().slice(0, 10);
}

/** A statement after `before`, whose differences it explains. */
function change(before: readonly string[], after: readonly string[], rest: Partial<Wish>): Wish {
  const gone = before.filter((letter) => !after.includes(letter));
  return {
    keys: after.join(" "),
    remove: Object.fromEntries(gone.map((letter) => [letter, "superseded"])),
    by: "",
    issued: day(1),
    ...rest,
  };
}

/** What the pin has accepted: A first; of two statements the first hands over to B; the last leads to the pin's signers. */
function history({ signers, threshold, head }: Vector["pin"]): readonly (readonly string[])[] {
  if (head === 0) return [signers];
  assert.ok(head <= 2 && (head > 0 || threshold > 0), "a longer history than this adapter knows");
  return head === 1 ? [["A"], signers] : [["A"], ["B"], signers];
}

function play({ pin, statement, ...vector }: Vector): void {
  const scene = new Scene();
  const states = history(pin);
  const [first = []] = states;
  scene.arrive({ at: day(0), bytes: "first", signatures: first.map((letter) => signed(letter)) });
  const chain: ReturnType<typeof offered>[] = [];
  for (const [index, after] of states.slice(1).entries()) {
    const before = states[index] ?? [];
    const handover = index === states.length - 2 ? pin.threshold : 1;
    const on = chain.at(-1);
    const by = [...new Set([...before, ...after])].join(" ");
    chain.push(offered(change(before, after, { by, handover, ...(on === undefined ? {} : { on }) })));
  }
  for (const link of chain) scene.offer(day(2), link);
  for (const letter of Object.keys(pin.revoked ?? {}))
    scene.append(day(3), { kind: "revoke", key: signer(letter), hard: true, compromised: true, by: "cert" });
  const [answer] = scene.offer(day(30), statementOf({ pin, statement, ...vector }, states, chain));
  const accepted = ["handover-applied", "handover-known", "first-use"].includes(answer?.verdict ?? "");
  assert.equal(accepted, vector.expect === "accept", `${answer?.verdict} ${answer?.detail}`);
  const listed = [...scene.pin.signers.values()].filter(({ state }) => state === "active" || state === "revoked");
  assert.deepEqual(listed.map((entry) => entry.signer).sort(), vector.then.map(signer).sort());
  const good = vector.then.filter((letter) => pin.revoked?.[letter] === undefined);
  for (const [index, letter] of good.entries()) assert.equal(release(scene, day(31 + index), letter).exit, 0);
}

function statementOf(
  { pin, statement }: Vector,
  states: readonly (readonly string[])[],
  chain: readonly ReturnType<typeof offered>[],
): ReturnType<typeof offered> {
  for (const field of Object.keys(statement)) assert.ok(FIELDS.includes(field), `unknown field ${field}`);
  const { set, prev, created = 1, type = "0x00", carrier, raw = "" } = statement;
  const on = chain[prev - 1];
  const other = must(packageIn("pypi", "moonpy"));
  const by = statement.signed.map((letter) =>
    mark(letter, {
      createdAt: time(day(created)),
      isExpired: pin.expired?.[letter] !== undefined,
      isBinary: type === "0x00",
      isForHandover: carrier === undefined,
    }),
  );
  const retyped = (text: string): string => {
    if (raw.includes("occurs twice")) return text.replace(/^(seq .*)$/m, "$1\nseq 9");
    return raw.includes("tofu-handover 2") ? text.replace("tofu-handover 1", "tofu-handover 2") : text;
  };
  return offered(
    change(states[prev] ?? [], set, {
      by,
      ...(on === undefined ? {} : { on }),
      handover: statement.threshold ?? Math.max(1, Math.min(pin.threshold, set.length)),
      issued: day(created),
      packages: [statement.for === PACKAGE ? PACKAGE : other],
      retyped,
    }),
  );
}

describe("vectors/handover.json", () => {
  for (const vector of scenarios) it(vector.title, () => play(vector));
});
