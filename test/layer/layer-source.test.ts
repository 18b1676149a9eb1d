import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { openLayers } from "../../daemon/layer/layer-source.ts";
import { type MachinePlaces, machinePlaces } from "./places.ts";

const SUNPY = "pkg:pypi/sunpy openpgp:AEA08C8DE882D15EB8590DC028B8B19AD578A535\n";
const CURL = "pkg:generic/curl openpgp:27EDEAF22F3ABCEB50DB9A125CC908FDB71E12C2\n";

async function packagesIn(places: MachinePlaces): Promise<readonly string[]> {
  const layers = openLayers(places, () => undefined);
  await layers.refresh();
  return layers.layer.packages;
}

test("the file and every file of the folder are read; names of another form are passed over", async (t) => {
  const places = machinePlaces(t);
  assert.deepEqual(await packagesIn(places), []);
  places.write("known_keys", SUNPY);
  places.write("known_keys.d/10-team.keys", CURL);
  for (const name of ["x.keys.dpkg-old", ".hidden.keys", "readme", "a b.keys"])
    places.write(`known_keys.d/${name}`, "no pin file\n");
  assert.deepEqual(await packagesIn(places), ["pkg:generic/curl", "pkg:pypi/sunpy"]);
});

test("neither file nor folder is no layer, and no fault", async (t) => {
  const places = machinePlaces(t);
  rmSync(places.etc, { recursive: true });
  assert.deepEqual(await packagesIn(places), []);
});

test("a link is followed to a file that is as much root's", async (t) => {
  const places = machinePlaces(t);
  mkdirSync(join(places.base, "share"), { mode: 0o755 });
  renameSync(places.write("known_keys", SUNPY), join(places.base, "share", "seed"));
  symlinkSync("../share/seed", places.file);
  assert.deepEqual(await packagesIn(places), ["pkg:pypi/sunpy"]);
});

const REFUSED: readonly (readonly [string, (places: MachinePlaces) => void, RegExp])[] = [
  ["a file that its group can write", ({ file }) => chmodSync(file, 0o664), /known_keys has mode 0664.*chmod go-w /],
  ["a file that everybody can write", ({ file }) => chmodSync(file, 0o646), /known_keys has mode 0646/],
  ["a folder that others can write", ({ etc }) => chmodSync(etc, 0o777), /etc has mode 0777.*chmod go-w /],
  ["a sticky folder: a name in it may be anybody's", ({ etc }) => chmodSync(etc, 0o1777), /etc has mode 1777/],
  ["a writable known_keys.d", ({ folder }) => chmodSync(folder, 0o775), /known_keys\.d has mode 0775/],
  [
    "a link into a folder that others can write",
    ({ base, file }) => {
      mkdirSync(join(base, "open"));
      renameSync(file, join(base, "open", "seed"));
      chmodSync(join(base, "open"), 0o777);
      symlinkSync("../open/seed", file);
    },
    /open has mode 0777/,
  ],
  [
    "a link that leads nowhere",
    ({ base, file }) => {
      renameSync(file, join(base, "gone"));
      symlinkSync("../nowhere", file);
    },
    /known_keys can't be read \(ENOENT\)/,
  ],
  [
    "a folder in the file's place",
    ({ file }) => {
      rmSync(file);
      mkdirSync(file);
    },
    /known_keys is not a regular file/,
  ],
  [
    "a pipe, without waiting for its writer",
    ({ file }) => {
      rmSync(file);
      spawnSync("mkfifo", ["-m", "644", file]);
    },
    /known_keys is not a regular file/,
  ],
  ["a line that is refused", ({ write }) => write("known_keys", `${SUNPY}nonsense\n`), /known_keys, line 2: /],
  ["a file that was cut off", ({ write }) => write("known_keys", SUNPY.trim()), /known_keys, line 1: file is cut off/],
];

for (const [name, spoil, told] of REFUSED) {
  test(`nothing is judged by ${name}`, async (t) => {
    const places = machinePlaces(t);
    places.write("known_keys", SUNPY);
    spoil(places);
    await assert.rejects(packagesIn(places), (error) => {
      assert.ok(error instanceof TofuError);
      assert.equal(error.code, "layer");
      assert.match(error.message, told);
      return true;
    });
  });
}

test("a file of another user is refused", async (t) => {
  const places = machinePlaces(t);
  places.write("known_keys", SUNPY);
  await assert.rejects(
    packagesIn({ ...places, owner: places.owner + 1 }),
    /belongs to user \d+, not to root; as root: chown root /,
  );
});

test("more files than a machine may have are refused", async (t) => {
  const places = machinePlaces(t);
  for (let index = 0; index <= 256; index += 1) places.write(`known_keys.d/${index}.keys`, SUNPY);
  await assert.rejects(packagesIn(places), /known_keys\.d has more than 256 files/);
});

test("a source reads again what changed, in place or by a rename, what came and what went", async (t) => {
  const places = machinePlaces(t);
  const layers = openLayers(places, () => undefined);
  const now = async (): Promise<readonly string[]> => {
    await layers.refresh();
    return layers.layer.packages;
  };
  assert.deepEqual(await now(), []);
  places.write("known_keys", SUNPY);
  assert.deepEqual(await now(), ["pkg:pypi/sunpy"]);
  const unchanged = layers.layer;
  await layers.refresh();
  assert.equal(layers.layer, unchanged);
  places.write("known_keys", CURL);
  // In the same tick of the clock, and one byte longer or not.
  utimesSync(places.file, 1, 1);
  assert.deepEqual(await now(), ["pkg:generic/curl"]);
  renameSync(places.write("next", SUNPY), places.file);
  assert.deepEqual(await now(), ["pkg:pypi/sunpy"]);
  places.write("known_keys.d/a.keys", CURL);
  assert.deepEqual(await now(), ["pkg:generic/curl", "pkg:pypi/sunpy"]);
  places.write("known_keys.d/a.keys", "nonsense\n");
  await assert.rejects(now(), /a\.keys, line 1/);
  rmSync(join(places.folder, "a.keys"));
  assert.deepEqual(await now(), ["pkg:pypi/sunpy"]);
});

const SERIALS: readonly (readonly [string, number | undefined, RegExp | undefined])[] = [
  ["@format 1\n@serial 41\n", 42, /known_keys has serial 41, and the settings ask for 42 or later/],
  ["@format 1\n@serial 42\n", 42, undefined],
  ["@format 1\n", 1, /known_keys has no serial, and the settings ask for 1 or later/],
  ["", 1, /known_keys has no serial/],
  ["", undefined, undefined],
];

for (const [header, least, told] of SERIALS) {
  test(`a file that begins with ${JSON.stringify(header)} where serial ${least ?? "none"} is asked for`, async (t) => {
    const places = machinePlaces(t);
    places.write("known_keys", `${header}${SUNPY}`);
    let asked: number | undefined;
    const layers = openLayers(places, () => asked);
    await layers.refresh();
    asked = least;
    // Settings that were read again count for a file that was read before.
    if (told === undefined) await layers.refresh();
    else await assert.rejects(layers.refresh(), told);
  });
}
