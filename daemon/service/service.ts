import { lstat, mkdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable, printablePath } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import { makeFolders } from "../journal/store-folder.ts";
import type { Recorded } from "../usecases/recorded.ts";
import { type Installation, MARK, renderUnit, UNIT_NAMES, type UnitName } from "./units.ts";
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

const ENABLE = "systemctl --user daemon-reload && systemctl --user enable --now tofu.socket tofu.service";

/** `tofu service install`: writes the units and starts the socket. Doing it again changes nothing. */
export async function installService(place: ServicePlace): Promise<Recorded> {
  await refuseForeign(place);
  await makeFolders(place.installation.state);
  await mkdir(place.units, { recursive: true, mode: 0o755 });
  let written = 0;
  for (const name of UNIT_NAMES) {
    if ((await look(place, name)) === "current") continue;
    const path = join(place.units, name);
    await writeFile(`${path}.new`, renderUnit(name, place.installation), { mode: 0o644 });
    await rename(`${path}.new`, path);
    written += 1;
  }
  const shown = printablePath(place.units, 120);
  const sentence = written === 0 ? `the units in ${shown} are as they should be` : `wrote ${written} units to ${shown}`;
  const { manager } = place;
  if (!(await isRunning(manager)))
    return { class: "ok", exit: 0, sentence, details: [`no user manager answers here; in your session: ${ENABLE}`] };
  await must(manager, "daemon-reload");
  await must(manager, "enable", "--now", "tofu.socket", "tofu.service");
  // One that runs already runs with the old unit, and perhaps the old program.
  if (written > 0) await must(manager, "try-restart", "tofu.service");
  return { class: "ok", exit: 0, sentence, details: ["tofu.socket listens, and tofud starts with your session"] };
}

/** `tofu service uninstall`: stops both, and removes what install wrote and nothing else. */
export async function uninstallService(place: ServicePlace): Promise<Recorded> {
  const { manager, units } = place;
  const mine: UnitName[] = [];
  const details: string[] = [];
  for (const name of UNIT_NAMES) {
    const found = await look(place, name);
    if (found === "foreign")
      details.push(`${printablePath(join(units, name), 120)} was not written by tofu, and stays`);
    else if (found !== "absent") mine.push(name);
  }
  const answers = mine.length > 0 && (await isRunning(manager));
  if (answers) await must(manager, "disable", "--now", ...mine);
  for (const name of mine) await rm(join(units, name), { force: true });
  for (const name of mine) await removeLinks(units, name);
  if (answers) await must(manager, "daemon-reload");
  const what = mine.length === 0 ? "there was nothing to remove in" : `removed ${mine.join(" and ")} from`;
  return { class: "ok", exit: 0, sentence: `${what} ${printablePath(units, 120)}`, details };
}

/** `tofu service status`: what is installed, and what the manager says of it. */
export async function serviceStatus(place: ServicePlace): Promise<Recorded> {
  const found = await Promise.all(UNIT_NAMES.map((name) => look(place, name)));
  const states = UNIT_NAMES.map((name, index) => `${name} is ${WORDS[found[index] ?? "absent"]}`);
  if (found.every((one) => one === "absent"))
    return {
      class: "ok",
      exit: 0,
      sentence: "no service is installed for this user",
      details: ["tofu service install"],
    };
  if (found.some((one) => one !== "current"))
    return { class: "decide", exit: 3, sentence: states.join(", "), details: ["tofu service install"] };
  if (!(await isRunning(place.manager)))
    return { class: "ok", exit: 0, sentence: `${states.join(", ")}; no user manager answers here`, details: [] };
  const [socket, service] = [
    await place.manager.systemctl("is-active", "tofu.socket"),
    await place.manager.systemctl("is-active", "tofu.service"),
  ];
  const active = `the socket is ${printable(socket.text, 20)}, tofud is ${printable(service.text, 20)}`;
  return socket.ok
    ? { class: "ok", exit: 0, sentence: active, details: states }
    : { class: "decide", exit: 3, sentence: active, details: [...states, "systemctl --user enable --now tofu.socket"] };
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

function absentOnly(cause: unknown): undefined {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "EINVAL" || code === "ENOTDIR") return undefined;
  throw cause;
}
