import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { unixMs } from "../../daemon/core/time.ts";
import { type LevelJournal, openLevelJournal } from "../../daemon/journal/level-journal.ts";
import { journalKit } from "./kit.ts";

const scratch = mkdtempSync(join(tmpdir(), "tofu-journal-"));
after(() => rm(scratch, { recursive: true }));
let stores = 0;

function open(folder: string): Promise<LevelJournal> {
  return openLevelJournal({ folder, replay: false, lockWaitMs: 0, now: () => unixMs(1000) });
}

journalKit("level", async () => {
  stores += 1;
  const folder = join(scratch, `store-${stores}`);
  const journal = await open(folder);
  return {
    journal,
    reopen: async () => {
      await journal.close();
      return open(folder);
    },
  };
});
