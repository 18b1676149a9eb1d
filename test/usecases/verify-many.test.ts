import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { EventBody } from "../../daemon/core/event.ts";
import { unixMs } from "../../daemon/core/time.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { VerifyRequest } from "../../daemon/protocol/request.ts";
import { verify } from "../../daemon/usecases/verify.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { worldAround } from "./world.ts";

const NOW = unixMs(Date.now() + 60_000);
let place: GpgPlace;
let files: readonly string[];

/** Packages of one signer and of another, versions of one package, a file nobody signed, one that is gone, one twice. */
before(() => {
  place = openGpgPlace();
  const alice = place.makeKey("alice@example.org");
  const bob = place.makeKey("bob@example.org");
  place.exportKey(alice, "KEYS");
  place.exportKey(bob, "bob.asc");
  const release = (name: string, key: string): string => {
    const path = place.write(`${name}.tar.gz`, `the bytes of ${name}`);
    place.gpg("--armor", "--local-user", key, "--output", `${path}.asc`, "--detach-sign", path);
    return path;
  };
  const signed = ["a-1.0", "b-1.0", "c-1.0", "a-1.1", "d-1.0", "a-1.2", "e-1.0"].map((name) => release(name, alice));
  const others = ["b-1.1", "f-1.0", "a-2.0"].map((name) => release(name, bob));
  const gone = place.write("g-1.0.tar.gz", "");
  rmSync(gone);
  const again = release("h-1.0", alice);
  files = [...signed, place.write("b-1.2.tar.gz", "unsigned"), ...others, gone, again, again];
});
after(() => place.close());

interface Outcome {
  readonly exits: ReadonlySet<number>;
  readonly told: readonly Answer[];
  readonly recorded: readonly EventBody[];
}

async function ask(journal: Journal, asked: readonly (readonly string[])[], dryRun: boolean): Promise<Outcome> {
  const told: Answer[] = [];
  const exits = new Set<number>();
  for (const some of asked) {
    const claimed = { pid: 1, parent: "test" };
    const words = { signatures: [], keys: [], offline: true, via: "verify", claimed, dryRun };
    const request: VerifyRequest = { do: "verify", files: some, ...words };
    exits.add(await verify(worldAround(journal, NOW), request, (answer) => told.push(answer)));
  }
  const recorded: EventBody[] = [];
  for await (const { event } of journal.follow(0)) recorded.push(event.body);
  return { exits, recorded, told: told.filter(({ type }) => type === "judgement" || type === "fault") };
}

describe("many files in one request", () => {
  test("are told, and recorded, as one after another would be, the first time and again", async () => {
    const [together, alone] = [createMemoryJournal(), createMemoryJournal()];
    for (let round = 0; round < 2; round += 1) {
      const many = await ask(together, [files], false);
      const each = await ask(
        alone,
        files.map((file) => [file]),
        false,
      );
      assert.deepEqual(many.told, each.told);
      assert.deepEqual(many.recorded, each.recorded);
      assert.equal(many.told.length, files.length);
      assert.deepEqual([...many.exits], [4]);
    }
    assert.ok((await together.count()) >= files.length - 3);
  });

  test("leave nothing behind in a dry run", async () => {
    const journal = createMemoryJournal();
    const { told, recorded } = await ask(journal, [files], true);
    assert.deepEqual([told.length, recorded.length], [files.length, 0]);
  });

  test("are given up where nobody waits for them", async () => {
    const journal = createMemoryJournal();
    const gone = new AbortController();
    const claimed = { pid: 1, parent: "test" };
    const words = { signatures: [], keys: [], offline: true, via: "verify", claimed, dryRun: false };
    const told: Answer[] = [];
    const asking = verify(
      worldAround(journal, NOW),
      { do: "verify", files, ...words },
      (answer) => {
        told.push(answer);
        gone.abort();
      },
      { gone: () => gone.signal },
    );
    await assert.rejects(asking, /nobody waits/);
    assert.ok(told.length > 0 && told.length < files.length);
  });
});
