import type { Settings, World } from "../../cli/world.ts";
import { parseTime, type UnixMs, unixMs } from "../../daemon/core/time.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { Request } from "../../daemon/protocol/request.ts";

/** What a command line came to in a world of its own. */
export interface Played {
  readonly world: World;
  readonly requests: { readonly request: Request; readonly settings: Settings }[];
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export interface Scene {
  readonly answers?: readonly Answer[];
  readonly exit?: number;
  /** Thrown after the answers. */
  readonly fault?: Error;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: readonly string[];
  readonly terminal?: number;
  /** Looks at the request while it is being answered. */
  readonly during?: (request: Request) => void;
}

export const CLAIMED = { pid: 42, parent: "sh" };

/** @returns the time that a text names; fails the test where it names none. */
export function timeOf(text: string): UnixMs {
  const time = parseTime(text);
  if (!time.ok) throw new Error(`no time: ${text}`);
  return time.value;
}

/** @returns a world that answers every question so, and remembers what was asked and written. */
export function fakeWorld(scene: Scene = {}): Played {
  const requests: { readonly request: Request; readonly settings: Settings }[] = [];
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): World["stdout"] => ({
    isTerminal: scene.terminal !== undefined,
    columns: scene.terminal,
    write: (text) => {
      written[name] += text;
    },
  });
  const world: World = {
    run: async () => 0,
    env: { HOME: "/home/u", LANG: "C.UTF-8", ...scene.env },
    cwd: "/some/here",
    version: "0.0.0",
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: (async function* () {
      for (const part of scene.stdin ?? []) yield new TextEncoder().encode(part);
    })(),
    now: () => unixMs(Date.UTC(2026, 8, 17)),
    claimed: () => CLAIMED,
    onSignal: () => () => undefined,
    ask: async (request, settings, tell) => {
      requests.push({ request, settings });
      scene.during?.(request);
      for (const answer of scene.answers ?? []) tell(answer);
      if (scene.fault !== undefined) throw scene.fault;
      return scene.exit ?? 0;
    },
  };
  return { world, requests, stdout: () => written.stdout, stderr: () => written.stderr };
}
