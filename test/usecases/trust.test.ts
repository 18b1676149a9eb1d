import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { SignerLine, WhyLine } from "../../daemon/protocol/answer.ts";
import { type Machine, openMachine, type Said, told } from "../checks/machine.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";

const DAY_MS = 86_400_000;
const BEGIN = Date.now();

let place: GpgPlace;
let machine: Machine;
let alice: string;
let bob: string;
let eve: string;
let folders = 0;

before(() => {
  place = openGpgPlace();
  alice = place.makeKey("alice@example.org");
  bob = place.makeKey("bob@example.org");
  eve = place.makeKey("eve@example.org");
  for (const key of [alice, bob, eve]) place.exportKey(key, `${key}.asc`);
});

after(() => place.close());

beforeEach(async () => {
  machine = await openMachine();
});

afterEach(() => machine.close());

/** So many days after the keys and signatures were made. */
function day(number: number): string {
  return new Date(BEGIN + number * DAY_MS + 60_000).toISOString();
}

interface Release {
  readonly path: string;
  readonly version: string;
}

/** A release in a folder of its own, with what lies beside it. */
function release(version: string, key: string, beside: Readonly<Record<string, string | Buffer>> = {}): Release {
  folders += 1;
  const folder = join(machine.home, `download-${folders}`);
  mkdirSync(folder);
  const path = join(folder, `sunpy-${version}.tar.gz`);
  writeFileSync(path, `the bytes of ${version}`);
  place.gpg("--armor", "--local-user", key, "--output", `${path}.asc`, "--detach-sign", path);
  for (const [name, content] of Object.entries(beside)) writeFileSync(join(folder, name), content);
  return { path, version };
}

function verify(on: number, { path, version }: Release): Promise<Said> {
  const keys = [alice, bob, eve].flatMap((key) => ["--key", place.path(`${key}.asc`)]);
  return machine.tofu(day(on), "verify", path, "--package", "pkg:pypi/sunpy", "--release", version, ...keys);
}

function trust(on: number, fingerprint: string, ...options: readonly string[]): Promise<Said> {
  return machine.tofu(day(on), "trust", "sunpy", fingerprint, "--because", "asked them by phone", ...options);
}

async function signers(on: number): Promise<ReadonlyMap<string, SignerLine>> {
  const said = await machine.tofu(day(on), "why", "sunpy");
  const why = said.answers.find((answer): answer is WhyLine => answer.type === "why");
  return new Map(why?.signers.map((signer) => [signer.signer.slice("openpgp:".length), signer]));
}

function expect(said: Said, verdict: string, exit: number): void {
  assert.equal(said.judgement?.verdict, verdict, told(said));
  assert.equal(said.exit, exit, told(said));
}

function expectExit(said: Said, exit: number): void {
  assert.equal(said.exit, exit, told(said));
}

describe("what the user says where no statement does", () => {
  test("the key was lost: the new signer takes its place, with its roles", async () => {
    const old = release("1.0", alice);
    expect(await verify(1, old), "first-use", 0);
    const next = release("1.1", bob);
    expect(await verify(2, next), "unexpected-signer", 4);
    expectExit(await trust(3, bob, "--replaces", alice), 0);
    expect(await verify(4, next), "match", 0);
    expect(await verify(5, old), "match-retired", 0);
    expect(await verify(5, release("1.2", alice)), "retired-signer-unseen", 3);
    const known = await signers(6);
    assert.deepEqual(
      [known.get(alice)?.state, known.get(alice)?.reason, known.get(bob)?.state],
      ["retired", "lost", "active"],
    );
    assert.deepEqual(known.get(bob)?.roles, ["release", "handover"]);
  });

  test("a second signer releases; only a word of its own lets it hand over", async () => {
    expect(await verify(1, release("1.0", alice)), "first-use", 0);
    expectExit(await trust(2, bob), 0);
    assert.deepEqual((await signers(2)).get(bob)?.roles, ["release"]);
    expectExit(await trust(3, bob, "--role", "handover"), 0);
    const known = (await signers(3)).get(bob);
    assert.deepEqual([known?.roles, known?.strength, known?.state], [["release", "handover"], "verified", "active"]);
  });

  test("a distrust stands until it is taken back by name", async () => {
    const next = release("1.0", alice);
    expect(await verify(1, next), "first-use", 0);
    expectExit(await machine.tofu(day(2), "distrust", "sunpy", alice, "--because", "their laptop is gone"), 0);
    expect(await verify(3, next), "distrusted", 4);
    expectExit(await trust(4, alice), 4);
    expect(await verify(5, next), "distrusted", 4);
    expectExit(await trust(6, alice, "--undo-distrust"), 0);
    expect(await verify(7, next), "match", 0);
  });

  test("a trust that ends, ends by itself", async () => {
    expect(await verify(1, release("1.0", alice)), "first-use", 0);
    expectExit(await trust(2, bob, "--until", day(10).slice(0, 10)), 0);
    expect(await verify(3, release("1.1", bob)), "match", 0);
    const late = await verify(12, release("1.2", bob));
    assert.notEqual(late.exit, 0, told(late));
  });

  test("less than a whole fingerprint is no word at all", async () => {
    expect(await verify(1, release("1.0", alice)), "first-use", 0);
    for (const part of [bob.slice(-16), bob.slice(-8), bob.slice(0, 39)]) expectExit(await trust(2, part), 2);
    expectExit(await machine.tofu(day(2), "trust", "sunpy", bob), 2);
    assert.deepEqual([...(await signers(2)).keys()], [alice]);
  });
});

describe("free text signed by the old key is shown and never acted on", () => {
  const clearsigned = (key: string, text: string): Buffer => {
    const file = place.write("text-to-sign", text);
    return place.gpg("--local-user", key, "--output", "-", "--clearsign", file);
  };
  const grouped = (key: string): string => key.replace(/(.{4})(?=.)/g, "$1 ");
  const letter = (key: string): string =>
    `I lost my laptop.\n- From now on I sign with\n\n    ${grouped(key)}\n\nAlice\n`;

  const rows: readonly {
    readonly name: string;
    readonly beside: () => Readonly<Record<string, Buffer>>;
    readonly hint: boolean;
  }[] = [
    {
      name: "the old key's text names the new one",
      beside: () => ({ "KEY-TRANSITION.txt.asc": clearsigned(alice, letter(bob)) }),
      hint: true,
    },
    {
      name: "the same without blanks, in small letters, under another name",
      beside: () => ({ "key-transition-2026-11-01.asc": clearsigned(alice, `new key ${bob.toLowerCase()}\n`) }),
      hint: true,
    },
    {
      name: "the attacker signs such a text himself",
      beside: () => ({ "KEY-TRANSITION.txt.asc": clearsigned(bob, letter(bob)) }),
      hint: false,
    },
    {
      name: "another stranger signs it",
      beside: () => ({ "KEY-TRANSITION.txt.asc": clearsigned(eve, letter(bob)) }),
      hint: false,
    },
    {
      name: "the text was altered after it was signed",
      beside: () => {
        const text = clearsigned(alice, letter(eve)).toString().replace(grouped(eve), grouped(bob));
        return { "KEY-TRANSITION.txt.asc": Buffer.from(text) };
      },
      hint: false,
    },
    {
      name: "the name stands outside the signed part",
      beside: () => ({
        "KEY-TRANSITION.txt.asc": Buffer.concat([Buffer.from(`${letter(bob)}\n`), clearsigned(alice, letter(eve))]),
      }),
      hint: false,
    },
    {
      name: "it names a key ID, which anybody can make again",
      beside: () => ({ "KEY-TRANSITION.txt.asc": clearsigned(alice, `new key ${bob.slice(-16)}\n`) }),
      hint: false,
    },
    {
      name: "it is about another key",
      beside: () => ({ "KEY-TRANSITION.txt.asc": clearsigned(alice, letter(eve)) }),
      hint: false,
    },
  ];
  for (const row of rows)
    test(row.name, async () => {
      expect(await verify(1, release("1.0", alice)), "first-use", 0);
      const said = await verify(2, release("1.1", bob, row.beside()));
      expect(said, "unexpected-signer", 4);
      const hints = said.judgement?.hints.filter(({ kind }) => kind === "named-in-signed-text") ?? [];
      assert.equal(hints.length, row.hint ? 1 : 0, told(said));
      assert.deepEqual([...(await signers(3)).keys()], [alice]);
      expect(await verify(4, release("1.2", bob, row.beside())), "unexpected-signer", 4);
    });
});
