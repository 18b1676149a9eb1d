import { createHash } from "node:crypto";
import type { ArtifactFileName } from "../core/artifact-name.ts";
import { shortName } from "../core/package-name.ts";
import { rule } from "../core/verdict.ts";
import { openArtifact } from "../evidence/artifact-file.ts";
import { SCHEMA_VERSION } from "../protocol/answer.ts";
import type { JudgementLine } from "../protocol/judgement-line.ts";
import type { Named } from "./names.ts";
import type { TofuWorld } from "./world.ts";

/** @returns the answer for a file whose name fits several pinned packages (row 1b): a question, and nothing recorded. */
export async function ambiguousLine(
  world: TofuWorld,
  path: string,
  fileName: ArtifactFileName,
  named: Extract<Named, { kind: "ambiguous" }>,
): Promise<JudgementLine> {
  const file = await openArtifact(path);
  const hash = createHash("sha256");
  try {
    await file.read((bytes) => {
      hash.update(bytes);
    });
  } finally {
    await file.close();
  }
  const [first] = named.candidates;
  const { verdict, class: word, exit } = rule("name-ambiguous");
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "judgement",
    verdict,
    class: word,
    exit,
    package: first ?? "",
    version: named.version,
    artifact: { path, sha256: hash.digest("hex"), size: file.size },
    sentence: `${fileName}: which ${first === undefined ? "package" : shortName(first)} is this, ${named.candidates.map((name) => name.slice("pkg:".length)).join(" or ")}?`,
    expected: [],
    got: [],
    notices: [],
    hints: [],
    witnesses: [],
    facts: [],
    recorded: false,
    next: ["tofu", "verify", "--package", "PACKAGE", "FILE"],
    ...(world.unusual.length === 0 ? {} : { unusual: world.unusual }),
    ...(world.replay ? { replay: true } : {}),
  };
}
