import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { openpgpSigner } from "../../daemon/core/signer.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import { handoverRequest } from "../../daemon/usecases/handover-request.ts";
import { digest, must, PACKAGE, time } from "../core/scene.ts";
import { openPublisher, type Publisher, runShell } from "./publisher.ts";

const ask = { do: "handover-request", package: PACKAGE } as const;

describe("the letter that asks upstream for a statement", () => {
  let user: Publisher;
  before(async () => {
    user = await openPublisher("alice");
  });
  after(() => user.close());

  test("asks for a first statement where nobody new was seen", async () => {
    const text = await letter(user);
    assert.match(text, /^Subject: sunpy: /);
    assert.match(text, /Should its keys change one day/);
    assert.ok(text.includes(`key openpgp:${user.key("alice")} release,handover`));
    assert.ok(!text.includes("superseded"));
  });

  test("names the newcomer that was refused, with file and digest, as nobody's word", async () => {
    const primary = must(parseFingerprint(user.key("bob")));
    await user.record({
      kind: "refusal",
      keys: [
        {
          key: openpgpSigner(primary),
          subkey: primary,
          sigCreated: time("2026-02-01"),
          hash: "sha512",
          algo: "ed25519",
        },
      ],
      artifact: { name: must(parseArtifactFileName("sunpy-6.1.tar.gz")), sha256: digest("6.1"), size: 3 },
      source: { via: "verify" },
      verdict: "unexpected-signer",
    });
    const text = await letter(user);
    assert.ok(text.includes(`sunpy-6.1.tar.gz, sha256 ${digest("6.1")}`));
    assert.match(text, /can't tell it from a thief's/);
    assert.ok(text.includes(`remove openpgp:${user.key("alice")} superseded`));
  });

  test("followed to the letter it makes a statement that this user's machine follows", async () => {
    const text = await letter(user);
    const indented = [...text.matchAll(/^ {4}(.*)$/gm)].map(([, line = ""]) => line);
    const statement = indented.slice(indented.indexOf("tofu-handover 1"), indented.indexOf("end") + 1);
    mkdirSync(user.folder, { recursive: true });
    writeFileSync(join(user.folder, "0001.txt"), `${statement.join("\n")}\n`);
    const commands = indented.filter((line) => /^(gpg|for) /.test(line));
    assert.equal(commands.length, 4);
    for (const command of commands) assert.equal(runShell(command, user.folder, user.place.folder).code, 0, command);
    const judged = await user.judge();
    assert.deepEqual(
      judged.statements.map(({ judgement }) => judgement.verdict),
      ["handover-applied"],
    );
    assert.ok(judged.pin.signers.get(openpgpSigner(must(parseFingerprint(user.key("bob")))))?.state === "active");
  });

  test("a named signer takes the place of whoever was seen; a key ID is refused", async () => {
    const text = await letter(user, user.key("carol").toLowerCase());
    assert.ok(text.includes(`key openpgp:${user.key("carol")}`) && !text.includes(user.key("bob")));
    await assert.rejects(letter(user, user.key("carol").slice(-16)), UsageError);
  });
});

test("without a signer here there is nobody to ask", async () => {
  const user = await openPublisher();
  try {
    await assert.rejects(letter(user), /no signer here/);
  } finally {
    user.close();
  }
});

async function letter(user: Publisher, fingerprint?: string): Promise<string> {
  const answers: Answer[] = [];
  assert.equal(await handoverRequest(user.world, { ...ask, fingerprint }, (answer) => answers.push(answer)), 0);
  const [answer] = answers;
  assert.ok(answer?.type === "text" && answer.path === undefined && answers.length === 1);
  return answer.text;
}
