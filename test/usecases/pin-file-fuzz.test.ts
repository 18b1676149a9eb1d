import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { formatPinFile } from "../../daemon/pinfile/format.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { must } from "../core/scene.ts";
import { chainOf, packageName } from "../pinfile/samples.ts";
import { CLAIMED, openUser } from "./user.ts";

const folder = mkdtempSync(join(tmpdir(), "tofu-fuzz-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const A = "A".repeat(40);
const B = "B".repeat(40);
const SUNPY = packageName("pkg:pypi/sunpy");

/** One line of each kind, with a chain of two statements. */
function seedFile(): string {
  const statements = chainOf(SUNPY, 2);
  const head = statements.at(-1);
  const text = [
    "@format 1",
    "@serial 42",
    "@created 2026-11-21T10:00:00Z",
    `@distrusted * openpgp:${"C".repeat(40)}`,
    `pkg:generic/curl openpgp:${A} roles=release,handover basis=first-use first=2024-03-02T10:11:12Z releases=12 days=9`,
    `@policy pkg:generic/curl release=1`,
    `@artifact pkg:generic/curl 8.10.1 curl-8.10.1.tar.xz sha256:${"ab".repeat(32)} first=2024-09-18T08:00:00Z`,
    `pkg:pypi/sunpy openpgp:${A} roles=release,handover basis=first-use x-ticket=SEC-118`,
    `@retired pkg:pypi/sunpy openpgp:${B} cutoff=2026-08-30T00:00:00Z reason=superseded`,
    `@revoked pkg:pypi/sunpy openpgp:${"D".repeat(40)} since=2026-09-01T00:00:00Z hard`,
    `@chain pkg:pypi/sunpy seq=${head?.seq} head=sha256:${head?.sha256}`,
    ...statements.map(({ seq, bytes }) => `@statement pkg:pypi/sunpy ${seq} ${Buffer.from(bytes).toString("base64")}`),
    `@certificate openpgp:${A} mDMEZfAAABYJKwYBBAHaRw8BAQdA`,
  ].join("\n");
  return formatPinFile(must(parsePinFile(Buffer.from(`${text}\n`))));
}

const SEED = Buffer.from(seedFile());

type Change =
  | { readonly kind: "flip" | "drop" | "insert"; readonly at: number; readonly byte: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "copy" | "move"; readonly at: number; readonly to: number };

const at = fc.nat(SEED.length - 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("flip", "drop", "insert"),
    at,
    byte: fc.oneof(fc.nat(255), fc.constantFrom(10, 32, 61, 64)),
  }),
  fc.record({ kind: fc.constant("cut"), at }),
  fc.record({ kind: fc.constantFrom("copy", "move"), at: fc.nat(30), to: fc.nat(30) }),
);

function mutated(changes: readonly Change[]): Buffer {
  let bytes: Buffer = SEED;
  for (const one of changes) bytes = applied(bytes, one);
  return bytes;
}

function applied(bytes: Buffer, one: Change): Buffer {
  switch (one.kind) {
    case "flip":
      return Buffer.concat([bytes.subarray(0, one.at), Buffer.of(one.byte), bytes.subarray(one.at + 1)]);
    case "drop":
      return Buffer.concat([bytes.subarray(0, one.at), bytes.subarray(one.at + 1)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, one.at), Buffer.of(one.byte), bytes.subarray(one.at)]);
    case "cut":
      return bytes.subarray(0, one.at);
    case "copy":
    case "move": {
      const lines = bytes.toString("latin1").split("\n");
      const from = one.at % lines.length;
      const [line = ""] = one.kind === "move" ? lines.splice(from, 1) : [lines[from]];
      lines.splice(one.to % (lines.length + 1), 0, line);
      return Buffer.from(lines.join("\n"), "latin1");
    }
  }
}

test("10,000 damaged pin files are taken whole or not at all, and none of them is a fault", async () => {
  const file = join(folder, "known_keys");
  const seen = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = mutated(changes);
      writeFileSync(file, bytes);
      const user = openUser();
      const question = { isStdin: false, label: "known_keys", from: "known_keys", keys: [] } as const;
      const request = {
        do: "import",
        file,
        ...question,
        dryRun: false,
        preferImported: false,
        claimed: CLAIMED,
      } as const;
      try {
        await user.ask(request);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, /^known_keys, line \d+: /);
        assert.equal(await user.journal.count(), 0);
        seen.refused += 1;
        return;
      }
      const parsed = must(parsePinFile(bytes));
      const marks = (await user.journal.read("*")).flatMap(({ body }) =>
        body.kind === "pin-file" ? [body.state] : [],
      );
      assert.deepEqual(marks, ["begun", "done"]);
      for (const { name } of parsed.packages)
        assert.ok((await user.journal.read(name)).length > 0, `${name} was left out`);
      seen.taken += 1;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(seen.taken > 500 && seen.refused > 500, JSON.stringify(seen));
});
