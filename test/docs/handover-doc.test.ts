import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PROJECT } from "../checks/places.ts";
import { blocksOf, openStage, type Ran, readPage, type Stage, steady, turnsOf } from "./handover-play.ts";

const PAGE = readPage(join(PROJECT, "docs/handover.md"));
const BLOCKS = blocksOf(PAGE);
/** A retired key's file asks where it claims to be from before, which within one second it may. */
const PASSES_NO_MORE = /^(refused|decide) /;

/** What the page's commands come to: plain gpg on one side, a user's tofu on the other. */
describe("docs/handover.md, followed to the letter", () => {
  let stage: Stage;
  before(() => {
    stage = openStage(textOf("names"));
  });
  after(() => stage.close());

  test("a first statement is made, signed and published", () => {
    play(stage, "first");
    stage.release("user", "6.0", "ALICE", false);
  });

  test("the maintainer's session prints what the page says", () => {
    for (const { command, output } of turnsOf(textOf("rotate"))) {
      const ran = stage.maintain(command);
      assert.equal(ran.code, 0, `${command}\n${ran.output}`);
      assert.equal(steady(ran.output), steady(output), command);
    }
    publish(stage);
  });

  test("the user's session prints what the page says", () => {
    stage.release("user", "6.1", "BOB", true);
    stage.release("user", "6.2", "BOB", true);
    for (const { command, output } of turnsOf(textOf("user"))) {
      const ran = stage.use("user", command);
      assert.equal(steady(ran.output), steady(output), command);
      assert.equal(ran.code, 0, command);
    }
  });

  test("the page's statement is the first block of the session in full", () => {
    assert.match(turnsOf(textOf("rotate")).at(-1)?.output ?? "", /^tofu-handover 1\n(.+\n)+end\n$/);
  });

  test("an added releaser passes at once", () => {
    play(stage, "add");
    expectClass(stage, "user", { version: "6.3", by: "CAROL", says: /^ok / });
  });

  test("the other signs on while one is retired, whose new releases are refused", () => {
    play(stage, "retire");
    expectClass(stage, "user", { version: "6.4", by: "CAROL", says: /^ok / });
    expectClass(stage, "user", { version: "6.5", by: "BOB", says: PASSES_NO_MORE });
  });

  test("the project goes to a new team, and the old one's releases are refused", () => {
    play(stage, "hand");
    expectClass(stage, "user", { version: "7.0", by: "ERIN", says: /^ok / });
    expectClass(stage, "user", { version: "7.1", by: "CAROL", says: PASSES_NO_MORE });
  });

  test("tofu handover check and apply take the published file as it is", () => {
    stage.release("follower", "7.0", "ERIN", true);
    for (const action of ["check", "apply"]) {
      const ran = stage.use("follower", `tofu handover ${action} 7.0/TOFU-HANDOVERS --package generic/sunpy`);
      assert.deepEqual([ran.code, ran.output.match(/^ok /gm)?.length], [0, 5], ran.output);
    }
    expectClass(stage, "follower", { version: "7.1", by: "CAROL", says: PASSES_NO_MORE });
    expectClass(stage, "follower", { version: "7.5", by: "ERIN", says: /^ok / });
  });

  test("a stolen key is out at once, and the new one in", () => {
    stage.copyUser("user", "victim");
    const stolen = stage.copyProject("stolen");
    play(stolen, "stolen");
    expectClass(stolen, "victim", { version: "7.2", by: "FRANK", says: /^ok / });
    expectClass(stolen, "victim", { version: "7.3", by: "ERIN", says: /^refused / });
  });

  test("a lost key's successor asks a person until the days have passed", () => {
    play(stage, "lost");
    expectClass(stage, "user", { version: "7.2", by: "FRANK", says: /^decide / });
  });

  test("the old key revoked as superseded, answer 2, disturbs nobody who comes late", () => {
    const answers = "printf 'y\\n2\\n\\ny\\n' | gpg --no-tty --command-fd 0";
    const revoked = stage.maintain(
      `${answers} --output old.rev --gen-revoke $ALICE && gpg --import old.rev && rm old.rev`,
    );
    assert.equal(revoked.code, 0, revoked.output);
    publish(stage);
    expectClass(stage, "latecomer", { version: "7.4", by: "ERIN", says: /^ok / });
  });
});

test("a session's commands are told from what they print", () => {
  assert.deepEqual(turnsOf("$ cat <<EOF\n> a\n> EOF\na\n> b\n$ ls\n"), [
    { command: "cat <<EOF\na\nEOF", output: "a\n> b\n" },
    { command: "ls", output: "" },
  ]);
});

function textOf(name: string): string {
  const block = BLOCKS.find((each) => each.name === name);
  assert.ok(block !== undefined, `the page has no block ${name}`);
  return block.text;
}

function play(stage: Stage, name: string): void {
  const blocks = BLOCKS.filter((block) => block.name === name);
  assert.ok(blocks.length > 0, `the page has no block ${name}`);
  for (const { text } of blocks) succeeded(stage.maintain(`set -e\n${text}`), text);
  publish(stage);
}

function publish(stage: Stage): void {
  succeeded(stage.maintain(textOf("publish")), "publish");
}

/** gpg says nothing when all is well. */
function succeeded({ code, output }: Ran, what: string): void {
  assert.deepEqual([code, output], [0, ""], what);
}

function expectClass(
  stage: Stage,
  user: string,
  { version, by, says }: { readonly version: string; readonly by: string; readonly says: RegExp },
): void {
  stage.release(user, version, by, true);
  const { output } = stage.use(user, `tofu verify ${version}/sunpy-${version}.tar.gz`);
  assert.match(output, says);
}
