import type { Stats } from "node:fs";
import { access, constants, lstat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { printablePath } from "../core/printable.ts";
import { DAY_MS, formatDate, unixMs } from "../core/time.ts";
import { openAnchor } from "../journal/anchor.ts";
import type { CheckLine } from "../protocol/answer.ts";

/** What a look at one thing came to: whatever is not well has something that can be done about it. */
export type Found = {
  readonly check: string;
  readonly sentence: string;
  readonly details?: readonly string[] | undefined;
} & (
  | { readonly class: "ok"; readonly remedy?: undefined }
  | { readonly class: Exclude<CheckLine["class"], "ok">; readonly remedy: string }
);

type Env = Readonly<Record<string, string | undefined>>;

/** package.json, engines. */
const OLDEST_NODE = [20, 19] as const;
/** Nobody can have run this tofu before. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
/** A clock this far behind the newest event went back; by less, machines differ. */
const TOLERATED_MS: number = 10 * 60_000;
const LONG_MS: number = 3650 * DAY_MS;

/** @param version - of Node, without its `v`. */
export function checkNode(version: string): Found {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [least, leastMinor] = OLDEST_NODE;
  const isNew = major > least || (major === least && minor >= leastMinor);
  return isNew
    ? { check: "node", class: "ok", sentence: `node ${version}` }
    : {
        check: "node",
        class: "fault",
        sentence: `node ${version} is too old`,
        remedy: `install Node ${OLDEST_NODE.join(".")} or later`,
      };
}

/** Who can get at the store: its folder, the database in it, the anchor beside it, and the folder that holds both. */
export async function checkModes(store: string): Promise<readonly Found[]> {
  const there = await look(store);
  if (there === undefined)
    return [{ check: "store", class: "ok", sentence: `there is no store at ${shown(store)} yet` }];
  const found: Found[] = [];
  for (const [path, mode] of [
    [store, "0700"],
    [join(store, "journal"), "0700"],
    [`${store}.anchor`, "0600"],
  ] as const) {
    const stats = await look(path);
    if (stats !== undefined) found.push(...strangers(path, stats, mode));
  }
  const above = await look(dirname(store));
  if (above !== undefined) found.push(...exchangers(dirname(store), above));
  if (found.length > 0) return found;
  const anchor = (await look(`${store}.anchor`)) === undefined ? ", its anchor is missing" : "";
  return [{ check: "store", class: "ok", sentence: `store ${shown(store)}, yours alone${anchor}` }];
}

function strangers(path: string, stats: Stats, mode: "0600" | "0700"): readonly Found[] {
  const self = process.getuid?.() ?? stats.uid;
  const check = "store";
  if (stats.uid !== self) {
    const sentence = `${shown(path)} belongs to user ${stats.uid}, not to you`;
    return [{ check, class: "refused", sentence, remedy: "use a store of your own: --store DIR" }];
  }
  // The journal's own folder lies in one that nobody else can enter.
  if ((stats.mode & 0o077) === 0 || path.endsWith("journal")) return [];
  const who = (stats.mode & 0o007) === 0 ? `group ${stats.gid}` : "every user";
  return [
    { check, class: "refused", sentence: `${who} can get at ${shown(path)}`, remedy: `chmod ${mode} ${shown(path)}` },
  ];
}

/** Whoever can write in the folder above can put another store in this one's place. */
function exchangers(path: string, stats: Stats): readonly Found[] {
  const isSticky = (stats.mode & 0o1000) !== 0;
  if ((stats.mode & 0o022) === 0 || isSticky) return [];
  const sentence = `other users can exchange what lies in ${shown(path)}`;
  return [{ check: "store", class: "refused", sentence, remedy: `chmod go-w ${shown(path)}` }];
}

/** Programs that tofu asks where they are there. */
export async function checkPrograms(env: Env): Promise<readonly Found[]> {
  const gpg = (await isInstalled("gpg", env))
    ? ({ check: "gpg", class: "ok", sentence: "gpg is installed, your keyring can be asked" } as const)
    : ({
        check: "gpg",
        class: "decide",
        sentence: "gpg is not installed: certificates come from files only",
        remedy: "install the package gnupg",
      } as const);
  const hasDesktop = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (env[name] ?? "") !== "");
  if (!hasDesktop) return [gpg, { check: "notify", class: "ok", sentence: "no desktop here, so no notifications" }];
  const notify = (await isInstalled("notify-send", env))
    ? ({ check: "notify", class: "ok", sentence: "notify-send is installed" } as const)
    : ({
        check: "notify",
        class: "decide",
        sentence: "notify-send is not installed: nothing is told on the desktop",
        remedy: "install the package libnotify-bin",
      } as const);
  return [gpg, notify];
}

/** Compares the clock with the last moment that the store knows of, which lies in its anchor. */
export async function checkClock(store: string, nowMs: number): Promise<Found> {
  const remedy = "set the clock: timedatectl set-ntp true";
  const today = formatDate(unixMs(nowMs));
  if (nowMs < EARLIEST_MS)
    return { check: "clock", class: "fault", sentence: `the clock says ${today}, which is past`, remedy };
  const last = (await look(`${store}.anchor`)) === undefined ? undefined : await lastAppend(`${store}.anchor`);
  if (last !== undefined && nowMs < last - TOLERATED_MS) {
    const sentence = `the clock says ${today}, and the journal was written on ${formatDate(unixMs(last))}`;
    return { check: "clock", class: "fault", sentence, remedy };
  }
  if (last !== undefined && nowMs > last + LONG_MS) {
    const sentence = `the clock says ${today}, ten years after the journal was last written`;
    return { check: "clock", class: "decide", sentence, remedy };
  }
  return { check: "clock", class: "ok", sentence: `the clock says ${today}` };
}

async function lastAppend(path: string): Promise<number | undefined> {
  const anchor = await openAnchor(path);
  await anchor.close();
  return anchor.reading.kind === "read" ? anchor.reading.state.at : undefined;
}

async function isInstalled(program: string, env: Env): Promise<boolean> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && isThere) return true;
  }
  return false;
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
}

function shown(path: string): string {
  return printablePath(path, 120);
}
