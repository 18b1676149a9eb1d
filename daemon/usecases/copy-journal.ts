import { printablePath } from "../core/printable.ts";
import type { Answer } from "../protocol/answer.ts";
import type { JournalCopyRequest } from "../protocol/request.ts";
import { recordedLine } from "./recorded.ts";
import type { TofuWorld } from "./world.ts";

/** `tofu journal copy`: a store of its own, verified, with an anchor of its own. */
export async function copyJournal(
  world: TofuWorld,
  { target }: JournalCopyRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  const { folder, events, packages, records } = await world.copyTo(target);
  const shown = printablePath(folder, 120);
  const sentence = `copied ${events} events of ${packages} packages to ${shown}, and read them again`;
  const details = [
    `${records} certificates and signature files with them`,
    `keep ${shown}.anchor with it; use it with --store ${shown}, or move both to where a store is to be`,
  ];
  tell(recordedLine("journal copy", { class: "ok", exit: 0, sentence, details }, world));
  return 0;
}
