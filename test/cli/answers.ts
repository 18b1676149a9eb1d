import type { GotLine, JudgementLine } from "../../daemon/protocol/judgement-line.ts";
import type { Style } from "../../daemon/words/style.ts";
import { timeOf } from "./fake-world.ts";

/** The same people in every test of what is said. */
export const OLD = "openpgp:AEA08C8DE882D15EB8590DC028B8B19AD578A535";
export const NEW = "openpgp:0D7B6A1100112233445566778899AABB52F09C3E";
export const V6: string = `openpgp:${"0123456789ABCDEF".repeat(4)}`;

/** Wide, plain, on the third day after the new key was made. */
export const PLAIN: Style = {
  width: 80,
  color: false,
  unicode: true,
  verbose: false,
  quiet: false,
  now: timeOf("2026-09-17"),
};

export const GOT_NEW: GotLine = {
  signer: NEW,
  signingKey: NEW.slice("openpgp:".length),
  verified: true,
  created: "2026-09-14T03:00:00Z",
  claims: ["Stuart <stuart@sunpy.example>"],
};

/** @returns a judgement of sunpy 6.0.5 that says all is well, changed as the test wants it. */
export function judgement(changes: Partial<JudgementLine> = {}): JudgementLine {
  return {
    schemaVersion: 1,
    type: "judgement",
    verdict: "match",
    class: "ok",
    exit: 0,
    package: "pkg:pypi/sunpy",
    version: "6.0.5",
    artifact: { path: "/some/here/sunpy-6.0.5.tar.gz", sha256: "0a".repeat(32), size: 7 },
    sentence: "sunpy 6.0.5: same signer as 12 releases since 2024-03-02",
    expected: [{ signer: OLD, releases: 12, days: 9, first: "2024-03-02T10:11:12Z", last: "2026-09-14T06:00:00Z" }],
    got: [{ signer: OLD, verified: true, created: "2015-01-02T00:00:00Z", claims: ["Stuart <stuart@sunpy.example>"] }],
    notices: [],
    hints: [],
    witnesses: [],
    facts: [],
    recorded: true,
    ...changes,
  };
}

/** @returns the alarm of cli.md. */
export function unexpected(changes: Partial<JudgementLine> = {}): JudgementLine {
  return judgement({
    verdict: "unexpected-signer",
    class: "refused",
    exit: 4,
    version: "6.2.0",
    sentence: "sunpy 6.2.0 is signed by someone who never signed sunpy here",
    got: [GOT_NEW],
    next: ["tofu", "why", "sunpy", "6.2.0"],
    ...changes,
  });
}
