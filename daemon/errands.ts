import { dirname, join } from "node:path";
import { UsageError } from "./core/tofu-error.ts";
import { type DoctorPlaces, doctor } from "./doctor/doctor.ts";
import type { Found } from "./doctor/machine.ts";
import { type Answer, SCHEMA_VERSION } from "./protocol/answer.ts";
import { resolvePaths } from "./protocol/paths.ts";
import { installService, type ServicePlace, serviceStatus, uninstallService } from "./service/service.ts";
import { ownInstallation } from "./service/units.ts";
import { userManager } from "./service/user-manager.ts";
import type { Recorded } from "./usecases/recorded.ts";

export type ErrandPlaces = Omit<DoctorPlaces, "service">;

type Tell = (answer: Answer) => void;

/** Runs `tofu doctor` for the user and the machine that this process belongs to. @returns the exit code. */
export function runDoctor(places: ErrandPlaces, options: { readonly repair: boolean }, tell: Tell): Promise<number> {
  const service = async (): Promise<Found> => {
    const { class: word, sentence, details } = await serviceStatus(servicePlace(places));
    if (word === "ok") return { check: "service", class: "ok", sentence };
    const remedy = details.at(-1) ?? "tofu service install";
    return { check: "service", class: word === "refused" ? "refused" : "decide", sentence, remedy };
  };
  return doctor({ ...places, service }, options, tell);
}

/** Runs `tofu service …`. @returns the exit code. */
export async function runService(
  places: ErrandPlaces,
  action: "install" | "uninstall" | "status",
  tell: Tell,
): Promise<number> {
  const actions = { install: installService, uninstall: uninstallService, status: serviceStatus } as const;
  const recorded: Recorded = await actions[action](servicePlace(places));
  tell({ schemaVersion: SCHEMA_VERSION, type: "recorded", command: `service ${action}`, ...recorded });
  return recorded.exit;
}

/** A service keeps the user's own store, whatever this command was given: it is started without options. */
function servicePlace({ env }: ErrandPlaces): ServicePlace {
  const paths = resolvePaths({ ...env, TOFU_STORE: undefined, TOFU_CONFIG: undefined }, {}, "/");
  if (!paths.ok) throw new UsageError("HOME is not set, so there is no place for a user's units");
  const units = join(dirname(dirname(paths.value.config)), "systemd", "user");
  return { units, installation: ownInstallation(dirname(paths.value.store)), manager: userManager(env) };
}
