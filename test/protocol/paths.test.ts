import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatPathProblem, type PathFlags, type Paths, resolvePaths } from "../../daemon/protocol/paths.ts";

const HOME = { HOME: "/home/u" };
const DEFAULTS: Paths = {
  store: "/home/u/.local/state/tofu/store",
  config: "/home/u/.config/tofu/config.toml",
  socket: undefined,
  named: { store: false, config: false, socket: false },
};

describe("resolvePaths", () => {
  const rows: readonly {
    readonly name: string;
    readonly env: { readonly [name: string]: string };
    readonly flags?: PathFlags;
    readonly paths: Partial<Paths>;
  }[] = [
    { name: "defaults below HOME, and no socket without a runtime folder", env: HOME, paths: {} },
    {
      name: "the XDG folders",
      env: { XDG_STATE_HOME: "/s", XDG_CONFIG_HOME: "/c", XDG_RUNTIME_DIR: "/run/user/7" },
      paths: { store: "/s/tofu/store", config: "/c/tofu/config.toml", socket: "/run/user/7/tofu/socket" },
    },
    {
      name: "empty variables are as unset",
      env: { ...HOME, XDG_STATE_HOME: "", TOFU_STORE: "", TOFU_SOCKET: "", XDG_RUNTIME_DIR: "" },
      paths: {},
    },
    {
      name: "variables of tofu win over XDG",
      env: { XDG_STATE_HOME: "/s", XDG_RUNTIME_DIR: "/r", TOFU_STORE: "/t", TOFU_CONFIG: "/c.toml", TOFU_SOCKET: "/k" },
      paths: { store: "/t", config: "/c.toml", socket: "/k", named: { store: true, config: true, socket: true } },
    },
    {
      name: "flags win over variables, and may be relative",
      env: { TOFU_STORE: "/t", TOFU_CONFIG: "/c.toml" },
      flags: { store: "../x", config: "c.toml" },
      paths: { store: "/some/x", config: "/some/here/c.toml", named: { store: true, config: true, socket: false } },
    },
    {
      name: "HOME is not asked for where it is not needed",
      env: {},
      flags: { store: "/t", config: "/c" },
      paths: { store: "/t", config: "/c", named: { store: true, config: true, socket: false } },
    },
    {
      name: "detours are taken out",
      env: { ...HOME, TOFU_STORE: "/a/../b/./c/" },
      paths: { store: "/b/c", named: { ...DEFAULTS.named, store: true } },
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const paths = resolvePaths(row.env, row.flags ?? {}, "/some/here");
      assert.deepEqual(paths, { ok: true, value: { ...DEFAULTS, ...row.paths } });
    });
  }

  const refused: readonly {
    readonly name: string;
    readonly env: { readonly [name: string]: string };
    readonly flags?: PathFlags;
    readonly says: string;
  }[] = [
    {
      name: "a relative variable",
      env: { ...HOME, TOFU_STORE: "store" },
      says: "TOFU_STORE is store, which is not an absolute path",
    },
    {
      name: "a relative XDG folder",
      env: { ...HOME, XDG_STATE_HOME: "~/s" },
      says: "XDG_STATE_HOME is ~/s, which is not an absolute path",
    },
    {
      name: "a relative runtime folder",
      env: { ...HOME, XDG_RUNTIME_DIR: "run" },
      says: "XDG_RUNTIME_DIR is run, which is not an absolute path",
    },
    { name: "a relative HOME", env: { HOME: "." }, says: "HOME is ., which is not an absolute path" },
    { name: "no HOME", env: {}, says: "HOME is not set; name the place with --store" },
    {
      name: "no HOME for the configuration",
      env: { TOFU_STORE: "/s" },
      says: "HOME is not set; name the place with --config",
    },
    { name: "an empty flag", env: HOME, flags: { store: "" }, says: "--store is empty" },
    {
      name: "a newline",
      env: { ...HOME, TOFU_CONFIG: "/a\nb" },
      says: "TOFU_CONFIG is /a\\x0ab, which has a control character in it",
    },
    {
      name: "a NUL in a flag",
      env: HOME,
      flags: { store: "a\0b" },
      says: "--store is a\\x00b, which has a control character in it",
    },
    {
      name: "an abstract socket, as it is often written",
      env: { ...HOME, TOFU_SOCKET: "@tofu" },
      says: "TOFU_SOCKET is @tofu: an abstract socket has no owner and no mode, so anyone could stand behind it",
    },
    {
      name: "an abstract socket, as it is",
      env: { ...HOME, TOFU_SOCKET: "\0tofu" },
      says: "TOFU_SOCKET is \\x00tofu: an abstract socket has no owner and no mode, so anyone could stand behind it",
    },
    {
      name: "a socket path that the system would cut",
      env: { ...HOME, TOFU_SOCKET: `/${"s".repeat(120)}` },
      says: `TOFU_SOCKET is /${"s".repeat(58)}…, which is longer than such a path may be`,
    },
    {
      name: "a runtime folder too long for a socket",
      env: { ...HOME, XDG_RUNTIME_DIR: `/${"ü".repeat(40)}` },
      says: `XDG_RUNTIME_DIR is /${"ü".repeat(40)}/tofu/socket, which is longer than such a path may be`,
    },
    {
      name: "a store path without end",
      env: { ...HOME, TOFU_STORE: `/${"s".repeat(5000)}` },
      says: `TOFU_STORE is /${"s".repeat(58)}…, which is longer than such a path may be`,
    },
  ];
  for (const row of refused) {
    test(`refuses ${row.name}`, () => {
      const paths = resolvePaths(row.env, row.flags ?? {}, "/some/here");
      assert.equal(paths.ok ? "" : formatPathProblem(paths.error), row.says);
    });
  }
});
