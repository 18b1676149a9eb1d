import { readdirSync } from "node:fs";
import { join } from "node:path";
import { printablePath } from "../core/printable.ts";
import { MAX_PIN_FILE_BYTES } from "../pinfile/lines.ts";
import { rootOwner } from "../root-owner.ts";
import { createLayer, type Layer, NO_LAYER } from "./layer.ts";
import { type LayerFile, readLayerFile, stampOf } from "./layer-file.ts";
import { assertOwned, layerFault, type Ownership, unreadable } from "./root-owned.ts";

/** Where the machine's pin files lie, and whose they must be. */
export interface LayerPlaces extends Ownership {
  readonly file: string;
  readonly folder: string;
}

/**
 * The places of every machine. Constants: a variable or an option would let any process of the user put another layer
 * in this one's place. Tests pass their own, or give the command a root of its own.
 */
export const SYSTEM_LAYER: LayerPlaces = {
  file: "/etc/tofu/known_keys",
  folder: "/etc/tofu/known_keys.d",
  owner: rootOwner(),
  base: "/",
};

/** Names in the folder that are read; all others are passed over, as editors and package managers leave some. */
const NAME = /^[A-Za-z0-9_-]+\.keys$/;
/** Files of one machine. */
const MAX_LAYER_FILES = 256;

/** The machine's pins as they are now: looked at before each question, read again only where a file changed. */
export interface LayerSource {
  /** @throws TofuError `layer` where a file is there and can't be used: nothing may be judged without it. */
  readonly refresh: () => Promise<void>;
  /** As of the last {@link refresh}; none before the first. */
  readonly layer: Layer;
}

/** A machine whose only pins are the user's. */
export const NO_LAYERS: LayerSource = { refresh: async () => undefined, layer: NO_LAYER };

/**
 * @param minSerial - the least serial that the settings ask for, as they are now: a machine without a memory can't tell
 * an old pin file by itself.
 * @returns the source that reads these places.
 */
export function openLayers(places: LayerPlaces, minSerial: () => number | undefined): LayerSource {
  let layer = NO_LAYER;
  let read: string | undefined;
  return {
    refresh: async () => {
      const found = stampsOf(places);
      const stamps = [...found.values()].join("\n");
      if (stamps !== read) {
        layer = await readLayer([...found.keys()], places);
        read = stamps;
      }
      for (const file of layer.files) assertNotOlder(file, minSerial());
    },
    get layer() {
      return layer;
    },
  };
}

function assertNotOlder({ path, pins }: LayerFile, least: number | undefined): void {
  const serial = pins.header?.serial;
  if (least === undefined || (serial !== undefined && serial >= least)) return;
  const has = serial === undefined ? "no serial" : `serial ${serial}`;
  throw layerFault(`${printablePath(path, 120)} has ${has}, and the settings ask for ${least} or later`);
}

async function readLayer(paths: readonly string[], ownership: Ownership): Promise<Layer> {
  const files = [];
  let bytes = 0;
  for (const path of paths) {
    const file = await readLayerFile(path, ownership);
    bytes += file.size;
    if (bytes > MAX_PIN_FILE_BYTES) throw layerFault(`its files have more than ${MAX_PIN_FILE_BYTES} bytes together`);
    files.push(file);
  }
  return files.length === 0 ? NO_LAYER : createLayer(files);
}

/** The stamps of all files by their path, in the order in which they are read. */
function stampsOf({ file, folder, ...ownership }: LayerPlaces): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of [file, ...filesIn(folder, ownership)]) {
    const stamp = stampOf(path, ownership);
    if (stamp !== undefined) found.set(path, stamp);
  }
  return found;
}

function filesIn(folder: string, ownership: Ownership): readonly string[] {
  if (!assertOwned(folder, ownership)) return [];
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw unreadable(folder, cause);
  }
  const read = names.filter((name) => NAME.test(name)).sort();
  if (read.length > MAX_LAYER_FILES)
    throw layerFault(`${printablePath(folder, 120)} has more than ${MAX_LAYER_FILES} files`);
  return read.map((name) => join(folder, name));
}
