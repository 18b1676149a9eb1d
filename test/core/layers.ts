import assert from "node:assert/strict";
import { judgeChain } from "../../daemon/core/arrival.ts";
import { foldEvents } from "../../daemon/core/fold.ts";
import { foldPlan, planImport } from "../../daemon/core/import-plan.ts";
import type { PinLayer } from "../../daemon/core/layer-pin.ts";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { parsePinFile } from "../../daemon/pinfile/parse.ts";
import { digest, must, PACKAGE, signer, time } from "./scene.ts";

const SEEDED_AT = time("2026-01-02");
const FILE = "/etc/tofu/known_keys";

/** What a machine's file says of sunpy in letters: `A roles=release`, `@revoked B hard`, `@policy release=2`. */
export function layerOf(
  lines: readonly string[],
  rest: Partial<PinLayer> = {},
  chain: readonly OfferedStatement[] = [],
): PinLayer {
  const text = lines.map((line) => `${written(line)}\n`).join("");
  const [rows] = must(parsePinFile(Buffer.from(text))).packages;
  assert.ok(rows !== undefined, text);
  const pin = foldEvents([]);
  const { events } = judgeChain(PACKAGE, pin, chain, SEEDED_AT);
  const trust = { kind: "layer" } as const;
  const question = {
    pin,
    imported: rows,
    trust,
    chainHolds: true,
    provenRevocations: new Set<never>(),
    prefer: "local",
  } as const;
  const plan = planImport(question, { file: digest(lines.join()), label: FILE, trust }, events);
  return {
    pin: foldPlan(pin, plan, SEEDED_AT),
    files: [FILE],
    differ: undefined,
    expiredAt: undefined,
    beside: new Set(),
    differing: new Map(),
    ...rest,
  };
}

/** A layer whose only file that named sunpy has run out. */
export function expiredLayer(on: string): PinLayer {
  return { ...layerOf(["A"]), pin: foldEvents([]), files: [], expiredAt: time(on) };
}

function written(line: string): string {
  const [first = "", ...rest] = line.split(" ");
  const words = first.startsWith("@") ? [first, PACKAGE, ...rest] : [PACKAGE, first, ...rest];
  return words.map((word) => (/^[A-Z]$/.test(word) ? signer(word) : word)).join(" ");
}
