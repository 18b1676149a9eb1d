import type { Event } from "../core/event.ts";
import { tellStory } from "../core/story.ts";
import { formatTime, parseTime, type UnixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import { type Answer, type EventLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { Listener } from "../protocol/ask.ts";
import type { LogRequest } from "../protocol/request.ts";
import { resolvePackage } from "./names.ts";
import type { LiveWorld, TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

/**
 * `tofu log`: the journal, one line an event, in the order in which it was written; with `follow` also what comes later,
 * until the listener has enough.
 */
export async function log(
  world: TofuWorld,
  request: LogRequest,
  tell: Tell,
  listener: Listener | undefined,
): Promise<number> {
  const only = request.package === undefined ? undefined : await resolvePackage(world, request.package);
  const since = readSince(request.since);
  const signal = request.follow === true ? listener?.untilGone() : undefined;
  const tellFrom = async (from: number): Promise<number> => {
    let next = from;
    for await (const { position, event } of world.journal.follow(from)) {
      next = position + 1;
      if (signal?.aborted === true) break;
      if (only !== undefined && event.package !== only) continue;
      if (since !== undefined && event.at < since) continue;
      tell(eventLine(position, event, world.replay));
      await listener?.drained();
    }
    return next;
  };
  if (request.follow !== true) {
    await tellFrom(0);
    return 0;
  }
  return await follow(assertLive(world), signal, tellFrom);
}

async function follow(
  live: LiveWorld,
  signal: AbortSignal | undefined,
  tellFrom: (from: number) => Promise<number>,
): Promise<number> {
  if (signal === undefined) throw new UsageError("nobody listens who could say when to stop");
  const leave = live.takeSeat();
  try {
    let next = 0;
    while (!signal.aborted) {
      // Asked for before reading, so that no append falls between the two.
      const appended = live.nextAppend(signal);
      next = await tellFrom(next);
      await appended;
    }
    return 0;
  } finally {
    leave();
  }
}

function assertLive({ live }: TofuWorld): LiveWorld {
  if (live !== undefined) return live;
  throw new UsageError("while this command holds the store nothing is added to it; start tofud to follow", "tofud");
}

function eventLine(position: number, event: Event, replay: boolean): EventLine {
  const [told] = tellStory([event]);
  const { body } = event;
  const sha256 = "artifact" in body ? body.artifact?.sha256 : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "event",
    position,
    package: event.package,
    n: event.n,
    at: formatTime(event.at),
    actor: event.actor,
    kind: body.kind,
    sentence: told?.sentence ?? body.kind,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(replay ? { replay } : {}),
  };
}

function readSince(text: string | undefined): UnixMs | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time.ok) throw new UsageError("--since takes a date such as 2026-09-14");
  return time.value;
}
