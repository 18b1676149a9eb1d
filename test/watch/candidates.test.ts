import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Candidate, CandidateSettings } from "../../daemon/watch/candidate.ts";
import { Candidates } from "../../daemon/watch/candidates.ts";
import { Marks } from "../../daemon/watch/marks.ts";

const SETTINGS: CandidateSettings = { signatureWaitMs: 600_000, settleMs: 500, maxFiles: 1000 };
const FOLDER = "/in";
const START = 1_000_000_000;

interface Step {
  readonly name: string;
  /** Seconds after the start at which it was last written. */
  readonly at: number;
  readonly size?: number;
  readonly inode?: number;
}

function see(candidates: Candidates, { name, at, size = 3, inode = 1 }: Step, nowMs = START + at * 1000): void {
  const changedAtMs = START + at * 1000;
  const identity = `${inode}:${size}:${changedAtMs}`;
  candidates.seen({ folder: FOLDER, name, identity, size, changedAtMs }, nowMs);
}

/** What comes up between now and then, judged as it comes: `TIME name basis`, the time in seconds after the start. */
function judgeUntil(candidates: Candidates, fromSeconds: number, untilSeconds: number): readonly string[] {
  const found: string[] = [];
  let now = START + fromSeconds * 1000;
  const end = START + untilSeconds * 1000;
  for (;;) {
    const { ready, nextMs } = candidates.due(now, 100);
    for (const candidate of ready) {
      candidates.judged(candidate, { isUnchecked: false });
      found.push(`${(now - START) / 1000} ${shown(candidate)}`);
    }
    if (ready.length > 0) continue;
    if (nextMs === undefined || nextMs > end) return found;
    assert.ok(nextMs > now, "time goes on");
    now = nextMs;
  }
}

function shown({ path, basis, files }: Candidate): string {
  return [path.slice(FOLDER.length + 1), basis, ...files.slice(1).map(({ name }) => name)].join(" ");
}

/** Files as they come, and everything that is judged within an hour. */
const ROWS: readonly { readonly name: string; readonly steps: readonly Step[]; readonly judged: readonly string[] }[] =
  [
    {
      name: "a file and its signature, once both lie still",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz.asc", at: 2 },
      ],
      judged: ["2.5 a-1.0.tar.gz beside a-1.0.tar.gz.asc"],
    },
    {
      name: "the signature first",
      steps: [
        { name: "a-1.0.tar.gz.sig", at: 0 },
        { name: "a-1.0.tar.gz", at: 30 },
      ],
      judged: ["30.5 a-1.0.tar.gz beside a-1.0.tar.gz.sig"],
    },
    {
      name: "a file without a signature, ten minutes after its last write",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz", at: 60, size: 9 },
      ],
      judged: ["660 a-1.0.tar.gz alone"],
    },
    {
      name: "a late signature, again",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz.asc", at: 1800 },
      ],
      judged: ["600 a-1.0.tar.gz alone", "1800.5 a-1.0.tar.gz beside a-1.0.tar.gz.asc"],
    },
    {
      name: "a file that is rewritten, again, and as unsigned only after its own wait",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz", at: 1000, inode: 2 },
      ],
      judged: ["600 a-1.0.tar.gz alone", "1600 a-1.0.tar.gz alone"],
    },
    {
      name: "a signature over the tar inside",
      steps: [
        { name: "a-1.0.tar.xz", at: 0 },
        { name: "a-1.0.tar.sign", at: 1 },
      ],
      judged: ["1.5 a-1.0.tar.xz beside a-1.0.tar.sign"],
    },
    {
      name: "names of unfinished downloads and dotfiles never",
      steps: [".part", ".crdownload", ".tmp", ".download", ".PART"].map((end, inode) => ({
        name: `a-1.0.tar.gz${end}`,
        at: 0,
        inode,
      })),
      judged: [],
    },
    { name: "a dotfile never", steps: [{ name: ".a-1.0.tar.gz", at: 0 }], judged: [] },
    { name: "a file that is nobody's release never", steps: [{ name: "holiday.jpg", at: 0 }], judged: [] },
    { name: "an empty file never", steps: [{ name: "a-1.0.tar.gz", at: 0, size: 0 }], judged: [] },
    {
      name: "an empty signature counts when it has content",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz.asc", at: 1, size: 0 },
        { name: "a-1.0.tar.gz.asc", at: 5, size: 7 },
      ],
      judged: ["5.5 a-1.0.tar.gz beside a-1.0.tar.gz.asc"],
    },
    {
      name: "a file whose downloader keeps a file of its own beside it waits for that",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "a-1.0.tar.gz.asc", at: 0 },
        { name: "a-1.0.tar.gz.aria2", at: 0 },
      ],
      judged: ["600 a-1.0.tar.gz beside a-1.0.tar.gz.asc"],
    },
    {
      name: "a signed list, as something that may name the file",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "SHA256SUMS", at: 0 },
        { name: "SHA256SUMS.asc", at: 1 },
      ],
      judged: ["1.5 a-1.0.tar.gz listed SHA256SUMS SHA256SUMS.asc"],
    },
    {
      name: "an unsigned list does not end the wait",
      steps: [
        { name: "a-1.0.tar.gz", at: 0 },
        { name: "SHA256SUMS", at: 0 },
      ],
      judged: ["600 a-1.0.tar.gz alone SHA256SUMS"],
    },
    {
      name: "a time in the future makes nothing wait for ever",
      steps: [{ name: "a-1.0.tar.gz", at: 0 }],
      judged: ["600 a-1.0.tar.gz alone"],
    },
  ];

describe("what is to be judged, and when", () => {
  for (const { name, steps, judged } of ROWS)
    test(name, () => {
      const candidates = new Candidates(SETTINGS);
      const found: string[] = [];
      for (const [index, step] of steps.entries()) {
        see(candidates, step);
        found.push(...judgeUntil(candidates, step.at, (steps[index + 1]?.at ?? 3600) - 0.001));
      }
      assert.deepEqual(found, judged);
    });

  test("what vanishes before its time is not judged, and a signature that vanishes later changes nothing", () => {
    const candidates = new Candidates(SETTINGS);
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    candidates.gone(FOLDER, "a-1.0.tar.gz");
    assert.deepEqual(judgeUntil(candidates, 0, 3600), []);
    see(candidates, { name: "b-1.0.tar.gz", at: 0 });
    see(candidates, { name: "b-1.0.tar.gz.asc", at: 0 });
    assert.equal(judgeUntil(candidates, 0, 3600).length, 1);
    candidates.gone(FOLDER, "b-1.0.tar.gz.asc");
    assert.deepEqual(judgeUntil(candidates, 0, 3600), []);
  });

  test("a file that waits is told with the end of its wait, and no longer once it is judged", () => {
    const candidates = new Candidates(SETTINGS);
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    assert.deepEqual([...candidates.waiting()], [{ path: "/in/a-1.0.tar.gz", untilMs: START + 600_000 }]);
    judgeUntil(candidates, 0, 3600);
    assert.deepEqual([...candidates.waiting()], []);
  });

  test("a shorter wait holds for what waits already", () => {
    const candidates = new Candidates(SETTINGS);
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    candidates.setSignatureWait(5000);
    assert.deepEqual(judgeUntil(candidates, 0, 3600), ["5 a-1.0.tar.gz alone"]);
  });

  test("a clock that goes back by years makes nothing wait for years", () => {
    const candidates = new Candidates(SETTINGS);
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    candidates.clockWentBack(START - 5e8);
    assert.equal(candidates.due(START - 5e8, 9).nextMs, START - 5e8 + 600_000);
  });

  test("what could not be judged comes again, later each time, and at once when it changes", () => {
    const candidates = new Candidates(SETTINGS);
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    see(candidates, { name: "a-1.0.tar.gz.asc", at: 0 });
    const waits: number[] = [];
    let now = START + 500;
    for (let tries = 0; tries < 8; tries += 1) {
      const [candidate] = candidates.due(now, 1).ready;
      assert.ok(candidate !== undefined);
      candidates.failed(candidate, now);
      const { nextMs = 0 } = candidates.due(now, 1);
      waits.push((nextMs - now) / 1000);
      now = nextMs;
    }
    assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
    see(candidates, { name: "a-1.0.tar.gz.asc", at: 3000, size: 8 });
    assert.deepEqual(judgeUntil(candidates, 3000, 3001), ["3000.5 a-1.0.tar.gz beside a-1.0.tar.gz.asc"]);
  });

  test("what nobody's certificate was at hand for comes again when one may have come", () => {
    const candidates = new Candidates(SETTINGS);
    const judge = (at: number): number => {
      const { ready } = candidates.due(START + at * 1000, 9);
      for (const candidate of ready) candidates.judged(candidate, { isUnchecked: true });
      return ready.length;
    };
    see(candidates, { name: "a-1.0.tar.gz", at: 0 });
    see(candidates, { name: "a-1.0.tar.gz.asc", at: 0 });
    assert.deepEqual([judge(1), judge(2)], [1, 0]);
    see(candidates, { name: "KEYS", at: 3 });
    assert.deepEqual([judge(4), judge(5)], [1, 0]);
    see(candidates, { name: "ann.asc", at: 6 });
    assert.equal(judge(7), 1);
  });

  test("more files than the bound are left out, said so, and looked for again when there is room", () => {
    const candidates = new Candidates({ ...SETTINGS, maxFiles: 10 });
    for (let n = 0; n < 12; n += 1) see(candidates, { name: `a-${n}.tar.gz`, at: 0 });
    assert.equal(candidates.isFull, true);
    assert.equal(candidates.takeRoom(), false);
    assert.equal(judgeUntil(candidates, 0, 3600).length, 10);
    for (let n = 0; n < 2; n += 1) candidates.gone(FOLDER, `a-${n}.tar.gz`);
    assert.deepEqual([candidates.takeRoom(), candidates.takeRoom(), candidates.isFull], [true, false, false]);
  });

  test("a folder that goes takes what is below it with it, and no other", () => {
    const candidates = new Candidates(SETTINGS);
    for (const folder of ["/in", "/in/deep", "/inner"])
      candidates.seen({ folder, name: "a-1.0.tar.gz", identity: folder, size: 1, changedAtMs: START }, START);
    candidates.goneBelow("/in");
    assert.deepEqual(
      candidates.due(START + 700_000, 9).ready.map(({ path }) => path),
      ["/inner/a-1.0.tar.gz"],
    );
  });

  test("nothing that was judged before a start is judged after it", () => {
    const marks = new Marks();
    const before = new Candidates(SETTINGS, marks);
    const steps = [
      { name: "a-1.0.tar.gz", at: 0 },
      { name: "a-1.0.tar.gz.asc", at: 0 },
      { name: "b-1.0.tar.gz", at: 0 },
    ];
    for (const step of steps) see(before, step);
    assert.equal(judgeUntil(before, 0, 3600).length, 2);
    const later = new Candidates(SETTINGS, new Marks(marks));
    for (const step of steps) see(later, step);
    assert.deepEqual(judgeUntil(later, 3600, 7200), []);
  });
});

const NAMES = [
  ...["a-1.0", "b-2.0"].flatMap((stem) =>
    [".tar.gz", ".tar.gz.asc", ".tar.gz.sig", ".tar.sign", ".tar.gz.part", ".tar.gz.aria2"].map((end) => stem + end),
  ),
  "SHA256SUMS",
  "SHA256SUMS.asc",
  "photo.jpg",
];
const step = fc.record({
  name: fc.constantFrom(...NAMES),
  at: fc.integer({ min: 0, max: 5 }),
  size: fc.integer({ min: 0, max: 2 }),
});
/** Each file as it is in the end. */
const folder = fc.uniqueArray(step, { selector: ({ name }) => name, minLength: 1, maxLength: 12 });

describe("properties", () => {
  test("what is judged in the end does not depend on the order in which it was heard of, nor on repetition", () => {
    fc.assert(
      fc.property(
        folder.chain((files) =>
          fc.tuple(
            fc.constant(files),
            fc.shuffledSubarray(files, { minLength: files.length }),
            fc.array(fc.constantFrom(...files), { maxLength: 5 }),
          ),
        ),
        ([files, shuffled, again]) => {
          const one = new Candidates(SETTINGS);
          const other = new Candidates(SETTINGS);
          for (const file of files) see(one, file, START + 10_000);
          for (const file of [...shuffled, ...again]) see(other, file, START + 10_000);
          assert.deepEqual([...judgeUntil(other, 10, 10_000)].sort(), [...judgeUntil(one, 10, 10_000)].sort());
        },
      ),
      { numRuns: 500 },
    );
  });

  test("whatever happened before, every release that lies still is judged as it is in the end", () => {
    const happening = fc.array(fc.oneof(step, fc.record({ gone: fc.constantFrom(...NAMES) })), { maxLength: 30 });
    fc.assert(
      fc.property(happening, folder, (before, end) => {
        const candidates = new Candidates(SETTINGS);
        const judged = new Map<string, readonly string[]>();
        for (const [index, what] of before.entries()) {
          if ("gone" in what) candidates.gone(FOLDER, what.gone);
          else see(candidates, { ...what, inode: 100 + index });
          judgeAt(candidates, 6, judged);
        }
        for (const name of NAMES) candidates.gone(FOLDER, name);
        for (const file of end) see(candidates, { ...file, inode: 999 });
        judgeAt(candidates, 700, judged);
        judgeAt(candidates, 1400, judged);
        for (const [path, files] of expectedOf(end)) assert.deepEqual(judged.get(path)?.slice(0, files.length), files);
        assert.deepEqual(candidates.due(START + 1e9, 9).ready, [], "and nothing is left over");
      }),
      { numRuns: 500 },
    );
  });
});

/** Judges what is due, and notes on which files each answer rests. */
function judgeAt(candidates: Candidates, seconds: number, judged: Map<string, readonly string[]>): void {
  for (const candidate of candidates.due(START + seconds * 1000, 100).ready) {
    const [artifact, ...beside] = candidate.files.map(({ name, identity }) => `${name} ${identity}`);
    judged.set(candidate.path, [artifact ?? "", ...beside.sort()]);
    candidates.judged(candidate, { isUnchecked: false });
  }
}

/** The releases among these files, with their own signatures. */
function expectedOf(end: readonly Step[]): readonly (readonly [string, readonly string[]])[] {
  const full = end.filter(({ size }) => size !== 0);
  const shape = ({ name, size, at }: Step): string => `${name} 999:${size}:${START + at * 1000}`;
  return full
    .filter(({ name }) => name.endsWith(".tar.gz"))
    .map((artifact) => {
      const own = full.filter(({ name }) => isSignatureOf(name, artifact.name)).map(shape);
      return [`${FOLDER}/${artifact.name}`, [shape(artifact), ...own.sort()]];
    });
}

function isSignatureOf(name: string, artifact: string): boolean {
  const stem = artifact.slice(0, -".gz".length);
  return [`${artifact}.asc`, `${artifact}.sig`, `${stem}.sign`].includes(name);
}

test("a list that comes to very many files is taken in a part at a time, and none is handed out without it", () => {
  const files = 2500;
  const candidates = new Candidates({ ...SETTINGS, maxFiles: 10_000 });
  for (let n = 0; n < files; n += 1) see(candidates, { name: `a${n}-1.0.tar.gz`, at: 0 });
  see(candidates, { name: "SHA256SUMS.asc", at: 3600 });
  const now = START + 3601 * 1000;
  const parts: number[] = [];
  for (let left = files; left > 0; left -= parts.at(-1) ?? 0) {
    const { ready, nextMs } = candidates.due(now, files);
    for (const candidate of ready) {
      assert.equal(candidate.basis, "listed");
      candidates.judged(candidate, { isUnchecked: false });
    }
    parts.push(ready.length);
    assert.ok(ready.length > 0 && ready.length <= 1000);
    assert.equal(nextMs, ready.length < left ? now : undefined);
  }
  assert.deepEqual(candidates.due(now, files), { ready: [], nextMs: undefined });
});
