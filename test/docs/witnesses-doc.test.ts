import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseConfig } from "../../daemon/config/config.ts";
import { PROJECT } from "../checks/places.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { homeWith, makeRepository, release, signTag } from "../witnesses/scene.ts";
import { type Internet, openInternet, wkdPage } from "../witnesses/site.ts";

const DOC = readFileSync(join(PROJECT, "docs/witnesses.md"), "utf8");
const BLOCKS = [...DOC.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, kind, text = ""]) => ({ kind, text }));
const [FIRST = "", CONTRADICTED = "", ALARM = ""] = BLOCKS.filter(({ text }) => text.startsWith("$ ")).map(({ text }) =>
  text.slice(text.indexOf("\n") + 1),
);
const PAGE = wkdPage("stuart", "sunpy.example");

let place: GpgPlace;
let internet: Internet;
let stuart = "";
let mallory = "";
let witnesses = "";

before(async () => {
  place = openGpgPlace();
  internet = await openInternet();
  stuart = place.makeKey("Stuart <stuart@sunpy.example>");
  mallory = place.makeKey("Stuart S <stuart@sunpy.example>");
  const clone = makeRepository(place, "sunpy", "https://github.com/sunpy/sunpy.git");
  signTag(place, clone, "v6.0.4", stuart);
  mkdirSync(place.path("keys"));
  place.exportKey(stuart, "keys/sunpy.asc");
  witnesses =
    `[policy]\nfirst-use = "witnesses:2"\n[network]\nenabled = true\n[witnesses]\nwkd = true\n` +
    `git-clones = ["${clone}"]\ndistribution-keys = ["${place.path("keys")}"]\n`;
});
after(async () => {
  await internet.close();
  place.close();
});

/** What differs from run to run: keys, days, and the port that plays the network. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/ \(network answered by port \d+ here\)/, "")
    .replace(/\d{4}-\d\d-\d\d/g, "DAY")
    .replace(/\b[0-9A-F]{4}\b/g, "HEX")
    .trim();
}

test("the configuration on the page is one", () => {
  const toml = BLOCKS.find(({ kind }) => kind === "toml")?.text ?? "";
  const config = parseConfig(toml, "witnesses.md");
  assert.ok(config.ok);
  assert.equal(config.value.outside.networkEnabled, true);
});

test("a first use and an alarm look as on the page", async (t) => {
  const home = homeWith(t, internet, witnesses);
  const folder = join(home.folder, "dl");
  const package_ = ["--package", "pypi/sunpy"];
  internet.pages.clear();
  const first = await home.tofu("verify", release(place, folder, "sunpy-6.0.4.tar.gz", [stuart]), ...package_);
  assert.equal(plain(first.stdout), plain(FIRST));
  internet.pages.set(PAGE, new Uint8Array(place.gpg("--export", stuart)));
  const alarm = await home.tofu("verify", release(place, folder, "sunpy-6.0.5.tar.gz", [mallory]), ...package_);
  assert.equal(plain(alarm.stdout), plain(ALARM));
});

test("a contradiction looks as on the page", async (t) => {
  const home = homeWith(t, internet, witnesses);
  internet.pages.set(PAGE, new Uint8Array(place.gpg("--export", mallory)));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const { stdout } = await home.tofu("verify", file, "--package", "pypi/sunpy");
  assert.equal(plain(stdout), plain(CONTRADICTED));
});
