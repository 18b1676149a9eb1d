import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Event } from "../../daemon/core/event.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { parseSha256 } from "../../daemon/core/sha256.ts";
import { openpgpSigner } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { passingOn } from "../../daemon/journal/passing-on.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { StoryLine } from "../../daemon/protocol/story-line.ts";
import { why } from "../../daemon/usecases/why.ts";
import { must } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { gpgBlock, statementText } from "../evidence/statements.ts";
import { arrive } from "./arrive.ts";
import { worldAround } from "./world.ts";

const PACKAGE = must(parsePackageName("pkg:pypi/sunpy"));
/** Signatures are made now, and judged a little later. */
const NOW = unixMs(Date.now() + 60_000);

let place: GpgPlace;
let journal: Journal;

/** Alice signs 1.0 and 1.1, Eve 1.2; then Alice hands over to Bob, who signs 2.0. */
before(async () => {
  place = openGpgPlace();
  const [alice, bob, eve] = ["alice", "bob", "eve"].map((name) => place.makeKey(`${name}@example.org`));
  assert.ok(alice && bob && eve);
  const keys = [alice, bob, eve].map((key) => place.exportKey(key, `${key}.asc`));
  journal = createMemoryJournal();
  const world = worldAround(journal, NOW);
  const release = (version: string, key: string): Parameters<typeof arrive>[1] => {
    const path = place.write(`sunpy-${version}.tar.gz`, `the bytes of ${version}`);
    place.gpg("--armor", "--local-user", key, "--output", `${path}.asc`, "--detach-sign", path);
    return { path, package: PACKAGE, version, signatures: [`${path}.asc`], keys };
  };
  const exits = [
    (await arrive(world, release("1.0", alice))).verdict,
    (await arrive(world, release("1.1", alice))).verdict,
    (await arrive(world, release("1.2", eve))).verdict,
  ];
  const statement = statementText({
    issued: "2020-01-01",
    keys: [`openpgp:${bob} release,handover`],
    more: [`remove openpgp:${alice} retired`],
  });
  const chain = Buffer.from(
    statement + gpgBlock(place, statement, `${alice}!`) + gpgBlock(place, statement, `${bob}!`),
  );
  exits.push((await arrive(world, { ...release("2.0", bob), chain })).verdict);
  assert.deepEqual(exits, ["first-use", "match", "unexpected-signer", "match-handover"]);
});

after(() => place.close());

interface Proved {
  readonly exit: number;
  readonly lines: readonly StoryLine[];
  readonly fault: string | undefined;
}

async function prove(of: Journal, files: readonly string[] = [], release?: string): Promise<Proved> {
  const answers: Answer[] = [];
  const exit = await why(worldAround(of, NOW), { do: "why", package: "sunpy", prove: true, files, release }, (answer) =>
    answers.push(answer),
  );
  const told = answers.find((answer) => answer.type === "why");
  const fault = answers.find((answer) => answer.type === "fault");
  return { exit, lines: told?.story ?? [], fault: fault?.sentence };
}

const brief = ({ head, proof }: StoryLine): string => `${head}: ${proof?.state}`;

describe("an honest journal proves itself", () => {
  test("without the files, statements are verified and releases say what is missing", async () => {
    const { exit, lines } = await prove(journal);
    assert.deepEqual(lines.map(brief), [
      "first use: bytes not kept",
      "refused: bytes not kept",
      "handover: verified",
      "certificate: bytes not kept",
    ]);
    assert.equal(exit, 0);
    assert.match(lines[0]?.proof?.detail ?? "", /1 signature read again; the file itself is not kept/);
  });

  test("with the files, every line is verified", async () => {
    const files = ["1.0", "1.1", "1.2", "2.0"].map((version) => place.path(`sunpy-${version}.tar.gz`));
    const { exit, lines } = await prove(journal, files);
    assert.deepEqual(lines.map(brief), [
      "first use: verified",
      "refused: verified",
      "handover: verified",
      "certificate: verified",
    ]);
    assert.equal(exit, 0);
  });

  test("one version with its file", async () => {
    const { lines } = await prove(journal, [place.path("sunpy-1.2.tar.gz")], "1.2");
    assert.deepEqual(lines.map(brief), ["refused: verified"]);
  });

  test("another file proves nothing", async () => {
    const { lines } = await prove(journal, [place.write("other.tar.gz", "other bytes")], "1.2");
    assert.deepEqual(lines.map(brief), ["refused: bytes not kept"]);
  });
});

/** The same journal, with what it answers changed on the way. */
function forged(changes: Partial<Journal>): Journal {
  return { ...passingOn(journal), close: async () => undefined, ...changes };
}

/** The events of the package, with one of them written otherwise. */
function rewritten(kind: Event["body"]["kind"], change: (event: Event) => Event): Journal {
  return forged({
    read: async (name) => (await journal.read(name)).map((event) => (event.body.kind === kind ? change(event) : event)),
  });
}

describe("a forged journal is told with its place", () => {
  const eve = (): string =>
    place.gpg("--list-keys", "--with-colons", "eve@example.org").toString().split("fpr:::::::::")[1]?.slice(0, 40) ??
    "";
  const rows: readonly { readonly name: string; readonly journal: () => Journal; readonly fault: RegExp }[] = [
    {
      name: "an event was rewritten: the one after it no longer follows",
      journal: () => rewritten("first-use", (event) => ({ ...event, actor: "user:other" })),
      fault: /event 1, .*: .*the event before it is not the one that it follows/,
    },
    {
      name: "the stored signature is missing",
      journal: () => forged({ object: async () => undefined }),
      fault: /its stored signature is missing/,
    },
    {
      name: "the stored signature is of another time",
      journal: () =>
        rewritten("refusal", (event) =>
          event.body.kind === "refusal"
            ? {
                ...event,
                body: { ...event.body, keys: event.body.keys.map((use) => ({ ...use, sigCreated: unixMs(5) })) },
              }
            : event,
        ),
      fault: /the stored signature has another time/,
    },
    {
      name: "the stored signature has another hash",
      journal: () =>
        rewritten("refusal", (event) =>
          event.body.kind === "refusal"
            ? { ...event, body: { ...event.body, keys: event.body.keys.map((use) => ({ ...use, hash: "sha1" })) } }
            : event,
        ),
      fault: /the stored signature has another hash/,
    },
    {
      name: "the signer's certificate is gone",
      journal: () => forged({ certificate: async () => undefined }),
      fault: /the signer's certificate is not stored/,
    },
    {
      name: "the certificate stored for a signer is somebody else's",
      journal: () => forged({ certificate: async () => await journal.certificate(must(parseFingerprint(eve()))) }),
      fault: /the stored certificate does not own the key/,
    },
    {
      name: "the statement's signature blocks are another statement's",
      journal: () =>
        rewritten("handover", (event) => {
          if (event.body.kind !== "handover") return event;
          const text = event.body.statement.text.replace("reason a test", "reason a tale");
          return { ...event, body: { ...event.body, statement: { ...event.body.statement, text } } };
        }),
      fault: /its text has another digest/,
    },
    {
      name: "the statement names a signer who did not sign",
      journal: () =>
        rewritten("handover", (event) => {
          if (event.body.kind !== "handover") return event;
          const { statement } = event.body;
          const signers = [...statement.signers, openpgpSigner(must(parseFingerprint(eve())))];
          return { ...event, body: { ...event.body, statement: { ...statement, signers } } };
        }),
      fault: /the signature by .* does not verify again/,
    },
    {
      name: "the statement took effect another way than its quorum allows",
      journal: () =>
        rewritten("handover", (event) =>
          event.body.kind === "handover" ? { ...event, body: { ...event.body, via: "recovery" } } : event,
        ),
      fault: /judged again it comes to handover-applied/,
    },
  ];
  for (const row of rows)
    test(row.name, async () => {
      const { exit, fault } = await prove(row.journal());
      assert.equal(exit, 1);
      assert.match(fault ?? "", /^pkg:pypi\/sunpy, event /);
      assert.match(fault ?? "", row.fault);
    });

  test("bytes given as the file that was signed, under a digest the journal has: signed by nobody there", async () => {
    // The digest of other bytes is written into the event, so that they are taken for the file.
    const other = place.write("sunpy-1.2-other.tar.gz", "other bytes");
    const sha256 = must(parseSha256(createHash("sha256").update("other bytes").digest("hex")));
    const lying = rewritten("refusal", (event) =>
      event.body.kind === "refusal"
        ? { ...event, body: { ...event.body, artifact: { ...event.body.artifact, sha256 } } }
        : event,
    );
    const { fault } = await prove(lying, [other], "1.2");
    assert.match(fault ?? "", /does not verify again/);
  });
});
