import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isPrintable } from "../../daemon/core/printable.ts";
import { unixMs } from "../../daemon/core/time.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import { formatReply, parseReply, type Reply } from "../../daemon/protocol/wire.ts";
import type { Piece, WordsLine, WordsWish } from "../../daemon/protocol/words-line.ts";
import { openWording } from "../../daemon/server/wording.ts";
import { wordsBuild } from "../../daemon/words/build.ts";
import { openTelling } from "../../daemon/words/telling.ts";
import { judgement, unexpected } from "../cli/answers.ts";
import { CLAIMED } from "../cli/fake-world.ts";
import { SAMPLES } from "../cli/samples.ts";
import { daemon, envelope, memoryLog, RawClient, STATUS } from "./harness.ts";

const WISH: WordsWish = {
  build: wordsBuild(process.versions["unicode"]),
  json: false,
  verbose: false,
  quiet: false,
  unicode: true,
  stdout: { width: 80, color: false },
  stderr: { width: 80, color: false },
  now: Date.UTC(2026, 8, 17),
};

const VERIFY: Request = {
  ...{ do: "verify", files: ["/some/here/sunpy-6.0.5.tar.gz", "/b"], signatures: [], keys: [], dryRun: false },
  ...{ offline: true, via: "verify", claimed: CLAIMED },
};
const ASKED: readonly Request[] = [
  VERIFY,
  STATUS,
  { do: "why", package: "sunpy", prove: false },
  { do: "list", stale: false, weak: false, single: false },
];

/** What a client prints that gets the same lines over the socket and makes its own words. */
function byClient(request: Request, wish: WordsWish, answers: readonly Answer[], exit: number): WordsLine {
  const said: { to: Piece["to"]; text: string }[] = [];
  const write = (to: Piece["to"], text: string): void => {
    const last = said.at(-1);
    if (last?.to === to) last.text += text;
    else said.push({ to, text });
  };
  const { verbose, quiet, unicode, json } = wish;
  const both = { verbose, quiet, unicode, now: unixMs(wish.now) };
  const telling = openTelling(
    request,
    { json, stdout: { ...wish.stdout, ...both }, stderr: { ...wish.stderr, ...both } },
    { stdout: { write: (text) => write("stdout", text) }, stderr: { write: (text) => write("stderr", text) } },
  );
  for (const answer of answers) {
    const read = parseReply(formatReply(answer));
    assert.ok(read.ok && read.value.type !== "accepted" && read.value.type !== "words");
    telling.tell(read.value);
  }
  telling.answered(exit);
  return { schemaVersion: 1, type: "words", said, exit: telling.finish() };
}

async function byDaemon(request: Request, wish: WordsWish, answers: readonly Answer[], exit: number): Promise<unknown> {
  const wording = await openWording(request, wish, memoryLog().log);
  assert.ok(wording !== undefined);
  for (const answer of answers) wording.tell(answer);
  return wording.finish(exit);
}

const show = fc.record({ width: fc.integer({ min: 60, max: 100 }), color: fc.boolean() });
const wishes = fc.record({
  ...{ json: fc.boolean(), verbose: fc.boolean(), quiet: fc.boolean(), unicode: fc.boolean() },
  ...{ stdout: show, stderr: show, build: fc.constant(WISH.build), now: fc.nat(Date.UTC(2030, 0, 1)) },
});
const hostile = fc.string({ unit: fc.constantFrom("a", " ", "\n", "\x1b[31m", "\u009b", "\u202e", "ü", "語", "\\") });
const answers = fc.array(
  fc.oneof(
    fc.constantFrom<Answer>(...Object.values(SAMPLES)),
    hostile.map((sentence) => judgement({ sentence })),
    hostile.map((text) => unexpected({ sentence: text, artifact: { path: text, sha256: "00", size: 1 } })),
    hostile.map((sentence): Answer => ({ ...SAMPLES.fault, sentence })),
  ),
  { maxLength: 6 },
);

describe("the daemon's words", () => {
  test("are what the client would print of the same lines, to the byte, and printable", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ASKED), wishes, answers, fc.nat(6), async (request, wish, lines, exit) => {
        const expected = byClient(request, wish, lines, exit);
        assert.deepEqual(await byDaemon(request, wish, lines, exit), expected);
        for (const { text } of expected.said) assert.ok(isPrintable(text), JSON.stringify(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("come before the end, and only where they were asked for", async (t) => {
    const { path } = await daemon(t, async (_request, tell) => {
      tell(SAMPLES.status);
      return 3;
    });
    const said = async (extra: object): Promise<readonly Reply[]> => {
      const client = await RawClient.open(t, path);
      client.socket.write(envelope(STATUS, extra));
      return (await client.ends(1)).map((line) => {
        const reply = parseReply(JSON.stringify(line));
        assert.ok(reply.ok);
        return reply.value;
      });
    };
    const types = (replies: readonly Reply[]): readonly string[] => replies.map(({ type }) => type);
    assert.deepEqual(types(await said({})), ["accepted", "status", "end"]);
    const worded = await said({ words: WISH });
    assert.deepEqual(types(worded), ["accepted", "status", "words", "end"]);
    assert.deepEqual(worded[2], byClient(STATUS, WISH, [SAMPLES.status], 3));
    const other = await said({ words: { ...WISH, build: `${WISH.build}x` } });
    assert.deepEqual(types(other), ["accepted", "status", "end"], "another build makes its own");
    const unnamed = await said({ words: { ...WISH, build: "" } });
    assert.deepEqual(types(unnamed), ["accepted", "status", "end"], "nor is a build without a name");
  });

  test("are left out where they would be too many", async () => {
    const many = Array.from({ length: 2000 }, () => SAMPLES.pin);
    const list = ASKED[3] ?? STATUS;
    assert.equal(await byDaemon(list, WISH, many, 0), undefined);
    assert.notEqual(await byDaemon(list, WISH, many.slice(0, 100), 0), undefined);
  });

  test("say that a file got no answer, and never 0 then", async () => {
    const words = await byDaemon(VERIFY, WISH, [SAMPLES.judgement], 0);
    assert.deepEqual(words, byClient(VERIFY, WISH, [SAMPLES.judgement], 0));
    assert.match(JSON.stringify(words), /1 of the files got no answer.*"exit":1/);
  });
});
