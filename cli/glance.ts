import { join, resolve } from "node:path";
import { hasControl } from "../daemon/core/printable.ts";
import type { Request } from "../daemon/protocol/request.ts";
import type { Settings, Surroundings } from "./world.ts";

/** What `sockaddr_un` leaves for the path; a path that is longer is for the program to complain about. */
const MAX_SOCKET_BYTES = 90;
const MAX_PATH_LENGTH = 1000;

const FLAGS: Readonly<Record<string, string | undefined>> = {
  "--json": "json",
  "--quiet": "quiet",
  "-q": "quiet",
  "--verbose": "verbose",
  "-v": "verbose",
  "--color": "color",
  "--no-color": "no-color",
};
/** Where these name anything else than a place of the usual kind, there is something to say about them. */
const PLACES = ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TOFU_SOCKET"];

/** A question with what must be known to ask the daemon. */
export interface Glance extends Pick<Settings, "json" | "quiet" | "verbose" | "color" | "at"> {
  readonly request: Request;
  readonly socket: string;
}

/**
 * Reads the lines that are typed most, in an environment as it mostly is. It may refuse anything, and must understand what
 * it takes as `preparePlain` does, whose place it takes since every function that runs costs a start some time; a test
 * holds the two against each other.
 */
export function glance(
  argv: readonly string[],
  where: Pick<Surroundings, "env" | "cwd" | "claimed">,
): Glance | undefined {
  const line = read(argv.slice(1));
  const socket = socketOf(where.env);
  const request = line === undefined ? undefined : requestOf(argv[0], line, where);
  if (line === undefined || request === undefined || socket === undefined) return undefined;
  const { flags } = line;
  if (flags.has("color") && flags.has("no-color")) return undefined;
  return {
    request,
    socket,
    json: flags.has("json"),
    quiet: flags.has("quiet"),
    verbose: flags.has("verbose"),
    color: flags.has("color") ? true : flags.has("no-color") ? false : undefined,
    at: undefined,
  };
}

interface Line {
  readonly words: readonly string[];
  readonly keys: readonly string[];
  readonly flags: ReadonlySet<string>;
}

function read(argv: readonly string[]): Line | undefined {
  const words: string[] = [];
  const keys: string[] = [];
  const flags = new Set<string>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const flag = FLAGS[word];
    if (isPlainWord(word)) words.push(word);
    else if (word === "--key" && isPlainWord(argv[at + 1] ?? "")) {
      at += 1;
      keys.push(argv[at] ?? "");
    } else if (flag !== undefined && !flags.has(flag)) flags.add(flag);
    else return undefined;
  }
  return { words, keys, flags };
}

function requestOf(
  name: string | undefined,
  { words, keys }: Line,
  { env, cwd, claimed }: Pick<Surroundings, "env" | "cwd" | "claimed">,
): Request | undefined {
  const [first, second] = words;
  if (name === "verify") {
    if (first === undefined || words.some((word) => word.includes("://"))) return undefined;
    const home = env["GNUPGHOME"];
    return {
      do: "verify",
      files: words.map((word) => resolve(cwd, word)),
      signatures: [],
      keys: keys.map((key) => resolve(cwd, key)),
      dryRun: false,
      offline: false,
      gnupgHome: home === undefined || home === "" ? undefined : resolve(cwd, home),
      via: "verify",
      claimed: claimed(),
    };
  }
  if (keys.length > 0) return undefined;
  if (name === "status") return { do: "status", packages: words };
  if (name === "why" && first !== undefined && words.length <= 2)
    return { do: "why", package: first, release: second, prove: false };
  if (name === "list" && words.length <= 1)
    return { do: "list", pattern: first, stale: false, weak: false, single: false };
  return undefined;
}

/** @returns the socket of the user's own daemon; `undefined` where another store or other settings were named. */
function socketOf(env: Surroundings["env"]): string | undefined {
  const of = (name: string): string => env[name] ?? "";
  if (of("TOFU_STORE") !== "" || of("TOFU_CONFIG") !== "" || of("HOME") === "") return undefined;
  if (!PLACES.every((name) => isUsual(of(name)))) return undefined;
  const [named, runtime] = [of("TOFU_SOCKET"), of("XDG_RUNTIME_DIR")];
  if (named === "" && runtime === "") return undefined;
  const socket = named === "" ? join(runtime, "tofu", "socket") : resolve(named);
  return Buffer.byteLength(socket) > MAX_SOCKET_BYTES ? undefined : socket;
}

function isUsual(place: string): boolean {
  return place === "" || (place.startsWith("/") && place.length <= MAX_PATH_LENGTH && !hasControl(place));
}

/** Options begin with a dash; quotes come off at some places; a flag takes the word `true` behind it for its value. */
export function isPlainWord(word: string): boolean {
  return word !== "" && !/^["'-]/.test(word) && word !== "true" && word !== "false";
}
