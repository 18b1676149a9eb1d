import { journalKit } from "./kit.ts";
import { openStoreIn, scratchFolder } from "./scratch.ts";

const newFolder = scratchFolder();

journalKit("level", async () => {
  const folder = newFolder();
  const journal = await openStoreIn(folder);
  return {
    journal,
    reopen: async () => {
      await journal.close();
      return openStoreIn(folder);
    },
  };
});
