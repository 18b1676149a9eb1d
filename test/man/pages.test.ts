import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../cli/commands/all.ts";
import { PROJECT } from "../checks/places.ts";
import { manualPages } from "./pages.ts";

/** How a terminal of paper prints bold: the letter, a step back, the letter. */
const OVERSTRIKE = new RegExp(`.${String.fromCharCode(8)}`, "g");
const skip = spawnSync("mandoc", ["-T", "lint"], { input: "" }).error === undefined ? false : "mandoc is not installed";

for (const [path, text] of await manualPages()) {
  test(`${path} is the one that the definitions make`, () => {
    assert.equal(readFileSync(join(PROJECT, path), "utf8"), text, "after npm run build: node dist/test/man/pages.js");
  });

  test(`mandoc finds nothing wrong with ${path}`, { skip }, () => {
    // tofu's pages are not part of an operating system, whose name and manual section mandoc would look for.
    const { stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning,stop"], { input: text, encoding: "utf8" });
    assert.equal(stdout, "");
  });
}

test("every command and every option of it stands in tofu(1) as mandoc shows it", { skip }, async () => {
  const source = (await manualPages()).get("docs/man/tofu.1") ?? "";
  const { stdout } = spawnSync("mandoc", ["-T", "ascii", "-O", "width=300"], { input: source, encoding: "utf8" });
  const shown = stdout.replaceAll(OVERSTRIKE, "");
  for (const { name, options } of COMMANDS) {
    assert.ok(shown.includes(name), name);
    for (const option of Object.keys(options)) assert.ok(shown.includes(`--${option}`), `${name} --${option}`);
  }
});
