import { lstat, mkdir, readFile, readlink, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable, printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { makeFolders } from "../journal/store-folder.ts";
import type { Recorded } from "../usecases/recorded.ts";
import { type Installation, MARK, NO_NAMESPACES, renderUnit, UNIT_NAMES, type UnitName } from "./units.ts";
import { isRunning, type UserManager } from "./user-manager.ts";

/** Where a user's units lie, and what they are about. */
export interface ServicePlace {
  /** `$XDG_CONFIG_HOME/systemd/user`. */
  readonly units: string;
  readonly installation: Installation;
  readonly manager: UserManager;
}

/** What lies where a unit of ours would lie. */
type Found = "absent" | "current" | "outdated" | "foreign";

/** All that may be ours. */
const ALL: readonly UnitName[] = [...UNIT_NAMES, NO_NAMESPACES];
const START = "systemctl --user enable --now tofu.socket tofu.service";
const BARE = "users may make no namespaces on this machine, so the service has less taken from it";
/** systemd.exec(5), process exit codes: USER, CAPABILITIES and NAMESPACE. */
const NOT_ISOLATED: ReadonlySet<string> = new Set(["217", "218", "226"]);

/** `tofu service install`: writes the units and starts both. Doing it again changes nothing. */
export async function installService(place: ServicePlace): Promise<Recorded> {
  await refuseForeign(place);
  const { manager, units, installation } = place;
  await makeFolders(installation.state);
  let changed = 0;
  for (const name of UNIT_NAMES) changed += await write(place, name);
  if ((await look(place, NO_NAMESPACES)) === "outdated") changed += await write(place, NO_NAMESPACES);
  const shown = printablePath(units, 120);
  const sentence = changed === 0 ? `the units in ${shown} are as they should be` : `wrote the units in ${shown}`;
  if (!(await isRunning(manager)))
    return {
      class: "ok",
      exit: 0,
      sentence,
      details: ["no user manager answers here, so nothing runs yet; in your session once more: tofu service install"],
    };
  await must(manager, "daemon-reload");
  // What runs already runs with the old units, and perhaps the old program.
  if (changed > 0) await must(manager, "stop", "tofu.service", "tofu.socket");
  await must(manager, "enable", ...UNIT_NAMES);
  await must(manager, "start", "tofu.socket");
  await startService(place);
  const isBare = (await look(place, NO_NAMESPACES)) === "current";
  const details = ["tofu.socket listens, and tofud starts with your session", ...(isBare ? [BARE] : [])];
  return { class: "ok", exit: 0, sentence, details };
}

/** Whether users may make namespaces is only known when one was asked for: many distributions forbid it. */
async function startService(place: ServicePlace): Promise<void> {
  const { manager } = place;
  const { ok } = await manager.systemctl("start", "tofu.service");
  if (ok) return;
  const { text } = await manager.systemctl("show", "--value", "--property=ExecMainStatus", "tofu.service");
  if (NOT_ISOLATED.has(text) && (await look(place, NO_NAMESPACES)) === "absent") {
    await write(place, NO_NAMESPACES);
    await must(manager, "daemon-reload");
    await must(manager, "reset-failed", "tofu.service");
  }
  await must(manager, "restart", "tofu.service");
}

/** `tofu service uninstall`: stops both, and removes what install wrote and nothing else. */
export async function uninstallService(place: ServicePlace): Promise<Recorded> {
  const { manager, units } = place;
  const mine: UnitName[] = [];
  const details: string[] = [];
  for (const name of ALL) {
    const found = await look(place, name);
    if (found === "foreign")
      details.push(`${printablePath(join(units, name), 120)} was not written by tofu, and stays`);
    else if (found !== "absent") mine.push(name);
  }
  const answers = mine.length > 0 && (await isRunning(manager));
  const started = UNIT_NAMES.filter((name) => mine.includes(name));
  if (answers && started.length > 0) await must(manager, "disable", "--now", ...started);
  for (const name of mine) await remove(place, name);
  for (const name of mine) await removeLinks(units, name);
  if (answers) await must(manager, "daemon-reload");
  const what = mine.length === 0 ? "there was nothing to remove in" : `removed ${mine.join(" and ")} from`;
  return { class: "ok", exit: 0, sentence: `${what} ${printablePath(units, 120)}`, details };
}

/** `tofu service status`: what is installed, and what the manager says of it. */
export async function serviceStatus(place: ServicePlace): Promise<Recorded> {
  const found = await Promise.all(UNIT_NAMES.map((name) => look(place, name)));
  const states = UNIT_NAMES.map((name, index) => `${name} is ${WORDS[found[index] ?? "absent"]}`);
  const bare = await look(place, NO_NAMESPACES);
  if (bare === "current") states.push(BARE);
  if (found.every((one) => one === "absent"))
    return {
      class: "ok",
      exit: 0,
      sentence: "no service is installed for this user",
      details: ["tofu service install"],
    };
  if (found.some((one) => one !== "current") || bare === "outdated")
    return { class: "decide", exit: 3, sentence: states.join(", "), details: ["tofu service install"] };
  if (!(await isRunning(place.manager)))
    return { class: "ok", exit: 0, sentence: `${states.join(", ")}; no user manager answers here`, details: [] };
  const [socket, service] = [
    await place.manager.systemctl("is-active", "tofu.socket"),
    await place.manager.systemctl("is-active", "tofu.service"),
  ];
  const sentence = `the socket is ${printable(socket.text, 20)}, tofud is ${printable(service.text, 20)}`;
  const decide = (remedy: string): Recorded => ({
    class: "decide",
    exit: 3,
    sentence,
    details: [...states, remedy],
  });
  if (!socket.ok) return decide(START);
  // Stopped is well: the next question starts it.
  if (service.text === "failed") return decide("journalctl --user -u tofu -p warning says why");
  return { class: "ok", exit: 0, sentence, details: states };
}

const WORDS: Readonly<Record<Found, string>> = {
  absent: "not installed",
  current: "installed",
  outdated: "installed for another tofu or an older one",
  foreign: "there, and not written by tofu",
};

async function look({ units, installation }: ServicePlace, name: UnitName): Promise<Found> {
  const path = join(units, name);
  const stats = await lstat(path).catch(absentOnly);
  if (stats === undefined) return "absent";
  if (!stats.isFile()) return "foreign";
  const text = await readFile(path, "utf8");
  if (!text.startsWith(`${MARK}\n`)) return "foreign";
  return text === renderUnit(name, installation) ? "current" : "outdated";
}

/** @returns how many files that changed. */
async function write(place: ServicePlace, name: UnitName): Promise<number> {
  if ((await look(place, name)) === "current") return 0;
  const path = join(place.units, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(`${path}.new`, renderUnit(name, place.installation), { mode: 0o644 });
  await rename(`${path}.new`, path);
  return 1;
}

/** As {@link write}. A folder of drop-ins that holds others stays. */
async function remove({ units }: ServicePlace, name: UnitName): Promise<number> {
  const path = join(units, name);
  if ((await lstat(path).catch(absentOnly)) === undefined) return 0;
  await rm(path);
  if (name === NO_NAMESPACES) await rmdir(dirname(path)).catch(notEmptyOnly);
  return 1;
}

async function refuseForeign(place: ServicePlace): Promise<void> {
  for (const name of UNIT_NAMES) {
    if ((await look(place, name)) !== "foreign") continue;
    const path = printablePath(join(place.units, name), 120);
    throw new TofuError("config", `${path} was not written by tofu; move it away first`);
  }
}

/** Where no manager runs, nobody else removes what enabling left behind. */
async function removeLinks(units: string, name: UnitName): Promise<void> {
  for (const target of ["sockets.target.wants", "default.target.wants"]) {
    const link = join(units, target, name);
    const leads = await readlink(link).catch(absentOnly);
    if (leads !== undefined && join(dirname(link), "..", name) === join(units, name)) await rm(link, { force: true });
  }
}

async function must(manager: UserManager, ...words: readonly string[]): Promise<void> {
  const { ok, text } = await manager.systemctl(...words);
  if (!ok) throw new TofuError("config", `systemctl --user ${words.join(" ")} failed: ${printable(text, 200)}`);
}

function notEmptyOnly(cause: unknown): void {
  if ((cause as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw cause;
}

function absentOnly(cause: unknown): undefined {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "EINVAL" || code === "ENOTDIR") return undefined;
  throw cause;
}
