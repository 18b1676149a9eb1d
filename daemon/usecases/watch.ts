import { UsageError } from "../core/tofu-error.ts";
import type { Answer } from "../protocol/answer.ts";
import type { Listener } from "../protocol/ask.ts";
import type { WatchRequest } from "../protocol/request.ts";
import type { TofuWorld } from "./world.ts";

/** `tofu watch`: judgements of what arrives in the watched folders, until the listener has enough. */
export async function watch(
  { live }: TofuWorld,
  request: WatchRequest,
  tell: (answer: Answer) => void,
  listener: Listener | undefined,
): Promise<number> {
  if (live === undefined || listener === undefined)
    throw new UsageError("no tofud watches here; name the folder to watch", "tofu watch DIR");
  const leave = live.takeSeat();
  try {
    await live.follow(request.folders, tell, listener);
    return 0;
  } finally {
    leave();
  }
}
