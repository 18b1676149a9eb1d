import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandoverLine } from "../../daemon/protocol/handover-line.ts";
import { renderHandover } from "../../daemon/words/handover.ts";
import type { Style } from "../../daemon/words/style.ts";
import { timeOf } from "../cli/fake-world.ts";
import { SAMPLES } from "../cli/samples.ts";

const style: Style = {
  width: 80,
  color: false,
  unicode: true,
  verbose: false,
  quiet: false,
  now: timeOf("2026-11-20"),
};

const told = (line: Partial<HandoverLine>, more: Partial<Style> = {}): string =>
  renderHandover({ ...SAMPLES.handover, ...line }, { ...style, ...more }).join("\n");

test("a followed statement tells who signed it, what it changes, and what it undid", () => {
  assert.equal(
    told({}),
    [
      "ok       sunpy: statement 3 is in force",
      "         by         AEA0 8C8D … D578 A535",
      "         not by     0D7B 6A11 … 52F0 9C3E: signed with a subkey",
      "         added      135E 14B1 6F21 9A0C 1177  2D3B 5E0A 9F4C 132C F20F, release",
      "                    and hand over",
      '         note       "Nabil joins as releaser"',
      "         undone     6.2.0, sha256 cdcdcdcdcdcdcdcd…",
      "         notice     a signer trusted only here releases on; no statement speaks",
      "                    for it",
      "         Next: tofu audit sunpy",
    ].join("\n"),
  );
});

test("a known statement is one line, a quiet one none", () => {
  assert.equal(told({ verdict: "handover-known", sentence: "sunpy: statement 3 is known here" }).split("\n").length, 1);
  assert.equal(told({}, { quiet: true }), "");
  assert.notEqual(told({ class: "refused", verdict: "handover-rejected", exit: 4 }, { quiet: true }), "");
});

test("a statement that is shown tells all of it, and no line of outside text escapes", () => {
  const { verdict, ...rest } = SAMPLES.handover;
  const facts = [{ label: "note", text: '"\u001b[31mred\u202e"' }];
  const text = renderHandover({ ...rest, facts }, style).join("\n");
  assert.ok(verdict !== undefined && text.includes('"\\x1b[31mred\\u{202e}"'), text);
});
