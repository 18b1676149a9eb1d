import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { RealHome } from "../cli/real-home.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { homeWith, makeRepository, release, signTag, startDaemon } from "./scene.ts";
import { hkpPage, type Internet, openInternet, vksPage, wkdPage } from "./site.ts";

const SUNPY = ["--package", "pypi/sunpy"];
const MAIL = wkdPage("stuart", "sunpy.example");

let place: GpgPlace;
let internet: Internet;
let clone = "";
let debian = "";
let stuart = "";
let mallory = "";
let bob = "";

before(async () => {
  place = openGpgPlace();
  internet = await openInternet();
  stuart = place.makeKey("Stuart <stuart@sunpy.example>");
  // Anybody can write any name into a key.
  mallory = place.makeKey("Stuart S <stuart@sunpy.example>");
  bob = place.makeKey("Bob of Astro");
  clone = makeRepository(place, "sunpy", "https://github.com/sunpy/sunpy.git");
  signTag(place, clone, "v6.0.4", stuart);
  debian = place.path("distribution");
  mkdirSync(debian);
  place.exportKey(stuart, "distribution/sunpy.asc");
});
after(async () => {
  await internet.close();
  place.close();
});

function exported(key: string): Uint8Array {
  return new Uint8Array(place.gpg("--export", key));
}

/** What the network has, anew for each test. */
function serve(...pages: readonly (readonly [string, Uint8Array])[]): void {
  internet.pages.clear();
  internet.asked.length = 0;
  internet.stuck.clear();
  for (const [address, bytes] of pages) internet.pages.set(address, bytes);
}

interface Wish {
  readonly firstUse?: string;
  readonly witnesses: string;
  readonly network?: boolean;
}

function config({ firstUse = "accept", witnesses, network = true }: Wish): string {
  return `[policy]\nfirst-use = "${firstUse}"\n[network]\nenabled = ${network}\n[witnesses]\n${witnesses}\n`;
}

const ON_MACHINE = (): string => `git-clones = ["${clone}"]\ndistribution-keys = ["${debian}"]`;

/** The words below line one, as one line. */
function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** One home that asks a daemon, one that has none: both must say the same. */
const WAYS: readonly (readonly [string, (t: TestContext, home: RealHome) => Promise<void>])[] = [
  ["without a daemon", async () => undefined],
  ["with a daemon", startDaemon],
];

for (const [way, prepare] of WAYS) {
  describe(`witnesses, ${way}`, () => {
    test("a first use with two of three agreeing", async (t) => {
      serve();
      const home = homeWith(t, internet, config({ firstUse: "witnesses:2", witnesses: `${ON_MACHINE()}\nwkd = true` }));
      await prepare(t, home);
      const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
      const { stdout, exit } = await home.tofu("verify", file, ...SUNPY);
      assert.equal(exit, 0, stdout);
      assert.match(stdout, /witnesses {2}2 of 3 agree: Debian keyring, git tag; WKD has no key\n/);
      assert.deepEqual(internet.asked, [MAIL]);
      const why = await home.tofu("why", "pypi/sunpy");
      assert.match(flat(why.stdout), /witnesses 2 of 3 agree: Debian keyring, git tag; WKD has no key/);
    });

    test("a first use with one contradicting, whatever the others say", async (t) => {
      serve([MAIL, exported(mallory)], [vksPage("keys.example", "stuart", "sunpy.example"), exported(stuart)]);
      const witnesses = `${ON_MACHINE()}\nwkd = true\nkey-servers = ["hkps://keys.example"]`;
      const home = homeWith(t, internet, config({ witnesses }));
      await prepare(t, home);
      const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
      const { stdout, exit } = await home.tofu("verify", file, ...SUNPY);
      assert.equal(exit, 3, stdout);
      assert.match(flat(stdout), /^decide sunpy 6\.0\.4: new here, and a witness names another signer/);
      assert.match(flat(stdout), /3 of 4 agree: Debian keyring, git tag, key server; WKD names another signer/);
      const list = await home.tofu("list");
      assert.doesNotMatch(list.stdout, /sunpy/);
    });

    test("an unexpected signer whom no witness knows", async (t) => {
      serve([MAIL, exported(stuart)]);
      const witnesses = `distribution-keys = ["${debian}"]\nwkd = true\nkey-servers = ["hkps://keys.example"]`;
      const home = homeWith(t, internet, config({ witnesses }));
      await prepare(t, home);
      const folder = join(home.folder, "dl");
      await home.tofu("verify", release(place, folder, "sunpy-6.0.4.tar.gz", [stuart]), ...SUNPY);
      const { stdout, exit } = await home.tofu(
        "verify",
        release(place, folder, "sunpy-6.0.5.tar.gz", [mallory]),
        ...SUNPY,
      );
      assert.equal(exit, 4);
      assert.match(stdout, /witnesses {2}0 of 3 know it; Debian keyring and WKD name the old one\n/);
      assert.match(flat((await home.tofu("why", "pypi/sunpy")).stdout), /unexpected signer witnesses 0 of 3 know it/);
    });

    test("an unexpected signer whom all witnesses name stays refused", async (t) => {
      const home = homeWith(t, internet, config({ witnesses: `${ON_MACHINE()}\nwkd = true` }));
      serve([MAIL, exported(stuart)]);
      await prepare(t, home);
      const folder = join(home.folder, "dl");
      // Where nobody asks for witnesses, an offline first use takes what came.
      const first = release(place, folder, "sunpy-5.0.0.tar.gz", [bob]);
      await home.tofu("verify", first, ...SUNPY, "--policy", policyFile(home));
      await home.tofu("trust", "pypi/sunpy", bob, "--because", "told by phone");
      const { stdout, exit } = await home.tofu(
        "verify",
        release(place, folder, "sunpy-6.0.4.tar.gz", [stuart]),
        ...SUNPY,
      );
      assert.equal(exit, 4, stdout);
      assert.match(flat(stdout), /3 of 3 know it: Debian keyring, git tag, WKD of sunpy\.example/);
      assert.match(flat(stdout), /3 of 3 witnesses name the new signer\./);
      assert.match(stdout, /^Next: tofu why sunpy 6\.0\.4$/m);
    });
  });
}

function policyFile(home: RealHome): string {
  const path = join(home.folder, "policy.toml");
  writeFileSync(path, `[policy]\nfirst-use = "decide"\n`);
  return path;
}

test("nothing is asked for a release of the same signer, and of the network nothing before it is enabled", async (t) => {
  serve([MAIL, exported(stuart)]);
  const off = homeWith(t, internet, config({ network: false, witnesses: `wkd = true\ngithub = true` }));
  const file = release(place, join(off.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const { stdout } = await off.tofu("verify", file, ...SUNPY);
  assert.match(stdout, /witnesses {2}none yet; this first use rests on this download\n/);
  assert.deepEqual(internet.asked, []);
  const on = homeWith(t, internet, config({ witnesses: "wkd = true" }));
  await on.tofu("verify", file, ...SUNPY);
  assert.deepEqual(internet.asked, [MAIL]);
  await on.tofu("verify", release(place, join(off.folder, "dl"), "sunpy-6.0.5.tar.gz", [stuart]), ...SUNPY);
  assert.deepEqual(internet.asked, [MAIL]);
});

test("--offline asks nobody outside, and says so", async (t) => {
  serve([MAIL, exported(stuart)]);
  const home = homeWith(t, internet, config({ firstUse: "witnesses:2", witnesses: `${ON_MACHINE()}\nwkd = true` }));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const { stdout, exit } = await home.tofu("verify", file, ...SUNPY, "--offline");
  assert.equal(exit, 0);
  assert.match(flat(stdout), /2 of 3 agree: Debian keyring, git tag; WKD not asked \(offline\)/);
  assert.deepEqual(internet.asked, []);
});

test("a witness that does not answer is silent, and keeps nobody waiting for long", async (t) => {
  serve();
  internet.stuck.add(MAIL);
  const home = homeWith(t, internet, config({ witnesses: `${ON_MACHINE()}\nwkd = true` }));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const begun = Date.now();
  const { stdout, exit } = await home.tofu("verify", file, ...SUNPY);
  assert.ok(Date.now() - begun < 20_000);
  assert.equal(exit, 0);
  assert.match(flat(stdout), /2 of 3 agree: Debian keyring, git tag; WKD did not answer/);
});

test("the site that a file came from is no witness of it", async (t) => {
  serve([MAIL, exported(stuart)]);
  const home = homeWith(t, internet, config({ firstUse: "witnesses:1", witnesses: "wkd = true" }));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const from = await home.tofu(
    "verify",
    file,
    ...SUNPY,
    "--from",
    "https://downloads.sunpy.example/sunpy-6.0.4.tar.gz",
  );
  assert.equal(from.exit, 3, from.stdout);
  assert.match(flat(from.stdout), /0 of the 1 witness that policy asks for name its signer/);
  assert.equal((await home.tofu("verify", file, ...SUNPY, "--from", "https://mirror.example/x")).exit, 0);
});

test("of two signers whose keys came along, the one is remembered whom a witness names", async (t) => {
  serve();
  const home = homeWith(t, internet, config({ witnesses: ON_MACHINE() }));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart, mallory]);
  const { stdout, exit } = await home.tofu("--json", "verify", file, ...SUNPY);
  assert.equal(exit, 0, stdout);
  const why = await home.tofu("--json", "why", "pypi/sunpy");
  assert.ok(
    why.stdout.includes(`"signer":"openpgp:${stuart}"`) && !why.stdout.includes(`"signer":"openpgp:${mallory}"`),
  );
});

test("a key server, two colleagues' pin files and the keys of an account", async (t) => {
  const team = join(place.folder, "known_keys");
  const pin = `pkg:pypi/sunpy openpgp:${stuart} roles=release,handover basis=first-use first=2024-03-02T10:11:12Z last=2026-09-14T06:00:00Z releases=12 days=9\n`;
  writeFileSync(team, pin);
  const ssh = place.path("colleague");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", ssh]);
  const signed = place.path("signed_keys");
  writeFileSync(signed, pin);
  execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "pins@tofu.invalid", "-f", ssh, signed], { stdio: "ignore" });
  serve(
    [hkpPage("keys.example", stuart), exported(stuart)],
    ["https://github.com/Cadair.gpg", new Uint8Array(place.gpg("--armor", "--export", stuart))],
  );
  const witnesses = `pin-files = ["${team}", "${signed}"]\nkey-servers = ["hkps://keys.example"]\ngithub = true\n[witnesses.github-users]\n"pkg:pypi/sunpy" = ["Cadair", "nobody-there"]`;
  const home = homeWith(t, internet, config({ firstUse: "witnesses:3", witnesses }));
  const file = release(place, join(home.folder, "dl"), "sunpy-6.0.4.tar.gz", [stuart]);
  const { stdout, exit } = await home.tofu("verify", file, ...SUNPY, "-v");
  assert.equal(exit, 0, stdout);
  assert.match(flat(stdout), /3 of 4 agree: 2 pin files, GitHub; key server has the key, under no verified address/);
  assert.match(flat(stdout), /pin file signed_keys: names its signer/);
  const { cookie, "user-agent": agent } = internet.headers();
  assert.deepEqual([cookie, agent], [undefined, "tofu"]);
});
