import { type ChainJudgement, extend } from "../core/arrival.ts";
import type { ChainState } from "../core/handover-chain.ts";
import type { StatementJudgement } from "../core/handover-judgement.ts";
import { countSigners } from "../core/handover-signers.ts";
import {
  statementFacts,
  statementRuling,
  statementSentence,
  type ToldSignature,
  type ToldVerdict,
  toldSignatures,
} from "../core/handover-words.ts";
import type { OfferedStatement } from "../core/offer.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { currentState, type KnownArtifact, type Pin } from "../core/pin.ts";
import type { UnixMs } from "../core/time.ts";
import { SCHEMA_VERSION } from "../protocol/answer.ts";
import type { AffectedLine, HandoverLine } from "../protocol/handover-line.ts";
import type { HandoverState } from "../protocol/judgement-line.ts";
import type { Judged } from "./judge-file.ts";

/** How a chain was judged, as far as its answers tell. */
export interface ChainContext {
  readonly package: PackageName;
  /** The pin before the first statement. */
  readonly pin: Pin;
  readonly now: UnixMs;
  readonly recorded: boolean;
  readonly replay: boolean;
}

/** @returns one answer a statement, in order, each told against the state that it found. */
export function handoverLines(
  { statements }: Pick<ChainJudgement, "statements">,
  context: ChainContext,
): readonly HandoverLine[] {
  let { pin } = context;
  return statements.map(({ offer, judgement }) => {
    const after = extend(pin, context.package, judgement.events, context.now);
    const line = handoverLine(offer, judgement, { ...context, pin, after });
    pin = after;
    return line;
  });
}

/** @returns a line as it is told where this machine takes no new packages. */
export function deniedLine(
  { detail, ...line }: HandoverLine,
  offer: OfferedStatement,
  name: PackageName,
): HandoverLine {
  const verdict = "first-use-denied";
  const sentence = statementSentence({ package: name, offer, verdict, detail: undefined, recorded: false });
  return { ...line, verdict, ...statementRuling(verdict), sentence, recorded: false };
}

/**
 * @returns answers for the statements that came along with a file. Of a chain that the file itself does not bear out
 * (row 61) only those are told that are wrong by themselves: the others were never in question.
 */
export function statementLines(
  { package: name, loaded, chain }: Pick<Judged, "package" | "loaded" | "chain">,
  told: Pick<ChainContext, "recorded" | "replay">,
): readonly HandoverLine[] {
  const { pin, now } = loaded;
  const lines = handoverLines(chain, { package: name, pin, now, ...told });
  const isIgnored = !pin.exists && chain.moved.length === 0;
  return isIgnored ? lines.filter((line) => line.class === "refused" || line.class === "unchecked") : lines;
}

/**
 * @returns what the judgement of a file says of its statements; `undefined` where nothing hangs on them.
 *
 * @param lines - of {@link statementLines}.
 */
export function handoverState(
  { judgement, offered }: Pick<Judged, "judgement" | "offered">,
  lines: readonly HandoverLine[],
  isOffline: boolean,
): HandoverState | undefined {
  const news = lines.filter(({ verdict }) => verdict !== "handover-known");
  const told = news.find(({ verdict }) => verdict === "handover-fork") ?? news.at(-1) ?? lines.at(-1);
  if (told !== undefined) return { state: stateWord(told.verdict), detail: told.sentence };
  if (offered.chain.offers.length > 0)
    return { state: "ignored", detail: "offered, but it leads to signers who did not sign this file" };
  if (judgement.exit === 0) return undefined;
  return isOffline
    ? { state: "offline", detail: "none beside the file; not looked for elsewhere (offline)" }
    : { state: "none", detail: "none beside the file" };
}

function stateWord(verdict: string | undefined): string {
  return (verdict ?? "none").replace(/^handover-/, "");
}

interface Around extends ChainContext {
  readonly after: Pin;
}

function handoverLine(offer: OfferedStatement, judgement: StatementJudgement, around: Around): HandoverLine {
  const { package: name, pin, after, now, recorded, replay } = around;
  const { verdict, detail, notices } = judgement;
  const statement = offer.parsed.ok ? offer.parsed.value : undefined;
  const next = nextWords(verdict, name);
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "handover",
    package: name,
    verdict,
    ...(detail === undefined ? {} : { detail }),
    ...statementRuling(verdict),
    sha256: offer.sha256,
    ...(statement === undefined ? {} : { seq: statement.seq }),
    sentence: statementSentence({ package: name, offer, verdict, detail, recorded }),
    signers: signaturesOf(offer, pin, now),
    facts: statement === undefined ? [] : statementFacts(statement, stateBefore(offer, pin), offer.place),
    notices: [...notices],
    affected: after.undone.filter((known) => !pin.undone.includes(known)).map(affectedLine),
    place: offer.place,
    recorded,
    ...(next === undefined ? {} : { next }),
    ...(replay ? { replay } : {}),
  };
}

/** A statement that is in force already was verified when it came: those who counted then are who signed it. */
function signaturesOf(offer: OfferedStatement, pin: Pin, now: UnixMs): readonly ToldSignature[] {
  const link = pin.chain.links.find(({ sha256 }) => sha256 === offer.sha256);
  if (link === undefined) return toldSignatures(offer, countSigners(offer, pin, now), pin);
  return link.signers.map((signer) => ({ signer, counts: true, why: "signed" }));
}

/** @returns the state that a statement is compared with: that of its place where it has one, else the present one. */
export function stateBefore({ sha256, parsed }: OfferedStatement, pin: Pin): ChainState {
  const { links } = pin.chain;
  const same = links.find((link) => link.sha256 === sha256);
  const sibling = links.find((link) => parsed.ok && link.statement.previous === parsed.value.previous);
  return (same ?? sibling)?.before ?? currentState(pin);
}

function affectedLine({ sha256, name, version }: KnownArtifact): AffectedLine {
  return { sha256, name, ...(version === undefined ? {} : { version }) };
}

function nextWords(verdict: ToldVerdict, name: PackageName): readonly string[] | undefined {
  switch (verdict) {
    case "handover-gap":
      return ["tofu", "handover", "fetch", shortName(name)];
    case "handover-recovered":
      return ["tofu", "audit", shortName(name)];
    case "handover-pending":
    case "handover-contested":
    case "handover-fork":
      return ["tofu", "why", shortName(name)];
    case "handover-applied":
    case "handover-known":
    case "handover-rejected":
    case "first-use":
    case "first-use-denied":
    case "unsupported":
      return undefined;
  }
}
