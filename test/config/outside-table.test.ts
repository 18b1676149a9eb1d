import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Config, layer, parseConfig } from "../../daemon/config/config.ts";
import { outsidePlaces } from "../../daemon/config/outside-places.ts";
import { formatConfigProblem } from "../../daemon/config/problem.ts";
import { PACKAGE } from "../core/scene.ts";

const EXAMPLE = `
[network]
enabled = true
[witnesses]
pin-files = ["~/team/known_keys"]
git-clones = ["~/src/sunpy", "/srv/clones/sunpy.git"]
distribution-keys = ["/usr/share/upstream-keys"]
wkd = true
key-servers = ["hkps://keys.openpgp.org", "https://keys.example:8443/"]
github = true
[witnesses.github-users]
"pkg:pypi/SunPy" = ["Cadair", "nabobalis"]
[handover.places]
"pkg:pypi/sunpy" = ["https://sunpy.example/TOFU-HANDOVERS", "~/src/sunpy"]
`;

function configOf(text: string): Config {
  const config = parseConfig(text, "config.toml");
  assert.ok(config.ok, config.ok ? "" : formatConfigProblem(config.error));
  return config.value;
}

test("the documented example says whom to ask", () => {
  const places = outsidePlaces(configOf(EXAMPLE).outside, { HOME: "/home/u" });
  const { githubUsers, handoverPlaces, ...lists } = places;
  assert.deepEqual(lists, {
    networkEnabled: true,
    pinFiles: ["/home/u/team/known_keys"],
    gitClones: ["/home/u/src/sunpy", "/srv/clones/sunpy.git"],
    distributionKeys: ["/usr/share/upstream-keys"],
    wkd: true,
    keyServers: ["keys.openpgp.org", "keys.example:8443"],
    github: true,
  });
  assert.deepEqual(githubUsers(PACKAGE), ["Cadair", "nabobalis"]);
  assert.deepEqual(handoverPlaces(PACKAGE), ["https://sunpy.example/TOFU-HANDOVERS", "/home/u/src/sunpy"]);
});

test("an empty file asks nobody", () => {
  const { networkEnabled, wkd, github, ...lists } = outsidePlaces(configOf("").outside, { HOME: "/home/u" });
  assert.deepEqual([networkEnabled, wkd, github], [false, false, false]);
  assert.deepEqual(
    [lists.pinFiles, lists.gitClones, lists.distributionKeys, lists.keyServers, lists.githubUsers(PACKAGE)],
    [[], [], [], [], []],
  );
});

test("a path below a home that nobody names is none", () => {
  assert.deepEqual(outsidePlaces(configOf(EXAMPLE).outside, {}).pinFiles, []);
});

test("both layers' places are asked; of two words about one thing the upper one's counts", () => {
  const below = configOf(`[network]\nenabled = true\n[witnesses]\nwkd = true\npin-files = ["/a", "/b"]`);
  const above = configOf(
    `[network]\nenabled = false\n[witnesses]\npin-files = ["/b", "/c"]\n[handover.places]\n"pkg:pypi/sunpy" = ["/x"]`,
  );
  const places = outsidePlaces(layer(below, above).outside, {});
  assert.deepEqual([places.networkEnabled, places.wkd, places.pinFiles], [false, true, ["/a", "/b", "/c"]]);
  assert.deepEqual(places.handoverPlaces(PACKAGE), ["/x"]);
});

describe("what is refused, with its line", () => {
  const rows: readonly (readonly [string, number, RegExp])[] = [
    [`[network]\nenable = true`, 2, /no setting network\.enable; settings here: enabled$/],
    [`[network]\nenabled = "yes"`, 2, /network\.enabled must be true or false$/],
    [`network = true`, 1, /network must be a table$/],
    [`[witnesses]\nwkd = true\nkeybase = true`, 3, /no setting witnesses\.keybase/],
    [`[witnesses]\npin-files = ["team/known_keys"]`, 2, /absolute path/],
    [`[witnesses]\npin-files = "/a"`, 2, /a list/],
    [`[witnesses]\ngit-clones = ["~root/x"]`, 2, /absolute path/],
    [`[witnesses]\ngit-clones = ["/a\\u0007"]`, 2, /absolute path/],
    [`[witnesses]\nkey-servers = ["hkp://keys.example"]`, 2, /hkps:\/\//],
    [`[witnesses]\nkey-servers = ["keys.example"]`, 2, /hkps:\/\//],
    [`[witnesses]\nkey-servers = ["hkps://keys.example/pks"]`, 2, /hkps:\/\//],
    [`[witnesses]\nkey-servers = ["hkps://u:p@keys.example"]`, 2, /hkps:\/\//],
    [`[witnesses.github-users]\n"sunpy" = ["Cadair"]`, 1, /pkg:pypi\/sunpy/],
    [`[witnesses.github-users]\n"pkg:pypi/sunpy" = ["../x"]`, 1, /name of a user/],
    [`[witnesses.github-users]\n"pkg:pypi/sunpy" = ["a"]\n"pkg:pypi/SunPy" = ["b"]`, 1, /a table/],
    [`[handover]\nplace = 1`, 2, /no setting handover\.place/],
    [`[handover.places]\n"pkg:pypi/sunpy" = ["http://sunpy.example/x"]`, 1, /https address/],
    [`[handover.places]\n"pkg:pypi/sunpy" = ["https://u:p@sunpy.example/x"]`, 1, /https address/],
  ];
  for (const [text, line, says] of rows)
    test(text.replaceAll("\n", " "), () => {
      const config = parseConfig(text, "config.toml");
      assert.ok(!config.ok);
      const sentence = formatConfigProblem(config.error);
      assert.match(sentence, says);
      assert.ok(sentence.startsWith(`config.toml, line ${line}: `), sentence);
    });
});
