import assert from "node:assert/strict";
import { test } from "node:test";
import { askAll } from "../../daemon/witnesses/ask.ts";
import type { Said, Witness } from "../../daemon/witnesses/witness.ts";
import { signer } from "../core/scene.ts";

const KNOWS: Said = { names: [{ signer: signer("A"), by: "listing" }] };

function witness(reach: Witness["reach"], ask: Witness["ask"]): Witness {
  return { kind: "wkd", source: reach, controller: { kind: "distribution" }, reach, ask };
}

test("one who never answers is given up, is told that nobody waits, and keeps no other from being heard", async () => {
  let wasTold = false;
  const stuck = witness("network", (signal) => {
    signal.addEventListener("abort", () => {
      wasTold = true;
    });
    return new Promise(() => undefined);
  });
  const answers = await askAll([stuck, witness("machine", async () => KNOWS)], { offline: false, totalMs: 50 });
  assert.deepEqual(
    answers.map(({ names, silence }) => [names.length, silence]),
    [
      [0, "unreachable"],
      [1, undefined],
    ],
  );
  assert.ok(wasTold);
});

test("whatever one does wrong, it is only silent", async () => {
  const broken = [
    witness("machine", () => Promise.reject(new Error("no such file"))),
    witness("network", () => Promise.reject(new Error("no such host"))),
  ];
  const answers = await askAll(broken, { offline: false });
  assert.deepEqual(
    answers.map(({ silence }) => silence),
    ["unusable", "unreachable"],
  );
});

test("offline nobody outside is asked, and that is told", async () => {
  const asked: string[] = [];
  const both = (["machine", "network"] as const).map((reach) =>
    witness(reach, async () => {
      asked.push(reach);
      return KNOWS;
    }),
  );
  const answers = await askAll(both, { offline: true });
  assert.deepEqual([asked, answers.map(({ silence }) => silence)], [["machine"], [undefined, "offline"]]);
});

test("one that is about other packages was not asked", async () => {
  assert.deepEqual(await askAll([witness("machine", async () => undefined)], { offline: false }), []);
});

test("so many are asked and no more", async () => {
  const many = Array.from({ length: 100 }, () => witness("machine", async () => KNOWS));
  assert.equal((await askAll(many, { offline: false })).length, 48);
});
