import { audit } from "./audit.ts";
import type { Command } from "./command.ts";
import { completion } from "./completion.ts";
import { distrust } from "./distrust.ts";
import { doctor } from "./doctor.ts";
import { forget } from "./forget.ts";
import { handoverApply, handoverCheck, handoverFetch, handoverShow } from "./handover.ts";
import { handoverMake, handoverRequest } from "./handover-make.ts";
import { help } from "./help.ts";
import { journalCopy } from "./journal.ts";
import { keyImport, keyShow } from "./key.ts";
import { list } from "./list.ts";
import { log } from "./log.ts";
import { diffPins, exportPins, importPins } from "./pin-file.ts";
import { require } from "./require.ts";
import { resolve } from "./resolve.ts";
import { serviceInstall, serviceStatus, serviceUninstall } from "./service.ts";
import { status } from "./status.ts";
import { trust } from "./trust.ts";
import { verify } from "./verify.ts";
import { watch } from "./watch.ts";
import { why } from "./why.ts";

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  verify,
  why,
  list,
  watch,
  log,
  audit,
  status,
  trust,
  distrust,
  require,
  forget,
  resolve,
  handoverApply,
  handoverCheck,
  handoverShow,
  handoverFetch,
  handoverMake,
  handoverRequest,
  exportPins,
  importPins,
  diffPins,
  keyImport,
  keyShow,
  doctor,
  journalCopy,
  serviceInstall,
  serviceUninstall,
  serviceStatus,
  completion(() => COMMANDS),
  help(() => COMMANDS),
];
