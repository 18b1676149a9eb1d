import { isAbsolute, join, resolve } from "node:path";
import { hasControl, printable } from "../core/printable.ts";
import { err, ok, type Result } from "../core/result.ts";

/** Where tofu keeps and finds its things. Absolute paths, nothing was looked at on disk. */
export interface Paths {
  /** The journal's folder. */
  readonly store: string;
  readonly config: string;
  /** `undefined` where there is no runtime folder (containers, cron): no daemon can be asked. */
  readonly socket: string | undefined;
  /** Which of them somebody named, by flag or variable, instead of the default. */
  readonly named: { readonly store: boolean; readonly config: boolean; readonly socket: boolean };
}

export interface PathFlags {
  readonly store?: string | undefined;
  readonly config?: string | undefined;
}

/** Why a flag or variable names no path. */
export interface PathProblem {
  readonly code: "relative" | "abstract" | "control-character" | "too-long" | "empty" | "no-home";
  /** The flag or variable. */
  readonly from: string;
  readonly value: string;
}

type Environment = { readonly [name: string]: string | undefined };

const MAX_PATH_BYTES = 4096;
/** `sockaddr_un.sun_path` has 108 bytes with its end (unix(7)); a socket is first made beside its path, with a suffix. */
const MAX_SOCKET_BYTES = 90;

/**
 * Finds the paths: a flag wins over a `TOFU_` variable, that over the XDG folders and their defaults (XDG Base Directory
 * Specification 0.8). That specification ignores a relative XDG path; here it is refused, since falling back silently
 * would open another store than the one meant.
 *
 * @param cwd - what relative flags are relative to; variables must be absolute.
 */
export function resolvePaths(env: Environment, flags: PathFlags, cwd: string): Result<Paths, PathProblem> {
  const store = firstOf(
    fromFlag("--store", flags.store, cwd),
    fromVariable("TOFU_STORE", env["TOFU_STORE"]),
    within(stateHome(env), "tofu", "store"),
  );
  const config = firstOf(
    fromFlag("--config", flags.config, cwd),
    fromVariable("TOFU_CONFIG", env["TOFU_CONFIG"]),
    within(configHome(env), "tofu", "config.toml"),
  );
  const socket = findSocket(env);
  if (!store.ok) return store;
  if (!config.ok) return config;
  if (!socket.ok) return socket;
  return ok({
    store: store.value,
    config: config.value,
    socket: socket.value,
    named: {
      store: flags.store !== undefined || isSet(env["TOFU_STORE"]),
      config: flags.config !== undefined || isSet(env["TOFU_CONFIG"]),
      socket: isSet(env["TOFU_SOCKET"]),
    },
  });
}

/** @returns one sentence for the user. */
export function formatPathProblem({ code, from, value }: PathProblem): string {
  const shown = printable(value);
  switch (code) {
    case "relative":
      return `${from} is ${shown}, which is not an absolute path`;
    case "abstract":
      return `${from} is ${shown}: an abstract socket has no owner and no mode, so anyone could stand behind it`;
    case "control-character":
      return `${from} is ${shown}, which has a control character in it`;
    case "too-long":
      return `${from} is ${shown}, which is longer than such a path may be`;
    case "empty":
      return `${from} is empty`;
    case "no-home":
      return `HOME is not set; name the place with ${from}`;
  }
}

type Found = Result<string, PathProblem>;

/** The first that is there, be it right or wrong. */
function firstOf(...candidates: readonly [Found | undefined, Found | undefined, Found]): Found {
  return candidates[0] ?? candidates[1] ?? candidates[2];
}

function fromFlag(from: string, value: string | undefined, cwd: string): Found | undefined {
  if (value === undefined) return undefined;
  return value === "" ? err({ code: "empty", from, value }) : plainPath(from, value, resolve(cwd, value));
}

/** An empty variable counts as unset, as the specification has it for its own. */
function fromVariable(from: string, value: string | undefined): Found | undefined {
  if (value === undefined || value === "") return undefined;
  return isAbsolute(value) ? plainPath(from, value, resolve(value)) : err({ code: "relative", from, value });
}

function plainPath(from: string, value: string, path: string, maxBytes = MAX_PATH_BYTES): Found {
  if (hasControl(value)) return err({ code: "control-character", from, value });
  return Buffer.byteLength(path) > maxBytes ? err({ code: "too-long", from, value }) : ok(path);
}

function within(folder: Found, ...names: readonly string[]): Found {
  return folder.ok ? ok(join(folder.value, ...names)) : folder;
}

function stateHome(env: Environment): Found {
  return fromVariable("XDG_STATE_HOME", env["XDG_STATE_HOME"]) ?? within(home(env, "--store"), ".local", "state");
}

function configHome(env: Environment): Found {
  return fromVariable("XDG_CONFIG_HOME", env["XDG_CONFIG_HOME"]) ?? within(home(env, "--config"), ".config");
}

function home(env: Environment, flag: string): Found {
  return fromVariable("HOME", env["HOME"]) ?? err({ code: "no-home", from: flag, value: "" });
}

function findSocket(env: Environment): Result<string | undefined, PathProblem> {
  const named = env["TOFU_SOCKET"];
  if (named !== undefined && /^[@\0]/.test(named)) return err({ code: "abstract", from: "TOFU_SOCKET", value: named });
  const runtime = fromVariable("XDG_RUNTIME_DIR", env["XDG_RUNTIME_DIR"]);
  const byDefault = runtime === undefined ? undefined : within(runtime, "tofu", "socket");
  const found = fromVariable("TOFU_SOCKET", named) ?? byDefault;
  if (found?.ok !== true) return found ?? ok(undefined);
  const from = isSet(named) ? "TOFU_SOCKET" : "XDG_RUNTIME_DIR";
  return plainPath(from, found.value, found.value, MAX_SOCKET_BYTES);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
