import { writeSync } from "node:fs";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { openLevelJournal } from "../../daemon/journal/level-journal.ts";

// Appends to five packages in turn, so many of them at once, and says so of each event only when it was acknowledged. It
// is there to be killed.
const [, , folder = "", from = "0", count = "1000000", together = "1"] = process.argv;
const now = unixMs(1000);
const journal = await openLevelJournal({ folder, replay: false, lockWaitMs: 0, now: () => now });
const names = ["a", "b", "c", "d", "e"].flatMap((letter) => {
  const parsed = parsePackageName(`pkg:generic/${letter}`);
  return parsed.ok ? [parsed.value] : [];
});
const versions = await Promise.all(names.map(async (name) => (await journal.read(name)).length));
const end = Number(from) + Number(count);
for (let event = Number(from); event < end; event += Number(together)) {
  const events = Array.from({ length: Math.min(Number(together), end - event) }, (_, index) => event + index);
  await Promise.all(events.map((one) => append(one)));
}
await journal.close();

async function append(event: number): Promise<void> {
  const index = event % names.length;
  const [name, version = 0] = [names[index], versions[index]];
  if (name === undefined) return;
  versions[index] = version + 1;
  const objects = [Buffer.from(`object ${event}`)];
  const events = [{ kind: "forget", reason: `event ${event}` }] as const;
  const place = { name, expectedVersion: version, at: now, actor: "daemon" };
  const appended = await journal.append({ ...place, events, certificates: [], objects });
  if (appended.kind !== "appended") throw new Error(`conflict at ${appended.version}`);
  writeSync(1, `${event}\n`);
}
