import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { main } from "../../cli/main.ts";
import { jsonLine } from "../../daemon/words/printer.ts";
import { answersSchema, SCHEMA_FILE } from "./answers-schema.ts";
import { fakeWorld } from "./fake-world.ts";
import { SAMPLES } from "./samples.ts";

const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(
  JSON.parse(readFileSync(SCHEMA_FILE, "utf8")),
);

test("the committed schema is the one that the code has", () => {
  assert.equal(
    readFileSync(SCHEMA_FILE, "utf8"),
    answersSchema(),
    "after npm run build: node dist/test/cli/answers-schema.js",
  );
});

for (const [type, sample] of Object.entries(SAMPLES))
  test(`the schema takes a printed ${type}`, () => {
    assert.ok(validate(JSON.parse(jsonLine(sample))), JSON.stringify(validate.errors));
  });

for (const [name, change] of [
  ["without its sentence", { sentence: undefined }],
  ["of another version", { schemaVersion: 2 }],
  ["of an unknown class", { class: "fine" }],
  ["with a null where nothing should be", { next: null }],
] as const)
  test(`the schema refuses a judgement ${name}`, () => {
    assert.equal(validate(JSON.parse(JSON.stringify({ ...SAMPLES.judgement, ...change }))), false);
  });

test("wrong use and faults of the real command line are in the schema", async () => {
  for (const [line, scene] of [
    [["--json", "verfy"], {}],
    [["--json", "list"], { fault: new Error("broken") }],
  ] as const) {
    const { world, stdout } = fakeWorld(scene);
    await main(line, world);
    assert.ok(validate(JSON.parse(stdout())), JSON.stringify(validate.errors));
  }
});
