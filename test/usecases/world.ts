import { outsidePlaces } from "../../daemon/config/outside-places.ts";
import type { Event, EventBody, JournalName } from "../../daemon/core/event.ts";
import { DEFAULT_POLICY } from "../../daemon/core/policy.ts";
import type { UnixMs } from "../../daemon/core/time.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import { NO_LAYERS } from "../../daemon/layer/layer-source.ts";
import { openNetwork } from "../../daemon/network/network.ts";
import type { TofuWorld } from "../../daemon/usecases/world.ts";
import { time } from "../core/scene.ts";

/** A world of its own whose journal is written event by event. */
export interface Chronicle {
  readonly journal: Journal;
  readonly world: TofuWorld;
  readonly write: (at: string, name: JournalName, ...events: readonly EventBody[]) => Promise<readonly Event[]>;
}

/** @returns an empty journal in memory, and a world around it whose clock stands after everything. */
export function chronicle(now = "2027-01-01"): Chronicle {
  const journal = createMemoryJournal();
  return {
    journal,
    world: worldAround(journal, time(now)),
    write: async (at, name, ...events) => {
      const expectedVersion = (await journal.read(name)).length;
      const appended = await journal.append({
        name,
        expectedVersion,
        events,
        at: time(at),
        actor: "user:me",
        certificates: [],
        objects: [],
      });
      if (appended.kind === "conflict") throw new Error("nobody else writes here");
      return appended.events;
    },
  };
}

export function worldAround(journal: Journal, now: UnixMs): TofuWorld {
  return {
    journal,
    layers: NO_LAYERS,
    findings: [],
    copyTo: async () => {
      throw new Error("nobody copies this journal");
    },
    replay: false,
    policy: () => DEFAULT_POLICY,
    seeds: () => ({}),
    loadPolicyFile: async () => () => DEFAULT_POLICY,
    now: () => now,
    actor: "user:me",
    store: "memory",
    daemon: undefined,
    unusual: [],
    outside: () => outsidePlaces({}, {}),
    network: openNetwork(),
    keyring: async () => undefined,
  };
}
