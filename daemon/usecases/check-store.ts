import { verifyStore } from "../journal/verify-store.ts";
import { type Answer, type CheckLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { TofuWorld } from "./world.ts";

const MAX_DETAILS = 20;

/** The part of `tofu doctor` that needs the open store: reads all of it, and says what is not as it was written. */
export async function checkStore(world: TofuWorld, tell: (answer: Answer) => void): Promise<number> {
  let packages = 0;
  for await (const _ of world.journal.packages()) packages += 1;
  const events = await world.journal.count();
  const [damaged, absent]: [string[], string[]] = [[], []];
  for await (const { kind, place, problem } of verifyStore(world.journal))
    (kind === "damaged" ? damaged : absent).push(place === "store" ? problem : `${place}: ${problem}`);
  const size = `${counted(events, "event")}, ${counted(packages, "package")}`;
  const whole = damaged.length === 0;
  tell(
    whole
      ? check({ class: "ok", exit: 0, sentence: `journal unbroken (${size})` })
      : check({ class: "refused", exit: 5, sentence: `the journal is damaged (${size})` }, damaged, REPAIR),
  );
  const lacking = counted(absent.length, "certificate or signature file", "certificates or signature files");
  if (absent.length > 0)
    tell(
      check({ class: "decide", exit: 3, sentence: `events name ${lacking} that the store lacks` }, absent, REIMPORT),
    );
  for (const finding of world.findings) tell(check({ class: "decide", exit: 3, sentence: finding }, [], COMPARE));
  if (!whole) return 5;
  return absent.length > 0 || world.findings.length > 0 ? 3 : 0;
}

const REPAIR = "stop tofud, then: tofu doctor --repair";
const REIMPORT = "tofu key import FILE, with the certificates from where they came";
const COMPARE = "compare with a backup: tofu list --store COPY";

function check(
  found: Pick<CheckLine, "class" | "exit" | "sentence">,
  details: readonly string[] = [],
  remedy?: string,
): CheckLine {
  const shown =
    details.length > MAX_DETAILS
      ? [...details.slice(0, MAX_DETAILS), `and ${details.length - MAX_DETAILS} more`]
      : details;
  return { schemaVersion: SCHEMA_VERSION, type: "check", check: "journal", ...found, details: shown, remedy };
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
