import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { layer, parseConfig } from "../../daemon/config/config.ts";
import { formatDuration, parseDuration } from "../../daemon/config/duration.ts";
import { formatConfigProblem } from "../../daemon/config/problem.ts";
import { watchPlaces } from "../../daemon/config/watch-places.ts";
import type { WatchRules } from "../../daemon/config/watch-table.ts";

function rulesOf(text: string): WatchRules {
  const config = parseConfig(text, "config.toml");
  assert.ok(config.ok);
  return config.value.watch;
}

test("[watch] and [notify] are read", () => {
  const text = `[watch]\nfolders = ["~/Downloads", "/srv/in"]\nsignature-wait = "90s"\npresets = ["apt"]\n[notify]\ndesktop = false`;
  assert.deepEqual(rulesOf(text), {
    folders: ["~/Downloads", "/srv/in"],
    signatureWaitMs: 90_000,
    presets: ["apt"],
    desktop: false,
  });
  assert.deepEqual(rulesOf("[watch]\n[notify]"), {});
});

describe("wrong settings are refused with their line", () => {
  const rows: readonly (readonly [text: string, says: RegExp])[] = [
    [
      "[watch]\nfolder = 1",
      /line 2: there is no setting watch\.folder; settings here: folders, signature-wait, presets/,
    ],
    ["[watch]\n\nfolders = 'x'", /line 3: watch\.folders must be a list/],
    ["[watch]\nfolders = ['here']", /line 2: watch\.folders must be a list of folders, each an absolute path/],
    ["[watch]\nfolders = ['~root/x']", /line 2: watch\.folders must be/],
    ['[watch]\nfolders = ["/a\\u0007"]', /line 2: watch\.folders must be/],
    ["[watch]\nsignature-wait = 10", /line 2: watch\.signature-wait must be a duration such as/],
    ["[watch]\nsignature-wait = '8d'", /line 2: watch\.signature-wait must be/],
    ["[watch]\npresets = ['pip']", /line 2: watch\.presets must be a list of wheels, conda, maven, apt/],
    ["[notify]\ndesktop = 'yes'", /line 2: notify\.desktop must be true or false/],
    ["[notify]\nmail = true", /line 2: there is no setting notify\.mail; settings here: desktop/],
    ["watch = 3", /line 1: watch must be a table/],
  ];
  for (const [text, says] of rows)
    test(JSON.stringify(text), () => {
      const config = parseConfig(text, "config.toml");
      assert.ok(!config.ok);
      assert.match(formatConfigProblem(config.error), says);
    });
});

test("a lower layer's folders stay watched, and what the upper one says wins else", () => {
  const below = parseConfig(`[watch]\nfolders = ["/srv/in"]\nsignature-wait = "1h"\n[notify]\ndesktop = false`, "a");
  const above = parseConfig(`[watch]\nfolders = ["~/in"]\nsignature-wait = "5m"`, "b");
  assert.ok(below.ok && above.ok);
  assert.deepEqual(layer(below.value, above.value).watch, {
    folders: ["/srv/in", "~/in"],
    signatureWaitMs: 300_000,
    desktop: false,
  });
});

describe("which folders are meant", () => {
  const env = { HOME: "/home/u" };
  const rows: readonly {
    readonly name: string;
    readonly rules: WatchRules;
    readonly env?: Readonly<Record<string, string>>;
    readonly userDirs?: string;
    readonly places: readonly string[];
  }[] = [
    { name: "nothing said: the download folder", rules: {}, places: ["/home/u/Downloads 4 optional"] },
    {
      name: "the download folder as the desktop has it",
      rules: {},
      userDirs: '# x\nXDG_DESKTOP_DIR="$HOME/d"\nXDG_DOWNLOAD_DIR="$HOME/Meine \\"D\\""\n',
      places: ['/home/u/Meine "D" 4 optional'],
    },
    { name: "never the whole home folder", rules: {}, userDirs: 'XDG_DOWNLOAD_DIR="$HOME/"', places: [] },
    { name: "no folders, said so", rules: { folders: [] }, places: [] },
    {
      name: "named folders, each once",
      rules: { folders: ["~/in", "/srv/in/", "/home/u/in", "~"] },
      places: ["/home/u/in 4", "/srv/in 4", "/home/u 4"],
    },
    { name: "no home, no folder below it", rules: { folders: ["~/in", "/x"] }, env: {}, places: ["/x 4"] },
    {
      name: "presets, with what the installers' variables say",
      rules: { folders: [], presets: ["maven", "apt", "wheels"] },
      env: { HOME: "/home/u", PIP_WHEEL_DIR: "/wheels" },
      places: [
        "/home/u/.m2/repository 16 optional",
        "/var/cache/apt/archives 0 optional",
        "/wheels 0 optional",
        "/home/u/wheelhouse 0 optional",
        "/home/u/.wheelhouse 0 optional",
      ],
    },
  ];
  for (const row of rows)
    test(row.name, () => {
      const places = watchPlaces(row.rules, row.env ?? env, row.userDirs);
      const shown = places.map(({ path, depth, isOptional }) => `${path} ${depth}${isOptional ? " optional" : ""}`);
      assert.deepEqual(shown, row.places);
    });
  test("conda has its packages in several places", () => {
    const places = watchPlaces({ folders: [], presets: ["conda"] }, { HOME: "/h", CONDA_PKGS_DIRS: "/a,rel,/b" }, "");
    assert.deepEqual(
      places.slice(0, 3).map(({ path }) => path),
      ["/a", "/b", "/h/.conda/pkgs"],
    );
  });
});

test("a duration that was written is read as it was", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 604_800 }), (seconds) => {
      assert.deepEqual(parseDuration(formatDuration(seconds * 1000)), { ok: true, value: seconds * 1000 });
    }),
  );
});
