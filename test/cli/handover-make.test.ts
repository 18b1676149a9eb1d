import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Command } from "../../cli/commands/command.ts";
import { handoverMake, handoverRequest } from "../../cli/commands/handover-make.ts";
import { parseCommandLine } from "../../cli/parse.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import { PROTOCOL_VERSION, type Request } from "../../daemon/protocol/request.ts";
import { envelopeCodec } from "../../daemon/protocol/request-codec.ts";
import { renderText } from "../../daemon/words/text.ts";
import { PLAIN } from "./answers.ts";
import { CLAIMED as claimed, fakeWorld } from "./fake-world.ts";

const A = "AEA08C8DE882D15EB8590DC028B8B19AD578A535";
const B = "135E14B1AA6A2C9B0D9E64B0D3B4C0F2132CF20F";

const make: Request = {
  do: "handover-make",
  package: "sunpy",
  add: [],
  remove: [],
  rotate: [],
  handTo: [],
  recovery: [],
  dropRecovery: [],
  releaseThreshold: undefined,
  handoverThreshold: undefined,
  vouch: [],
  location: [],
  alsoFor: [],
  notBefore: undefined,
  reason: "new hands",
  from: undefined,
  plan: false,
  output: "/some/here/tofu-handovers",
  keys: [],
  gnupgHome: undefined,
  claimed,
};

const because = ["--reason", "new hands"];
const ASKED: readonly (readonly [line: readonly string[], request: Request])[] = [
  [["sunpy", ...because], make],
  [["sunpy", ...because, "--add", A, "--add", `${B}=release`], { ...make, add: [A, `${B}=release`] }],
  [["sunpy", ...because, "--rotate", `${A}=${B}`, "-o", "/out"], { ...make, rotate: [`${A}=${B}`], output: "/out" }],
  [["sunpy", ...because, "--remove", `${A}=lost@2026-01-02`], { ...make, remove: [`${A}=lost@2026-01-02`] }],
  [["sunpy", ...because, "--hand-to", B, "--recovery", A], { ...make, handTo: [B], recovery: [A] }],
  [["sunpy", ...because, "--drop-recovery", A, "--also-for", "x"], { ...make, dropRecovery: [A], alsoFor: ["x"] }],
  [
    ["sunpy", ...because, "--release-threshold", "2", "--handover-threshold", "64"],
    { ...make, releaseThreshold: 2, handoverThreshold: 64 },
  ],
  [
    ["sunpy", ...because, "--vouch", "a.tar.gz", "--from", "../clone", "--key", "k"],
    { ...make, vouch: ["/some/here/a.tar.gz"], from: "/some/clone", keys: ["/some/here/k"] },
  ],
  [
    ["sunpy", ...because, "--location", "https://x.example/T", "--not-before", "2027-01-01"],
    { ...make, location: ["https://x.example/T"], notBefore: "2027-01-01" },
  ],
  [["sunpy", "--plan"], { ...make, reason: undefined, plan: true }],
];

describe("tofu handover make asks for", () => {
  for (const [line, request] of ASKED)
    test(line.join(" "), async () => assert.deepEqual(await asked(handoverMake, line), request));
});

describe("tofu handover request asks for", () => {
  const ask = { do: "handover-request", package: "sunpy" } as const;
  test("a letter", async () =>
    assert.deepEqual(await asked(handoverRequest, ["sunpy"]), { ...ask, fingerprint: undefined }));
  test("a letter about a fingerprint in groups", async () =>
    assert.deepEqual(await asked(handoverRequest, ["sunpy", "AEA0", "8C8D"]), { ...ask, fingerprint: "AEA0 8C8D" }));
});

describe("wrong use", () => {
  const rows: readonly (readonly [command: Command, line: readonly string[], message: RegExp])[] = [
    [handoverMake, ["sunpy"], /needs a reason/],
    [handoverMake, ["sunpy", "--reason", " "], /needs a reason/],
    [handoverMake, [...because], /needs a package/],
    [handoverMake, ["sunpy", "numpy", ...because], /no use for numpy/],
    [handoverMake, ["sunpy", ...because, "--release-threshold", "0"], /from 1 to 64/],
    [handoverMake, ["sunpy", ...because, "--handover-threshold", "65"], /from 1 to 64/],
    [handoverRequest, [], /needs a package/],
    [handoverRequest, ["sunpy", A, "and", "more"], /no use for and/],
  ];
  for (const [command, line, message] of rows)
    test(`${command.name} ${line.join(" ")}`, async () => {
      await assert.rejects(asked(command, line), (error) => error instanceof UsageError && message.test(error.message));
    });
});

test("a file that was written is one line, a text is printed as it is and never broken", () => {
  const command = `    gpg -u '${A}!' ${"x".repeat(200)}`;
  const text = `One\n\n${command}\n\u001b[2Jend\n`;
  assert.deepEqual(renderText({ schemaVersion: 1, type: "text", text }, PLAIN), ["One", "", command, "\\x1b[2Jend"]);
  const written = { schemaVersion: 1, type: "text", path: "/x/0001.txt", text } as const;
  assert.deepEqual(renderText(written, PLAIN), ["         wrote /x/0001.txt"]);
  assert.deepEqual(renderText(written, { ...PLAIN, quiet: true }), []);
});

async function asked(command: Command, line: readonly string[]): Promise<unknown> {
  const { args } = await parseCommandLine([...command.name.split(" "), ...line], [handoverMake, handoverRequest]);
  const action = await command.prepare(args, fakeWorld().world);
  assert.ok(action.kind === "ask");
  const envelope = { v: PROTOCOL_VERSION, request: action.request } as const;
  assert.ok(envelopeCodec.parse(JSON.parse(JSON.stringify(envelopeCodec.encode(envelope))), "").ok);
  return action.request;
}
