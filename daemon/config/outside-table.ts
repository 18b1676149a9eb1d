import { boolean, list, text } from "../core/codec.ts";
import { type PackageName, parsePackageName } from "../core/package-name.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { ConfigProblem } from "./problem.ts";
import { parseTables, type Setting, type SettingsTables } from "./settings-table.ts";
import { type TomlDocument, tableEntries } from "./toml-document.ts";

/** A file's `[network]`, `[witnesses]` and `[handover]`: what may be asked beside the files themselves. */
export interface OutsideRules {
  /** `undefined` as `false`: nothing is asked over the network unbidden. */
  readonly networkEnabled?: boolean | undefined;
  /** Paths as written: absolute, or below the home folder with `~/`. */
  readonly pinFiles?: readonly string[] | undefined;
  readonly gitClones?: readonly string[] | undefined;
  /** Folders with the keys that a distribution keeps of the projects it packages. */
  readonly distributionKeys?: readonly string[] | undefined;
  readonly wkd?: boolean | undefined;
  /** Hosts, with a port where one was given. */
  readonly keyServers?: readonly string[] | undefined;
  readonly github?: boolean | undefined;
  /** Who signs a package, by their names there. */
  readonly githubUsers?: ByPackage | undefined;
  /** Where statements of a package are looked for: https addresses, files, clones. */
  readonly handoverPlaces?: ByPackage | undefined;
}

export type ByPackage = ReadonlyMap<PackageName, readonly string[]>;

const MAX_ENTRIES = 200;
const MAX_PACKAGES = 1000;
const MAX_TEXT = 4096;

const PATH = "an absolute path, or one that begins with ~/";
const ADDRESS = "an https address, or a path: absolute, or one that begins with ~/";
const SERVER = "a server such as hkps://keys.openpgp.org";
const USER = "the name of a user there";

const flag = (field: keyof OutsideRules): Setting<OutsideRules> => ({
  field,
  parse: (value) => boolean.parse(value, ""),
});
const paths = (field: keyof OutsideRules): Setting<OutsideRules> => ({
  field,
  parse: (value) => parseList(value, { one: PATH, read: readPath }),
});

const TABLES: SettingsTables<OutsideRules> = new Map<string, ReadonlyMap<string, Setting<OutsideRules>>>([
  ["network", new Map([["enabled", flag("networkEnabled")]])],
  [
    "witnesses",
    new Map<string, Setting<OutsideRules>>([
      ["pin-files", paths("pinFiles")],
      ["git-clones", paths("gitClones")],
      ["distribution-keys", paths("distributionKeys")],
      ["wkd", flag("wkd")],
      ["key-servers", { field: "keyServers", parse: (value) => parseList(value, { one: SERVER, read: readServer }) }],
      ["github", flag("github")],
      [
        "github-users",
        { field: "githubUsers", parse: (value) => parseByPackage(value, { one: USER, read: readUser }) },
      ],
    ]),
  ],
  [
    "handover",
    new Map<string, Setting<OutsideRules>>([
      [
        "places",
        { field: "handoverPlaces", parse: (value) => parseByPackage(value, { one: ADDRESS, read: readAddress }) },
      ],
    ]),
  ],
]);

/** The tables that are read here. */
export const OUTSIDE_TABLES: ReadonlySet<string> = new Set(TABLES.keys());

/** Reads `[network]`, `[witnesses]` and `[handover]`; absent ones set nothing. */
export function parseOutsideTables(document: TomlDocument): Result<OutsideRules, ConfigProblem> {
  return parseTables(document, TABLES, {});
}

/** @returns both together: all places of both; of two words about one thing the upper one's. */
export function layerOutsideRules(below: OutsideRules, above: OutsideRules): OutsideRules {
  return {
    ...below,
    ...above,
    ...both("pinFiles", below, above),
    ...both("gitClones", below, above),
    ...both("distributionKeys", below, above),
    ...both("keyServers", below, above),
    ...bothByPackage("githubUsers", below, above),
    ...bothByPackage("handoverPlaces", below, above),
  };
}

type Lists = "pinFiles" | "gitClones" | "distributionKeys" | "keyServers";
type Tables = "githubUsers" | "handoverPlaces";

function both(field: Lists, below: OutsideRules, above: OutsideRules): OutsideRules {
  const all = [...(below[field] ?? []), ...(above[field] ?? [])];
  return all.length === 0 ? {} : { [field]: [...new Set(all)] };
}

function bothByPackage(field: Tables, below: OutsideRules, above: OutsideRules): OutsideRules {
  const all = new Map(below[field] ?? []);
  for (const [name, entries] of above[field] ?? []) all.set(name, [...new Set([...(all.get(name) ?? []), ...entries])]);
  return all.size === 0 ? {} : { [field]: all };
}

/** How one entry of a list is read, and what it is called. */
interface Entry {
  readonly one: string;
  readonly read: (word: string) => string | undefined;
}

function parseList(value: unknown, { one, read }: Entry): Result<readonly string[], { readonly expected: string }> {
  const expected = `a list of at most ${MAX_ENTRIES}, each ${one}`;
  const words = list(text(MAX_TEXT), MAX_ENTRIES).parse(value, "");
  if (!words.ok) return err({ expected });
  const found: string[] = [];
  for (const word of words.value) {
    const entry = /\p{Cc}/u.test(word) ? undefined : read(word);
    if (entry === undefined) return err({ expected });
    found.push(entry);
  }
  return ok(found);
}

function parseByPackage(value: unknown, entry: Entry): Result<ByPackage, { readonly expected: string }> {
  const table = tableEntries(value);
  const expected = `a table of at most ${MAX_PACKAGES} packages, as "pkg:pypi/sunpy" = [ … ], each ${entry.one}`;
  if (table === undefined || table.size > MAX_PACKAGES) return err({ expected });
  const found = new Map<PackageName, readonly string[]>();
  for (const [key, inner] of table) {
    const name = key.startsWith("pkg:") ? parsePackageName(key) : undefined;
    const entries = parseList(inner, entry);
    if (name?.ok !== true || !entries.ok || found.has(name.value)) return err({ expected });
    found.set(name.value, entries.value);
  }
  return ok(found);
}

function readPath(word: string): string | undefined {
  return /^(?:\/|~\/.)/.test(word) ? word : undefined;
}

function readAddress(word: string): string | undefined {
  if (!word.startsWith("https://")) return readPath(word);
  return URL.canParse(word) && new URL(word).username === "" ? word : undefined;
}

/** @returns `keys.example` or `keys.example:8443`; what is not encrypted is not asked. */
function readServer(word: string): string | undefined {
  return /^(?:hkps|https):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[1-9]\d{0,4})?)\/?$/.exec(word)?.[1];
}

function readUser(word: string): string | undefined {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/.test(word) ? word : undefined;
}
