import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Candidate } from "../../daemon/watch/candidate.ts";
import { PendingArtifacts } from "../../daemon/watch/pending.ts";

function candidateAt(path: string): Candidate {
  const file = { folder: "/in", name: path.slice(4), identity: "1" };
  return {
    path,
    basis: "beside",
    isKnown: false,
    size: 1,
    lastWriteMs: 0,
    aloneAtMs: 0,
    files: [file],
    marks: ["mark"],
  };
}

const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), name: fc.nat(5), readyAtMs: fc.nat(20) }),
  fc.record({ kind: fc.constant("delete" as const), name: fc.nat(5) }),
  // Time may go back too.
  fc.record({ kind: fc.constant("due" as const), nowMs: fc.nat(20), max: fc.nat(3), kept: fc.nat(5) }),
);

interface Question {
  readonly nowMs: number;
  readonly max: number;
  readonly kept: number;
}

/** What a look at each of them finds. */
function dueOf(all: ReadonlyMap<string, number>, { nowMs, max, kept }: Question) {
  const come = [...all].filter(([, at]) => at <= nowMs).map(([path]) => path);
  const ready = come.filter((path) => path !== `/in/${kept}`).slice(0, max);
  const later = [...all.values()].filter((at) => at > nowMs);
  const nextLater = later.length > 0 ? Math.min(...later) : undefined;
  return { ready, nextMs: come.length > ready.length ? nowMs : nextLater };
}

test("whatever comes and goes, what is due is what a look at each of them finds", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pending = new PendingArtifacts();
      const model = new Map<string, number>();
      for (const one of steps) {
        if (one.kind === "due") {
          const { nowMs, max, kept } = one;
          const { ready, nextMs } = pending.due(nowMs, { max, isKept: (path) => path === `/in/${kept}` });
          assert.deepEqual({ ready: ready.map(({ path }) => path), nextMs }, dueOf(model, one));
          continue;
        }
        const path = `/in/${one.name}`;
        if (one.kind === "delete") {
          model.delete(path);
          pending.delete(path);
        } else {
          model.set(path, one.readyAtMs);
          const { readyAtMs } = one;
          const candidate = candidateAt(path);
          pending.set(path, { folder: "/in", name: `${one.name}`, candidate, readyAtMs, waits: false });
        }
      }
    }),
    { numRuns: 1000 },
  );
});
