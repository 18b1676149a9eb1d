import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { MAX_TEXT } from "../../daemon/protocol/answer.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { startDaemon } from "../witnesses/scene.ts";
import { type RealHome, realHome } from "./real-home.ts";

let place: GpgPlace;
let alice = "";

before(() => {
  place = openGpgPlace();
  alice = place.makeKey("Alice <alice@example.org>");
  place.exportKey(alice, "alice.asc");
});
after(() => place.close());

const B = "B".repeat(40);
const PIN = (): string => `pkg:pypi/sunpy openpgp:${alice}\n`;

interface Line {
  readonly type: string;
  readonly package?: string;
  readonly verdict?: string;
  readonly exit?: number;
  readonly there?: readonly string[];
  readonly sentence?: string;
}

async function lines(home: RealHome, ...words: readonly string[]): Promise<readonly Line[]> {
  const { stdout } = await home.tofu("--json", "--no-daemon", ...words);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line): Line => JSON.parse(line) as Line);
}

function write(home: RealHome, name: string, content: string): string {
  const path = join(home.folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const GRADLE = (): string => `<?xml version="1.0" encoding="UTF-8"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">
   <configuration>
      <trusted-keys>
         <trusted-key id="${alice}" group="org.example" name="thing"/>
         <trusted-key id="${alice.slice(-16)}" group="org.example" name="other"/>
      </trusted-keys>
   </configuration>
   <components/>
</verification-metadata>
`;

/** Each kind: a file as that tool has it, what follows it on the command line, and whom it pins. */
const KINDS: Readonly<
  Record<string, (home: RealHome) => { readonly words: readonly string[]; readonly pins: string }>
> = {
  gradle: (home) => ({ words: [write(home, "m.xml", GRADLE())], pins: "pkg:maven/org.example/thing" }),
  makepkg: (home) => ({
    words: [write(home, "PKGBUILD", `pkgname=thing\nvalidpgpkeys=('${alice}')\n`)],
    pins: "pkg:generic/thing",
  }),
  debian: (home) => {
    write(home, "debian/control", "Source: thing\n");
    return { words: [write(home, "debian/upstream/signing-key.asc", key())], pins: "pkg:generic/thing" };
  },
  keys: (home) => {
    write(home, "ring/pypi/sunpy.asc", key());
    return { words: [join(home.folder, "ring")], pins: "pkg:pypi/sunpy" };
  },
  "apache-keys": (home) => ({
    words: [write(home, "KEYS", `This file has keys.\n${key()}`), "--package", "generic/httpd"],
    pins: "pkg:generic/httpd",
  }),
  gnupg: () => ({ words: [place.folder, "--package", "generic/thing"], pins: "pkg:generic/thing" }),
};

function key(): string {
  return readFileSync(place.path("alice.asc"), "utf8");
}

describe("tofu import --from", () => {
  for (const [kind, make] of Object.entries(KINDS)) {
    test(kind, async (t: TestContext) => {
      const home = realHome(t);
      const { words, pins } = make(home);
      const told = await lines(home, "import", ...words, "--from", kind);
      const imported = told.filter(({ type }) => type === "import");
      assert.deepEqual(
        imported.map(({ package: name, verdict, there }) => [name, verdict, there]),
        [[pins, "imported", [`openpgp:${alice}`]]],
      );
      if (kind === "gradle") assert.match(told[0]?.sentence ?? "", /line 6 is passed over: key id/);
    });
  }

  test("keys of nobody knows which package are refused", async (t) => {
    const home = realHome(t);
    const { exit, stderr } = await home.tofu("import", write(home, "KEYS", key()), "--from", "apache-keys");
    assert.equal(exit, 2);
    assert.match(stderr, /does not say whose keys they are/);
  });
});

describe("tofu export", () => {
  test("writes what was imported, and what other tools keep", async (t) => {
    const home = realHome(t);
    await home.tofu("import", write(home, "known_keys", PIN()));
    const { stdout, exit } = await home.tofu("export");
    assert.deepEqual([exit, stdout], [0, `pkg:pypi/sunpy openpgp:${alice} roles=release,handover\n`]);
    const makepkg = await home.tofu("export", "sunpy", "--for", "makepkg");
    assert.equal(makepkg.stdout, `validpgpkeys=(\n  '${alice}'\n)\n`);
    const gradle = await home.tofu("export", "--for", "gradle");
    assert.match(gradle.stderr, /sunpy is left out: it is no Maven package/);
  });

  test("of more than one answer comes through a daemon as it was", async (t) => {
    const home = realHome(t);
    await startDaemon(t, home);
    const pins = Array.from({ length: 1500 }, (_, index) => {
      const name = `pkg:pypi/package-${String(index).padStart(4, "0")}`;
      return `${name} openpgp:${B} roles=release,handover basis=first-use first=2024-03-02T10:11:12Z last=2026-09-14T06:00:00Z releases=12 days=9\n`;
    }).join("");
    assert.ok(pins.length > MAX_TEXT);
    await home.tofu("import", write(home, "known_keys", pins));
    const { stdout, exit } = await home.tofu("export");
    assert.deepEqual([exit, stdout === pins], [0, true]);
  });

  test("signs with an ssh key, and a machine that names the signer takes it", async (t) => {
    const home = realHome(t);
    const ssh = join(home.folder, "id");
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", ssh]);
    await home.tofu("import", write(home, "hand", PIN()));
    const out = await home.tofu("export", "-o", "known_keys", "--sign-with", "id", "--serial", "7");
    assert.equal(out.exit, 0, out.stderr);
    assert.match(readFileSync(join(home.folder, "known_keys"), "utf8"), /^# tofu known_keys\n@format 1\n@serial 7\n/);
    const fingerprint = spawnSync("ssh-keygen", ["-l", "-f", `${ssh}.pub`], { encoding: "utf8" }).stdout.split(" ")[1];
    write(home, "config/tofu/config.toml", `[seeds]\nsigners = ["ssh:${fingerprint}"]\n`);
    const told = await lines(home, "--store", join(home.folder, "other"), "import", "known_keys");
    assert.deepEqual(
      told.map((line) => ("signedBy" in line ? line.signedBy : line.type)),
      [`ssh:${fingerprint}`, "summary"],
    );
    const kept = readFileSync(join(home.folder, "known_keys"), "utf8");
    write(home, "known_keys", kept.replace("serial 7", "serial 8"));
    const [refused] = await lines(home, "--store", join(home.folder, "third"), "import", "known_keys");
    assert.deepEqual([refused?.type, refused?.exit], ["recorded", 5]);
  });

  test("signs with an OpenPGP key", async (t) => {
    const home = realHome(t, { GNUPGHOME: place.folder });
    await home.tofu("import", write(home, "hand", PIN()));
    const out = await home.tofu("export", "-o", "known_keys", "--sign-with", alice);
    assert.equal(out.exit, 0, out.stderr);
    write(home, "config/tofu/config.toml", `[seeds]\nsigners = ["openpgp:${alice}"]\n`);
    const words = ["--store", join(home.folder, "other"), "import", "known_keys", "--key", place.path("alice.asc")];
    const [line] = await lines(home, ...words);
    assert.deepEqual(
      [line?.verdict, line !== undefined && "signedBy" in line && line.signedBy],
      ["imported", `openpgp:${alice}`],
    );
  });

  test("leaves nothing behind where it can't be signed", async (t) => {
    const home = realHome(t);
    await home.tofu("import", write(home, "hand", PIN()));
    const before = home.look().filter((line) => line.includes("known_keys"));
    const { exit } = await home.tofu("export", "-o", "known_keys", "--sign-with", "no-such-key");
    assert.equal(exit, 1);
    assert.deepEqual(
      home.look().filter((line) => line.includes("known_keys")),
      before,
    );
  });
});

test("tofu diff says what differs, and ends with 0, 3 or 4", async (t) => {
  const home = realHome(t);
  await home.tofu("import", write(home, "known_keys", PIN()));
  const diff = async (text: string): Promise<number | string> =>
    (await home.tofu("diff", write(home, "theirs", text))).exit;
  assert.equal(await diff(PIN()), 0);
  assert.equal(await diff(`${PIN()}pkg:generic/curl openpgp:${B}\n`), 3, "one more there");
  assert.equal(await diff(`pkg:generic/curl openpgp:${B}\n`), 3, "one more here, one more there");
  assert.equal(await diff(`pkg:pypi/sunpy openpgp:${B}\n`), 4);
});
