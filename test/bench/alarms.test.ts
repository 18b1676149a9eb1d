import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ATTACKS } from "../../bench/alarms/attacks.ts";
import { readCorpus } from "../../bench/alarms/corpus.ts";
import type { Method } from "../../bench/alarms/delivery.ts";
import { warnAtChange } from "../../bench/alarms/plain.ts";
import { inOrder, play, type Score, type Step, withAttacks } from "../../bench/alarms/play.ts";
import { table } from "../../bench/alarms/table.ts";
import { tofu } from "../../bench/alarms/tofu.ts";
import { buildTwin } from "../../bench/alarms/twin.ts";
import { CORPUS } from "../checks/corpus-series.ts";

/** One change that was announced, one that was not, and one certificate that changes its subkey. */
const SERIES = ["libseccomp", "chrony", "bitcoin-builder-guggero"];

let folder: string;
let steps: readonly Step[];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tofu-bench-"));
  const { series } = readCorpus(CORPUS);
  const chosen = new Map([...series].filter(([name]) => SERIES.includes(name)));
  const twin = await buildTwin(chosen, join(folder, "twin"));
  steps = await withAttacks(inOrder([...twin.series.values()].flat()), join(folder, "attacks"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const score = (method: Method): Promise<Score> => play(method, steps);
const missed = ({ caught }: Score): readonly string[] =>
  [...ATTACKS.keys()].filter((name) => caught.get(name) !== steps.filter(({ attacks }) => attacks.has(name)).length);

describe("the bench measures what it says", () => {
  test("every attack is injected, and every series is there", () => {
    const injected = new Set(steps.flatMap(({ attacks }) => [...attacks.keys()]));
    assert.deepEqual(
      [...ATTACKS.keys()].filter((name) => !injected.has(name)),
      [],
    );
    assert.deepEqual(new Set(steps.map(({ delivery }) => delivery.series)), new Set(SERIES));
  });

  test("with a statement for every change there is no false alarm, and no attack passes", async () => {
    const result = await score(tofu("every", "every"));
    assert.deepEqual([...result.alarms], []);
    assert.deepEqual(missed(result), []);
  });

  test("with statements for announced changes, the other change still alarms", async () => {
    const result = await score(tofu("announced", "announced"));
    assert.deepEqual([...result.alarms], [["unexpected-signer", 1]]);
  });

  test("without statements every change alarms, and who was retired elsewhere is not known to be", async () => {
    const result = await score(tofu("none", "none"));
    assert.deepEqual([...result.alarms], [["unexpected-signer", 2]]);
    assert.deepEqual(missed(result), ["retired key", "forked statement"]);
  });

  test("warning at any change of the signing key alarms at subkeys, and lets a replaced release pass", async () => {
    const result = await score(warnAtChange("warn", "signingKey"));
    assert.deepEqual([...result.alarms], [["another key", 3]]);
    assert.deepEqual(missed(result), ["replaced release"]);
  });
});

test("the table keeps its columns in line", () => {
  assert.equal(
    table(["a", "long name"], [{ name: "row", cells: ["1.0", ""] }]),
    "|     |   a | long name |\n| --- | --: | --------: |\n| row | 1.0 |           |",
  );
});
