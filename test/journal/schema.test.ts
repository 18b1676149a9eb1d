import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeEvent } from "../../daemon/core/event-codec.ts";
import { EMPTY_CHAIN, endAfter, readNext } from "../../daemon/journal/chain.ts";
import { NO_EVENTS, runningHash } from "../../daemon/journal/digest.ts";
import { PROJECT } from "../checks/places.ts";
import { eventBodyArbitraries } from "../core/event-arbitrary.ts";
import { sunpy } from "./kit.ts";

/** A journal as tofu 0.1 wrote it: an event a line. It is never written again, only read. */
const lines = readFileSync(join(PROJECT, "test/journal/fixtures/v1.jsonl"), "utf8").trimEnd().split("\n");

test("a journal of schema 1 stays readable, event by event", () => {
  let end = EMPTY_CHAIN;
  const kinds = new Set<string>();
  for (const line of lines) {
    const sealed = readNext(end, sunpy, line);
    assert.equal(encodeEvent(sealed.event), line);
    kinds.add(sealed.event.body.kind);
    end = endAfter(sealed);
  }
  assert.equal(end.n, lines.length);
  assert.deepEqual([...kinds].sort(), Object.keys(eventBodyArbitraries).sort());
});

test("what witnesses said stays readable, and not a word of it changes", () => {
  const told = readFileSync(join(PROJECT, "test/journal/fixtures/v1-witnesses.jsonl"), "utf8").trimEnd().split("\n");
  let end = EMPTY_CHAIN;
  for (const line of told) {
    const sealed = readNext(end, sunpy, line);
    assert.equal(encodeEvent(sealed.event), line);
    end = endAfter(sealed);
  }
  assert.equal(end.hash, "366f4db476b5dbf29d55035987030e51ead990ca1aa12d1a06a745c49c9ad720");
});

test("its bytes are those that were committed", () => {
  let hash = NO_EVENTS;
  for (const line of lines) hash = runningHash(hash, line);
  assert.equal(hash, "1e29876881b6819f0e4e32302b73b0cf7cf7ed414b2c0bf9d6ef9e863efee035");
});

test("each byte of it flipped in turn is found, and the place is named", () => {
  const text = lines.join("\n");
  for (let at = 0; at < text.length; at += 1) {
    const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    assert.throws(() => readAll(flipped.split("\n")), { code: "store-damaged" }, `byte ${at}`);
  }
});

/** Reads a chain as an engine does, which knows the digest of its last event as well. */
function readAll(texts: readonly string[]): void {
  const last = endOf(lines).hash;
  const end = endOf(texts);
  if (end.hash !== last) throw Object.assign(new Error("another end"), { code: "store-damaged" });
}

function endOf(texts: readonly string[]): typeof EMPTY_CHAIN {
  let end = EMPTY_CHAIN;
  for (const text of texts) end = endAfter(readNext(end, sunpy, text));
  return end;
}
