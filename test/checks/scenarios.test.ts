import { describe, it } from "node:test";
import { playScenario } from "./scene/play.ts";
import { readScenarios } from "./scene/scenario.ts";

/** The others in the table need handover statements, imports and exports. */
const PLAYED = ["S01", "S02", "S09", "S10", "S12"];

describe("scenarios with real keys", { concurrency: 2 }, () => {
  for (const scenario of readScenarios(PLAYED)) {
    it(`${scenario.id}: ${scenario.title}`, (t) => playScenario(t, scenario));
  }
});
