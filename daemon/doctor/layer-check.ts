import { printablePath } from "../core/printable.ts";
import { plural } from "../core/sentence.ts";
import { DAY_MS, formatDate, type UnixMs } from "../core/time.ts";
import { isExpired } from "../layer/layer.ts";
import type { LayerFile } from "../layer/layer-file.ts";
import type { LayerSource } from "../layer/layer-source.ts";
import type { Found } from "./machine.ts";

/** A machine is not rebuilt in a day. */
const SOON_MS: number = 30 * DAY_MS;

/**
 * Looks at the machine's own pin files as every question does.
 *
 * @throws TofuError `layer` where one is there and can't be used.
 */
export async function checkLayer(layers: LayerSource, now: UnixMs): Promise<Found> {
  await layers.refresh();
  const { files, packages } = layers.layer;
  const check = "pins";
  if (files.length === 0) return { check, class: "ok", sentence: "this machine has no pin files of its own" };
  const over = files.filter((file) => isExpired(file, now));
  const remedy = "put a new one in its place: tofu export on a workstation";
  if (over.length > 0) {
    const sentence = `this machine's pins ran out: ${over.map(ended).join(", ")}; their packages are refused`;
    return { check, class: "refused", sentence, remedy };
  }
  const soon = files.filter((file) => isExpired(file, (now + SOON_MS) as UnixMs));
  if (soon.length > 0) {
    return { check, class: "decide", sentence: `this machine's pins run out: ${soon.map(ended).join(", ")}`, remedy };
  }
  const sentence = `this machine's pins: ${plural(packages.length, "package")} in ${plural(files.length, "file")}, root's alone`;
  return { check, class: "ok", sentence };
}

function ended({ path, pins }: LayerFile): string {
  const { expires } = pins.header ?? {};
  return `${printablePath(path, 120)}${expires === undefined ? "" : ` on ${formatDate(expires)}`}`;
}
