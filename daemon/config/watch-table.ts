import { boolean, type Codec, list, oneOf, text } from "../core/codec.ts";
import { err, ok, type Result } from "../core/result.ts";
import { durationCodec } from "./duration.ts";
import type { ConfigProblem } from "./problem.ts";
import { parseTables, type Setting, type SettingsTables } from "./settings-table.ts";
import type { TomlDocument } from "./toml-document.ts";

export const PRESETS = ["wheels", "conda", "maven", "apt"] as const;
/** A name for the places where an installer keeps what it downloads. */
export type Preset = (typeof PRESETS)[number];

/** A file's `[watch]` and `[notify]`; what it leaves out is absent. */
export interface WatchRules {
  /** As written: absolute, or below the home folder with `~/`. */
  readonly folders?: readonly string[] | undefined;
  readonly signatureWaitMs?: number | undefined;
  readonly presets?: readonly Preset[] | undefined;
  readonly desktop?: boolean | undefined;
}

const MAX_FOLDERS = 200;
const FOLDER = "an absolute path, or one that begins with ~/";

const folderCodec: Pick<Codec<string>, "parse"> = {
  parse: (json, path) => {
    const parsed = text(4096).parse(json, path);
    const fits = parsed.ok && /^(?:\/|~\/|~$)/.test(parsed.value) && !/\p{Cc}/u.test(parsed.value);
    return fits ? parsed : err({ path, expected: FOLDER });
  },
};

const TABLES: SettingsTables<WatchRules> = new Map<string, ReadonlyMap<string, Setting<WatchRules>>>([
  [
    "watch",
    new Map<string, Setting<WatchRules>>([
      ["folders", { field: "folders", parse: parseFolders }],
      ["signature-wait", { field: "signatureWaitMs", parse: (value) => durationCodec.parse(value, "") }],
      [
        "presets",
        {
          field: "presets",
          parse: (value) => {
            const parsed = list(oneOf(...PRESETS), PRESETS.length).parse(value, "");
            return parsed.ok ? parsed : err({ expected: `a list of ${PRESETS.join(", ")}` });
          },
        },
      ],
    ]),
  ],
  [
    "notify",
    new Map<string, Setting<WatchRules>>([
      ["desktop", { field: "desktop", parse: (value) => boolean.parse(value, "") }],
    ]),
  ],
]);

/** The tables that are read here. */
export const WATCH_TABLES: ReadonlySet<string> = new Set(TABLES.keys());

/** Reads `[watch]` and `[notify]`; absent ones set nothing. */
export function parseWatchTables(document: TomlDocument): Result<WatchRules, ConfigProblem> {
  return parseTables(document, TABLES, {});
}

/** @returns both together: all folders and presets; else what the upper one says. */
export function layerWatchRules(below: WatchRules, above: WatchRules): WatchRules {
  const folders = union(below.folders, above.folders);
  const presets = union(below.presets, above.presets);
  const rest = { ...below, ...above };
  return { ...rest, ...(folders === undefined ? {} : { folders }), ...(presets === undefined ? {} : { presets }) };
}

function parseFolders(value: unknown): Result<readonly string[], { readonly expected: string }> {
  if (!Array.isArray(value) || value.length > MAX_FOLDERS)
    return err({ expected: `a list of at most ${MAX_FOLDERS} folders` });
  const folders: string[] = [];
  for (const entry of value) {
    const parsed = folderCodec.parse(entry, "");
    if (!parsed.ok) return err({ expected: `a list of folders, each ${FOLDER}` });
    folders.push(parsed.value);
  }
  return ok(folders);
}

function union<T>(below: readonly T[] | undefined, above: readonly T[] | undefined): readonly T[] | undefined {
  return below === undefined ? above : [...new Set([...below, ...(above ?? [])])];
}
