import { isLayered } from "../core/layer-pin.ts";
import { TofuError } from "../core/tofu-error.ts";
import { appendOf, type Judged, type Judging, judgePrepared, type Prepared, type Target } from "./judge-file.ts";
import { decideAndAppend, type TofuWorld } from "./world.ts";

/** A judged file, and whether what happened to it is in the journal now. */
export interface Recorded {
  readonly judged: Judged;
  readonly recorded: boolean;
}

/**
 * Judges a file and appends what happened to it. On a machine with pin files of its own and without a place for a store,
 * a file is judged by those alone (rules.md, row 76): whom they name passes, what they refuse is refused, and the answer
 * says that it was not recorded.
 *
 * @param file - what was established about it before, if anything was: see {@link judgePrepared}.
 * @throws TofuError where nothing could be recorded and something would have to be remembered: a first use that is
 * forgotten is none.
 */
export async function judgeAndRecord(
  world: TofuWorld,
  judging: Judging,
  file: { readonly target: Target; readonly prepared: Prepared | undefined },
): Promise<Recorded> {
  let last: Judged | undefined;
  try {
    const judged = await decideAndAppend(world, file.target.package, async (loaded) => {
      last = await judgePrepared(world, judging, { ...file, loaded });
      return { value: last, append: isHeld(judging, last) ? undefined : appendOf(last) };
    });
    return { judged, recorded: !isHeld(judging, judged) };
  } catch (error) {
    // Only a store that was never begun is told so: one that is there and can't be opened may hold bad news.
    const isWithoutStore = error instanceof TofuError && error.code === "store-unwritable";
    if (!isWithoutStore || last === undefined || !standsAlone(world, last)) throw error;
    return { judged: notRecorded(last), recorded: false };
  }
}

function isHeld({ stillArriving }: Judging, { judgement }: Judged): boolean {
  return stillArriving === true && judgement.verdict === "bad-signature";
}

function standsAlone({ layers }: TofuWorld, { judgement, loaded }: Judged): boolean {
  if (layers.layer.files.length === 0) return false;
  return judgement.exit !== 0 || isLayered(loaded.pin);
}

function notRecorded(judged: Judged): Judged {
  const { judgement } = judged;
  return { ...judged, judgement: { ...judgement, notices: [...judgement.notices, { kind: "not-recorded" }] } };
}
