import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Machine, openMachine, type Said, told } from "../machine.ts";
import type { Expected, Policy, Scenario, Step, TrustStep, VerifyStep } from "./scenario.ts";
import { World } from "./world.ts";

/** One scenario on a fresh machine, a subtest for each step; a step rests on all before it. */
export async function playScenario(t: TestContext, scenario: Scenario): Promise<void> {
  const machine = await openMachine();
  const world = await World.open(scenario, machine);
  try {
    for (const [index, step] of scenario.steps.entries()) {
      const wanted = step.expect.verdict ?? `active: ${step.expect.activeKeys?.join(" ")}`;
      await t.test(`${index + 1} ${step.do} at ${step.at.slice(0, 10)}: ${wanted}`, () =>
        playStep(world, machine, scenario, step),
      );
    }
  } finally {
    await world.close();
    await machine.close();
  }
}

async function playStep(world: World, machine: Machine, scenario: Scenario, step: Step): Promise<void> {
  world.nextStep();
  const name = (step.do === "verify" ? step.package : undefined) ?? scenario.package;
  const said = await machine.tofu(step.at, ...(await act(world, scenario, step, name)));
  compare(step, said);
  if (step.expect.activeKeys !== undefined) {
    const wanted = await Promise.all(step.expect.activeKeys.map((letter) => world.fingerprint(letter)));
    assert.deepEqual(await activeSigners(machine, step.at, name), wanted.map((text) => `openpgp:${text}`).sort());
  }
}

/** The words of the command that a step stands for, its files written. */
async function act(world: World, scenario: Scenario, step: Step, name: string): Promise<readonly string[]> {
  switch (step.do) {
    case "verify":
      return verify(world, step, name, step.policy ?? scenario.policy);
    case "trust":
      return trust(world, step, name);
    case "distrust": {
      const where = step.scope === "*" ? "*" : name;
      return ["distrust", where, await world.fingerprint(step.key), "--because", step.reason];
    }
    case "revocation":
      await world.revoke(step.key, step.at, step.reason);
      return ["key", "import", await world.certificate(step.key)];
  }
}

async function verify(world: World, step: VerifyStep, name: string, policy: Policy | undefined): Promise<string[]> {
  const { artifact } = step;
  const words = ["verify", await world.artifact(artifact.sha256, artifact.name), "--package", name, "--offline"];
  words.push("--release", artifact.version);
  for (const signature of step.signatures) {
    words.push("--signature", await world.signature(step.at, artifact.sha256, signature));
    if (signature.status !== "no-certificate") words.push("--key", await world.certificate(signature.key));
  }
  if (policy !== undefined && policy !== "first-use=accept") {
    const [setting, value] = policy.split("=");
    words.push("--policy", await world.write("policy.toml", `[policy.packages."${name}"]\n${setting} = "${value}"\n`));
  }
  return words;
}

async function trust(world: World, step: TrustStep, name: string): Promise<readonly string[]> {
  const words = ["trust", name, await world.fingerprint(step.key), "--because", step.reason];
  if (step.scope === "package") return words;
  assert.ok(step.artifact, "a trust of one artifact names it");
  return [...words, "--file", await world.artifact(step.artifact)];
}

function compare(step: Step, said: Said): void {
  const { verdict, exit = 0, notice }: Expected = step.expect;
  const { judgement } = said;
  if (verdict !== undefined) assert.equal(judgement?.verdict, verdict, told(said));
  assert.equal(said.exit, exit, told(said));
  if (judgement !== undefined) assert.equal(judgement.exit, said.exit, told(said));
  if (notice !== undefined)
    assert.ok(
      judgement?.notices.some(({ kind }) => kind === notice),
      told(said),
    );
  if (step.do !== "verify" || step.expectHint === undefined) return;
  assert.ok(
    judgement?.hints.some(({ kind }) => kind === step.expectHint),
    told(said),
  );
}

/** The active signers that `why` shows; a package that was never pinned is unknown (2) and has none. */
async function activeSigners(machine: Machine, at: string, name: string): Promise<readonly string[]> {
  const said = await machine.tofu(at, "why", name);
  const why = said.answers.find((answer) => answer.type === "why");
  if (why === undefined) {
    assert.equal(said.exit, 2, told(said));
    return [];
  }
  return why.signers
    .filter(({ state }) => state === "active")
    .map(({ signer }) => signer)
    .sort();
}
