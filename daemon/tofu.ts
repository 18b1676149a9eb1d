import type { Answer } from "./protocol/answer.ts";
import type { Ask, Listener } from "./protocol/ask.ts";
import type { Request } from "./protocol/request.ts";
import { audit } from "./usecases/audit.ts";
import { checkStore } from "./usecases/check-store.ts";
import { copyJournal } from "./usecases/copy-journal.ts";
import { diffPins } from "./usecases/diff.ts";
import { exportPins } from "./usecases/export.ts";
import { handover } from "./usecases/handover.ts";
import { handoverMake } from "./usecases/handover-make.ts";
import { handoverRequest } from "./usecases/handover-request.ts";
import { importPins } from "./usecases/import.ts";
import { keyImport, keyShow } from "./usecases/keys.ts";
import { list, names, status } from "./usecases/lists.ts";
import { log } from "./usecases/log.ts";
import { distrust, forget, requirePolicy } from "./usecases/policy-words.ts";
import { resolve } from "./usecases/resolve.ts";
import { trust } from "./usecases/trust.ts";
import { verify } from "./usecases/verify.ts";
import { watch } from "./usecases/watch.ts";
import { why } from "./usecases/why.ts";
import type { TofuWorld } from "./usecases/world.ts";

/** @returns tofu itself: what the daemon serves, and what the command line runs where no daemon does. */
export function createTofu(world: TofuWorld): Ask {
  return async (request, tell, listener) => {
    if (restsOnPins(request)) await world.layers.refresh();
    return await answer(world, request, tell, listener);
  };
}

/** Whether the store is whole is asked also where the machine's files can't be used. */
function restsOnPins(request: Request): boolean {
  return request.do !== "check-store" && request.do !== "journal-copy";
}

function answer(
  world: TofuWorld,
  request: Request,
  tell: (answer: Answer) => void,
  listener: Listener | undefined,
): Promise<number> {
  switch (request.do) {
    case "verify":
      return verify(world, request, tell, listener);
    case "why":
      return why(world, request, tell);
    case "list":
      return list(world, request, tell);
    case "log":
      return log(world, request, tell, listener);
    case "trust":
      return trust(world, request, tell);
    case "distrust":
      return distrust(world, request, tell);
    case "require":
      return requirePolicy(world, request, tell);
    case "forget":
      return forget(world, request, tell);
    case "key-import":
      return keyImport(world, request, tell);
    case "key-show":
      return keyShow(world, request, tell);
    case "status":
      return status(world, request, tell);
    case "audit":
      return audit(world, request, tell);
    case "handover":
      return handover(world, request, tell);
    case "handover-make":
      return handoverMake(world, request, tell);
    case "handover-request":
      return handoverRequest(world, request, tell);
    case "resolve":
      return resolve(world, request, tell);
    case "names":
      return names(world, request, tell);
    case "watch":
      return watch(world, request, tell, listener);
    case "check-store":
      return checkStore(world, tell);
    case "journal-copy":
      return copyJournal(world, request, tell);
    case "import":
      return importPins(world, request, tell);
    case "diff":
      return diffPins(world, request, tell);
    case "export":
      return exportPins(world, request, tell);
  }
}
