import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CORPUS, type Release, readSeries } from "./corpus-series.ts";
import { type Machine, openMachine, type Said, told } from "./machine.ts";

const DAY = 86_400;
const QUIET = ["match", "match-new-subkey", "match-plus-unknown"];
const CANNOT_TELL = ["certificate-unavailable", "bad-signature", "unreadable-signature"];

/** What a machine has accepted by now, as the downstream maintainer who is played here would know it. */
interface Known {
  readonly signers: ReadonlySet<string>;
  readonly allowsWeak: boolean;
  readonly clock: number;
}

const series = readSeries();

describe("real releases, replayed in the order they were signed", { concurrency: 2 }, () => {
  for (const [name, releases] of series) it(name, (t) => replay(t, releases));

  it("a keyring under a wrong armor label is read", async () => {
    const machine = await openMachine();
    try {
      const said = await machine.tofu(
        "2023-02-01T00:00:00Z",
        "key",
        "import",
        join(CORPUS, "releases/weechat/3.8/keyring.asc"),
      );
      assert.equal(said.exit, 0, told(said));
      assert.match(said.stdout, /A9AB5AB778FA5C3522FD0378F82F4B16DEC408F8/);
    } finally {
      await machine.close();
    }
  });
});

it("the corpus has every kind of step", () => {
  const classes = new Set([...series.values()].flat().map((release) => release.class));
  assert.deepEqual([...classes].sort(), [
    "first-use",
    "new-key-announced",
    "new-key-unannounced",
    "no-signature",
    "other-releaser",
    "same-key",
    "subkey-rotation-same-primary",
  ]);
});

async function replay(t: TestContext, releases: readonly Release[]): Promise<void> {
  const machine = await openMachine();
  try {
    let known: Known = { signers: new Set(), allowsWeak: false, clock: 0 };
    for (const release of releases) {
      await t.test(`${release.version} (${release.class})`, async () => {
        known = await step(machine, release, known);
      });
    }
  } finally {
    await machine.close();
  }
}

/** One release, a day after it was signed; a change is then accepted as the distribution's maintainer did. */
async function step(machine: Machine, release: Release, before: Known): Promise<Known> {
  const clock = Math.max(before.clock, release.signedAt ?? 0) + DAY;
  const at = new Date(clock * 1000).toISOString();
  const name = `pkg:generic/${release.package}`;
  const judge = (): Promise<Said> =>
    machine.tofu(at, "verify", release.artifact, "--package", name, "--release", release.version, ...evidence(release));
  if (release.goodSigners.length === 0) {
    expectVerdict(await judge(), CANNOT_TELL);
    return { ...before, clock };
  }
  const isWeak = release.weak.length > 0;
  if (isWeak && !before.allowsWeak) {
    expectVerdict(await judge(), ["weak-crypto"]);
    const words = ["--allow", "sha1", "--allow", "dsa", "--because", "no stronger release exists"];
    expectExit(await machine.tofu(at, "require", name, ...words), 0);
  }
  const isFirst = before.signers.size === 0;
  const isKnown = release.goodSigners.some((signer) => before.signers.has(signer));
  const said = await judge();
  expectVerdict(said, isFirst ? ["first-use"] : isKnown ? QUIET : ["unexpected-signer"]);
  if (release.class === "new-key-announced") {
    assert.ok(
      said.judgement?.hints.some(({ kind }) => kind === "listed-in-earlier-keyring"),
      told(said),
    );
  }
  if (!isFirst && !isKnown) await accept(machine, at, release, judge);
  return {
    signers: isKnown ? before.signers : new Set([...before.signers, ...release.goodSigners]),
    allowsWeak: before.allowsWeak || isWeak,
    clock,
  };
}

async function accept(machine: Machine, at: string, release: Release, judge: () => Promise<Said>): Promise<void> {
  for (const signer of release.goodSigners) {
    const words = [`pkg:generic/${release.package}`, signer, "--because", "asked upstream", "--key", release.keyring];
    expectExit(await machine.tofu(at, "trust", ...words), 0);
  }
  expectVerdict(await judge(), QUIET);
}

function evidence(release: Release): readonly string[] {
  return ["--signature", release.signature, "--key", release.keyring, "--offline"];
}

/** The class decides the exit code; what is pinned here is that only a quiet verdict or a first use goes on. */
function expectVerdict(said: Said, verdicts: readonly string[]): void {
  assert.ok(verdicts.includes(said.judgement?.verdict ?? ""), `expected ${verdicts.join(" or ")}: ${told(said)}`);
  const goesOn = said.judgement?.verdict === "first-use" || QUIET.includes(said.judgement?.verdict ?? "");
  assert.equal(said.exit === 0, goesOn, told(said));
  assert.equal(said.judgement?.exit, said.exit, told(said));
}

function expectExit(said: Said, exit: number): void {
  assert.equal(said.exit, exit, told(said));
}
