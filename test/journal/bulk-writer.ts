import { writeSync } from "node:fs";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { unixMs } from "../../daemon/core/time.ts";
import type { Append } from "../../daemon/journal/journal.ts";
import { openLevelJournal } from "../../daemon/journal/level-journal.ts";

// Appends one event to each of so many packages in one go, and says when that was acknowledged. Asked to, it says how far
// it is as well: then it is there to be killed.
const [, , folder = "", count = "0", progress] = process.argv;
const now = unixMs(1000);
const journal = await openLevelJournal({ folder, replay: false, lockWaitMs: 0, now: () => now });
await journal.appendMany(appends(), (written) => {
  if (progress !== undefined) writeSync(1, `${written}\n`);
});
writeSync(1, "done\n");
await journal.close();

function* appends(): Generator<Append> {
  for (let index = 0; index < Number(count); index += 1) {
    const name = parsePackageName(`pkg:generic/p${index}`);
    if (!name.ok) throw new Error("no package");
    const events = [{ kind: "forget", reason: `event ${index}` }] as const;
    const place = { name: name.value, expectedVersion: 0, at: now, actor: "daemon" };
    yield { ...place, events, certificates: [], objects: [] };
  }
}
