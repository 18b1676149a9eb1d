import type { UnixMs } from "../daemon/core/time.ts";
import type { Answer } from "../daemon/protocol/answer.ts";
import type { Request } from "../daemon/protocol/request.ts";
import type { Settings } from "./world.ts";

/**
 * Opens the store for this one question. The use cases with their libraries are loaded only where they are needed, since
 * loading them takes longer than most questions.
 *
 * @returns the exit code.
 * @throws TofuError and UsageError as the use cases do.
 */
export async function askHere(
  request: Request,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  tell: (answer: Answer) => void,
): Promise<number> {
  const { openEmbedded } = await import("../daemon/embedded.ts");
  const embedded = await openEmbedded({ ...embeddedPlaces(settings), env });
  try {
    return await embedded.ask(request, tell);
  } finally {
    await embedded.close();
  }
}

interface EmbeddedPlaces {
  readonly store: string;
  readonly storeGiven: boolean;
  readonly configFile: string | undefined;
  readonly policyFile: string | undefined;
  readonly at: UnixMs | undefined;
}

function embeddedPlaces({ store, storeGiven, configFile, policyFile, at }: Settings): EmbeddedPlaces {
  return { store, storeGiven, configFile, policyFile, at };
}
