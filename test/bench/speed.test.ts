import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { interleave, quantile, ratioOf, shuffled, timesOf } from "../../bench/speed/clock.ts";
import { PEERS } from "../../bench/speed/peers.ts";
import { openReport } from "../../bench/speed/report.ts";
import { TARGETS } from "../../bench/speed/targets.ts";
import { seeded } from "../journal/scratch.ts";

const MAIN = fileURLToPath(new URL("../../bench/speed/main.js", import.meta.url));
const missing = [...PEERS.keys()].filter((program) => spawnSync(program, ["--version"]).error !== undefined);

describe("the clock", () => {
  test("runs every job once a round, each round in an order of its own, and does not count the first", async () => {
    const order: string[] = [];
    const jobs = ["a", "b", "c"].map((name) => ({ name, run: () => void order.push(name) }));
    const times = await interleave(jobs, { rounds: 8, random: seeded(1) });
    assert.deepEqual(
      times.map(({ name, sorted }) => [name, sorted.length]),
      [
        ["a", 8],
        ["b", 8],
        ["c", 8],
      ],
    );
    const rounds = Array.from({ length: 9 }, (_, round) => order.slice(3 * round, 3 * round + 3).join(""));
    for (const round of rounds) assert.equal([...round].sort().join(""), "abc");
    assert.ok(new Set(rounds).size > 1, rounds.join(" "));
  });
  test("the same seed draws the same order", () => {
    const draw = (seed: number): string => shuffled([..."abcdefgh"], seeded(seed)).join("");
    assert.equal(draw(7), draw(7));
    assert.notEqual(draw(7), draw(8));
  });
  test("medians are compared, not means", () => {
    const [one, other] = [timesOf("one", [9, 1, 2]), timesOf("other", [4, 4, 1000])];
    assert.deepEqual([quantile(one, 0), quantile(one, 0.5), quantile(one, 1)], [1, 2, 9]);
    assert.equal(ratioOf(other, one), 2);
  });
});

test("a ratio is met up to its bound, and not beyond", () => {
  let text = "";
  const report = openReport((more) => {
    text += more;
  });
  report.measured("sighting", 1.2);
  report.measured("while-hashing", 1.31);
  report.targets();
  assert.match(text, /^\| sighting number 100,000 .*\| +1\.2 \| +1\.20 \| +met \|$/m);
  assert.match(text, /^\| 1 KiB verified while .*\| +1\.3 \| +1\.31 \| not met \|$/m);
  assert.equal(text.split("\n").length, 8);
});

test("a missing peer is an error", () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "start"], {
    encoding: "utf8",
    env: { PATH: "/nowhere" },
  });
  assert.equal(status, 1);
  assert.match(stderr, /gpg, gpgv, sqv, minisign, openssl, ssh-keygen missing; run: sh bench\/setup\.sh/);
});

test("a benchmark that does not exist is not passed over", () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "strat"], { encoding: "utf8" });
  assert.equal(status, 2);
  assert.match(stderr, /^usage: /);
});

const installed = { skip: missing.length > 0 && `${missing.join(", ")} not installed; sh bench/setup.sh does it` };
test("every benchmark runs, and says something of all that is aimed at", installed, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "--quick", "--seed", "1"], {
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [0, ""], stdout);
  for (const { work } of Object.values(TARGETS)) assert.ok(stdout.includes(`| ${work} `), work);
  assert.doesNotMatch(stdout, /NaN|undefined/);
});
