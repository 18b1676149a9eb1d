import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { layer, parseConfig } from "../../daemon/config/config.ts";
import { formatConfigProblem } from "../../daemon/config/problem.ts";

const SSH = "ssh:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OPENPGP = "openpgp:AEA08C8DE882D15EB8590DC028B8B19AD578A535";

function seedsIn(text: string): unknown {
  const config = parseConfig(text, "config.toml");
  assert.ok(config.ok);
  return config.value.seeds;
}

describe("[seeds]", () => {
  test("says whose pin files count as signed, and from which serial on", () => {
    assert.deepEqual(seedsIn(`[seeds]\nsigners = ["${SSH}", "${OPENPGP.toLowerCase()}"]\nmin-serial = 42`), {
      signers: [SSH, OPENPGP],
      minSerial: 42,
    });
    assert.deepEqual(seedsIn(""), {});
  });

  test("of two files the signers of either count, and the higher serial", () => {
    const [below, above] = [
      parseConfig(`[seeds]\nsigners = ["${SSH}"]\nmin-serial = 42`, "a"),
      parseConfig(`[seeds]\nsigners = ["${SSH}", "${OPENPGP}"]\nmin-serial = 7`, "b"),
    ];
    assert.ok(below.ok && above.ok);
    assert.deepEqual(layer(below.value, above.value).seeds, { signers: [SSH, OPENPGP], minSerial: 42 });
  });

  const rows = [
    {
      text: "[seeds]\nsigners = []\nserial = 1",
      line: 3,
      says: /no setting seeds\.serial; settings here: signers, min-serial/,
    },
    { text: "[seeds]\nmin-serial = -1", line: 2, says: /seeds\.min-serial must be a whole number/ },
    { text: "[seeds]\nmin-serial = 1000000000000000", line: 2, says: /seeds\.min-serial must be/ },
    { text: "[seeds]\nmin-serial = '42'", line: 2, says: /seeds\.min-serial must be/ },
    { text: '[seeds]\nsigners = ["openpgp:28B8B19AD578A535"]', line: 2, says: /seeds\.signers must be a list/ },
    { text: '[seeds]\nsigners = "ssh"', line: 2, says: /seeds\.signers must be a list/ },
    { text: `[seeds]\nsigners = [${`"${SSH}",`.repeat(101)}]`, line: 2, says: /at most 100 signers/ },
    { text: "seeds = 1", line: 1, says: /seeds must be a table/ },
  ];
  for (const { text, line, says } of rows) {
    test(`${text.slice(0, 60)} is refused with its line`, () => {
      const config = parseConfig(text, "config.toml");
      assert.ok(!config.ok);
      assert.equal(config.error.line, line);
      assert.match(formatConfigProblem(config.error), says);
    });
  }
});
