import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { journalKit } from "./kit.ts";

journalKit("memory", async () => ({ journal: createMemoryJournal() }));
