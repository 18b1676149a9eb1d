import type { ImportJudgement } from "../core/import.ts";
import { shortName } from "../core/package-name.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import type { SignerId } from "../core/signer.ts";
import { type ImportLine, SCHEMA_VERSION, type SummaryLine } from "../protocol/answer.ts";
import type { ReadPinFile } from "./import-file.ts";
import type { PlannedPackage } from "./import-plan-package.ts";

/** @returns what a file comes to for one package, as it is told before anything is written. */
export function importLine(
  { name, judgement, chainDetail, before }: PlannedPackage,
  { trust, label }: ReadPinFile,
  { recorded, replay }: { readonly recorded: boolean; readonly replay: boolean },
): ImportLine {
  const { verdict, also, exit, differing, install, row } = judgement;
  const strongest = [...before.signers.values()].find(({ strength }) => strength === "verified");
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "import",
    package: name,
    verdict,
    ...(also === undefined ? {} : { also }),
    detail: chainDetail ?? `row ${row}`,
    class: exit === 0 ? "ok" : exit === 3 ? "decide" : "refused",
    exit,
    sentence: `${shortName(name)}: ${clauseOf(judgement, label)}`,
    here: differing.here,
    there: verdict === "imported" ? install.map(({ signer }) => signer) : differing.there,
    facts: factsOf(judgement, chainDetail),
    ...(exit === 0 ? { strength: strongest === undefined ? "imported" : "verified" } : {}),
    ...("signer" in trust && trust.kind === "configured" ? { signedBy: trust.signer } : {}),
    recorded,
    ...(replay ? { replay: true } : {}),
  };
}

/** Counts how the packages of a file came out. */
export class Tally {
  readonly #counts: Record<ImportLine["class"], number> = { ok: 0, decide: 0, refused: 0 };
  #exit = 0;

  add({ class: word, exit }: Pick<ImportLine, "class" | "exit">): void {
    this.#counts[word] += 1;
    this.#exit = Math.max(this.#exit, exit);
  }

  summary(replay: boolean): SummaryLine {
    const { ok, decide, refused } = this.#counts;
    return {
      schemaVersion: SCHEMA_VERSION,
      type: "summary",
      judged: ok + decide + refused,
      ok,
      decide,
      refused,
      unchecked: 0,
      faults: 0,
      exit: this.#exit,
      ...(replay ? { replay: true } : {}),
    };
  }
}

function clauseOf({ verdict, install, news, changed, row, replaced }: ImportJudgement, label: string): string {
  const stops = news.effects.length === 0 ? "" : `; ${plural(news.effects.length, "signer")} stopped by it`;
  switch (verdict) {
    case "imported": {
      const instead = replaced.length === 0 ? "" : ` in place of ${signersText(replaced)}`;
      return `${install.length === 0 ? "no signer" : signersText(install.map(({ signer }) => signer))} from ${label}${instead}${stops}`;
    }
    case "import-unchanged":
      return `${row === "68" ? "the file is older than what is known here" : "the same signers"}${stops}`;
    case "handover-applied":
      return `handed over by the file's statements, verified${stops}`;
    case "import-conflict":
      return `the file names other signers than this machine${changed.length > 0 ? ", and lists other bytes" : ""}`;
    case "hash-differs-from-import":
      return "the file lists other bytes than were seen here";
    case "artifact-changed":
      return "two machines saw different bytes under one name and version";
  }
}

function factsOf(judgement: ImportJudgement, chainDetail: string | undefined): ImportLine["facts"] {
  const { verdict, differing, changed, news, holdsPackage } = judgement;
  const conflict = verdict === "import-conflict";
  return [
    ...(conflict ? differing.here.map((signer) => ({ label: "here", text: shortSigner(signer) })) : []),
    ...(conflict ? differing.there.map((signer) => ({ label: "there", text: shortSigner(signer) })) : []),
    ...changed.flatMap(({ here, there }) => [
      { label: "file", text: here.name },
      {
        label: "here",
        text: `sha256 ${here.sha256}${here.imported === undefined ? "" : ` from ${here.imported.label}`}`,
      },
      { label: "there", text: `sha256 ${there.sha256}` },
    ]),
    ...news.effects.map(({ signer, kind }) => ({ label: kind, text: shortSigner(signer) })),
    ...news.opinions.map(({ signer, kind }) => ({
      label: "opinion",
      text: `${shortSigner(signer)} is ${kind}; told, and without effect`,
    })),
    ...(chainDetail === undefined ? [] : [{ label: "statement", text: chainDetail }]),
    ...(holdsPackage ? [{ label: "until", text: "its files wait for tofu resolve" }] : []),
  ].slice(0, MAX_FACTS);
}

const MAX_FACTS = 500;

function signersText(signers: readonly SignerId[]): string {
  const [first, second, ...more] = signers.map(shortSigner);
  if (first === undefined) return "nobody";
  if (second === undefined) return first;
  return more.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${more.length} more`;
}
