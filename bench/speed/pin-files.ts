import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded } from "../../daemon/embedded.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import { manyPins } from "../many-pins.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { interleave, ratioOf } from "./clock.ts";

const SIZES: readonly { readonly pins: number; readonly rounds: number }[] = [
  { pins: 1000, rounds: 9 },
  { pins: 100_000, rounds: 3 },
  { pins: 1_000_000, rounds: 1 },
];

/** Pins from a file and back into one; the measure is the parse of the same file, which nobody can do without. */
export const pinFiles: Benchmark = {
  name: "pin-files",
  about: "import and export of 1,000, 100,000 and 1,000,000 pins against parsing the same file",
  run: async (bench) => {
    for (const size of SIZES) await measure(bench, size);
  },
};

async function measure(
  { place, extent, random, report }: Bench,
  { pins, rounds }: (typeof SIZES)[number],
): Promise<void> {
  const count = extent.count(pins);
  const file = join(place.folder, `known_keys-${pins}`);
  writeFileSync(file, manyPins(count));
  const bytes = readFileSync(file);
  let stores = 0;
  const store = (): string => join(place.folder, `imported-${pins}-${stores}`);
  const times = await interleave(
    [
      { name: "parse", run: () => void parsePinFile(bytes) },
      {
        name: "import into an empty store",
        run: async () => {
          stores += 1;
          await answered(store(), importOf(file), place.folder);
        },
      },
    ],
    { rounds: extent.rounds(rounds), random },
  );
  const exported = await interleave(
    [
      { name: "export", run: () => exportInto(store(), bytes, place.folder) },
      { name: "parse again", run: () => void parsePinFile(bytes) },
    ],
    { rounds: extent.rounds(rounds), random },
  );
  const title = `${count} pins, ${(bytes.length / 1e6).toFixed(1)} MB; the export is the file, byte by byte`;
  report.times(title, [...times, ...exported], ["parse"]);
  const [parse, imported] = times;
  if (pins === 100_000 && parse !== undefined && imported !== undefined)
    report.measured("import", ratioOf(imported, parse));
  place.remove(file);
}

function importOf(file: string): Request {
  const what = { do: "import", file, isStdin: false, label: "known_keys", from: "known_keys", keys: [] } as const;
  return { ...what, dryRun: false, preferImported: false, claimed: { pid: process.pid, parent: "bench" } };
}

async function exportInto(store: string, expected: Buffer, home: string): Promise<void> {
  const text = await answered(store, { do: "export", for: "known_keys", header: false }, home);
  if (!Buffer.from(text).equals(expected)) throw new Error("the export differs from the file");
}

/** Asks as the command line does without a daemon: from opening the store to closing it. @returns the texts answered. */
async function answered(store: string, request: Request, home: string): Promise<string> {
  const texts: string[] = [];
  const places = { configFile: undefined, policyFile: undefined, at: undefined, env: { HOME: home } } as const;
  const tofu = await openEmbedded({ store, storeGiven: true, ...places });
  const exit = await tofu.ask(request, (answer) => {
    if (answer.type === "text") texts.push(answer.text);
  });
  await tofu.close();
  if (exit !== 0) throw new Error(`${request.do} ended with ${exit}`);
  return texts.join("");
}
