import type { Event, EventBody, Source } from "./event.ts";
import { findingsOf } from "./findings.ts";
import { foldEvents } from "./fold.ts";
import { judgeStatement } from "./handover.ts";
import { addedBy, type ChainLink, leansOn } from "./handover-chain.ts";
import { type Batch, known, type StatementJudgement, type StatementQuestion } from "./handover-judgement.ts";
import { dueEvents } from "./handover-window.ts";
import { judge } from "./judge.ts";
import type { Judgement, Notice } from "./judgement.ts";
import { isSeedExpired } from "./layer-pin.ts";
import type { OfferedStatement } from "./offer.ts";
import type { PackageName } from "./package-name.ts";
import type { Pin } from "./pin.ts";
import type { FirstUsePolicy } from "./policy.ts";
import type { Question } from "./question.ts";
import { recordKey } from "./record-key.ts";
import { plural } from "./sentence.ts";
import type { Sha256 } from "./sha256.ts";
import { DAY_MS, formatDate, type UnixMs } from "./time.ts";
import { refuse, rule } from "./verdict.ts";
import { mayBegin } from "./witness-tally.ts";

/** A second statement that changed nothing is named this long (row 49a). */
const CONTESTED_NOTICE_MS: number = 7 * DAY_MS;

/** Refused statements of one package that are written down in a day. */
const MAX_REFUSALS_A_DAY = 16;

/** What a pin says to the first statement that its own quorum signed. */
const JOINED: ReadonlySet<string> = new Set(["handover-applied", "handover-pending", "handover-contested"]);

/** Nothing is a first use that only files named whose time is over (row 76). */
const DENY: FirstUsePolicy = { kind: "deny" };

/** Statements as they were offered together, oldest first. */
export interface OfferedChain {
  readonly offers: readonly OfferedStatement[];
  /** The file broke off or could not be read to its end: what follows is ignored. */
  readonly isCut: boolean;
}

/** What a chain comes to: one judgement a statement, the events of all, and the pin as it is after them. */
export interface ChainJudgement {
  readonly statements: readonly { readonly offer: OfferedStatement; readonly judgement: StatementJudgement }[];
  readonly events: readonly EventBody[];
  readonly pin: Pin;
  readonly moved: readonly ChainLink[];
}

/** An artifact with the statements that came along. */
export interface Arrival extends Omit<Question, "moved"> {
  readonly chain: OfferedChain;
}

/**
 * Judges an artifact together with the statements that lie beside it: statements before signers (rules.md, 3.1, 6a), so
 * that a removal arrives even while the removed key still signs.
 */
export function judgeArrival(given: Arrival): { readonly judgement: Judgement; readonly chain: ChainJudgement } {
  const arrival = isSeedExpired(given.pin) ? { ...given, policy: { ...given.policy, firstUse: DENY } } : given;
  const chain = judgeChain(arrival.package, arrival.pin, arrival.chain.offers, arrival.now);
  const notices = chainNotices(arrival, chain);
  if (arrival.pin.exists || chain.moved.length === 0) {
    const moved = arrival.pin.exists ? chain.moved : [];
    const judgement = judge({ ...arrival, pin: chain.pin, moved, source: sourceOf(arrival, chain.pin) });
    return { judgement: withChain(judgement, chain, notices), chain };
  }
  return judgeFirstSight(arrival, chain, notices);
}

/** @returns what each statement comes to, one after another: never jumped, each against the state that it found. */
export function judgeChain(
  name: PackageName,
  start: Pin,
  offers: readonly OfferedStatement[],
  now: UnixMs,
): ChainJudgement {
  const due = dueEvents(start, now);
  let pin = extend(start, name, due, now);
  const events: EventBody[] = [...due];
  const statements: { offer: OfferedStatement; judgement: StatementJudgement }[] = [];
  const batch = batchOf(start, offers);
  const past = pastOf({ package: name, pin, now, batch }, offers);
  const doubted = new Map<Sha256, StatementJudgement>();
  for (const offer of offers) {
    const alone = past.has(offer.sha256) ? known() : judgeStatement({ package: name, pin, offer, now, batch });
    const judgement = withDoubt(alone, offer, doubted);
    if (judgement.verdict === "handover-contested") doubted.set(offer.sha256, judgement);
    statements.push({ offer, judgement: withDue(judgement, offer, due) });
    events.push(...judgement.events);
    pin = extend(pin, name, judgement.events, now);
  }
  const before = new Set(start.chain.links.map((link) => link.sha256));
  const moved = pin.chain.links.filter((link) => !before.has(link.sha256));
  return { statements, events: fresh(events, start, now), pin, moved };
}

/** @returns the pin as it will be once these events are written; only their order matters to the fold. */
export function extend(pin: Pin, name: PackageName, bodies: readonly EventBody[], now: UnixMs): Pin {
  const events = bodies.map(
    (body, index): Event => ({
      v: 1,
      n: pin.version + index + 1,
      prev: undefined,
      at: now,
      mono: now,
      package: name,
      actor: "daemon",
      body,
    }),
  );
  return events.length === 0 ? pin : foldEvents(events, pin);
}

function batchOf({ chain: { links, pending } }: Pin, offers: readonly OfferedStatement[]): Batch {
  const waiting = pending === undefined ? [] : [pending.link];
  return {
    seenBefore: new Set([...links, ...waiting].map(({ sha256 }) => sha256)),
    offered: new Set(offers.map(({ sha256 }) => sha256)),
  };
}

/**
 * A pin without a chain joins one in the middle (row 62): what came before the statement that its own keys signed is the
 * past, which that statement's `prev` covers.
 */
function pastOf(question: Omit<StatementQuestion, "offer">, offers: readonly OfferedStatement[]): ReadonlySet<Sha256> {
  const { pin } = question;
  const past = new Set<Sha256>();
  if (!pin.exists) return past;
  const byDigest = new Map(offers.map((offer) => [offer.sha256, offer]));
  const previousOf = (offer: OfferedStatement | undefined): Sha256 | undefined =>
    offer?.parsed.ok === true ? offer.parsed.value.previous : undefined;
  const [first] = pin.chain.links;
  const joining = (offer: OfferedStatement): boolean => JOINED.has(judgeStatement({ ...question, offer }).verdict);
  let previous = first === undefined ? previousOf(offers.find(joining)) : first.statement.previous;
  while (previous !== undefined && !past.has(previous)) {
    past.add(previous);
    previous = previousOf(byDigest.get(previous));
  }
  return past;
}

/** What follows a statement in doubt is not missing anything: it is in the same doubt, and leads further (row 53b). */
function withDoubt(
  judgement: StatementJudgement,
  { sha256, parsed }: OfferedStatement,
  doubted: ReadonlyMap<Sha256, StatementJudgement>,
): StatementJudgement {
  const previous = parsed.ok ? parsed.value.previous : undefined;
  const doubt = previous === undefined ? undefined : doubted.get(previous);
  if (doubt === undefined || judgement.verdict !== "handover-gap") return judgement;
  return { ...doubt, detail: doubt.detail?.replace(/[0-9a-f]{64}$/, sha256), events: [] };
}

/** A statement whose time came with this very question is told as what it has become. */
function withDue(
  judgement: StatementJudgement,
  { sha256 }: OfferedStatement,
  due: readonly EventBody[],
): StatementJudgement {
  const come = due.find((body) => body.kind === "handover-active" && body.sha256 === sha256);
  if (come?.kind !== "handover-active") return judgement;
  return { ...judgement, verdict: come.by === "window" ? "handover-recovered" : "handover-applied" };
}

/** The place that delivers a pending statement is no second place that was looked at since (rules.md, 4.6). */
function sourceOf({ source, chain }: Arrival, { chain: { pending } }: Pin): Source {
  const isSame = pending !== undefined && chain.offers.some(({ sha256 }) => sha256 === pending.link.sha256);
  return isSame ? { ...source, sameStatement: true } : source;
}

/**
 * Row 61: a package seen for the first time, with a chain. It counts if the artifact in hand is signed by the release
 * quorum that the chain leads to; else anybody could lay a chain beside a file.
 */
function judgeFirstSight(
  arrival: Arrival,
  chain: ChainJudgement,
  notices: readonly Notice[],
): ReturnType<typeof judgeArrival> {
  const question: Question = { ...arrival, pin: chain.pin, moved: chain.moved };
  const underChain = judge(question);
  if (underChain.verdict !== "match-handover") {
    const judgement = judge({ ...arrival, moved: [] });
    const ignored: Notice = {
      kind: "chain-ignored",
      detail: "the artifact is not signed by the signers that the chain leads to",
    };
    return {
      judgement: withChain({ ...judgement }, { ...chain, events: [] }, [...notices, ignored]),
      chain: { ...chain, events: [], pin: arrival.pin, moved: [] },
    };
  }
  if (!mayBegin(question, findingsOf(question))) {
    const ruling = arrival.policy.firstUse.kind === "deny" ? refuse("first-use-denied") : rule("first-use-undecided");
    const plain = judge({ ...arrival, moved: [] });
    return {
      judgement: { ...plain, ...ruling, notices: [...plain.notices, ...notices] },
      chain: { ...chain, events: [], pin: arrival.pin, moved: [] },
    };
  }
  const opened = asFirstUse(underChain, chain, arrival);
  return { judgement: withChain(opened, chain, notices), chain };
}

/** The chain is what is remembered; the artifact is its first sighting. */
function asFirstUse(judgement: Judgement, { moved }: ChainJudgement, { pin, recording }: Arrival): Judgement {
  const subject = judgement.sentence.slice(0, judgement.sentence.indexOf(":"));
  const forgotten: readonly Notice[] = pin.forgottenAt === undefined ? [] : [{ kind: "forgotten-before" }];
  return {
    ...judgement,
    ...rule("first-use"),
    sentence: `${subject}: first signature seen, with a chain of ${plural(moved.length, "statement")}; its signers ${recording ? "are now" : "would be"} remembered`,
    notices: [...judgement.notices, ...forgotten],
  };
}

function withChain(judgement: Judgement, chain: ChainJudgement, notices: readonly Notice[]): Judgement {
  const kinds = new Set(judgement.notices.map(({ kind }) => kind));
  return {
    ...judgement,
    notices: [...judgement.notices, ...notices.filter(({ kind }) => !kinds.has(kind))],
    events: [...chain.events, ...judgement.events],
  };
}

function chainNotices({ pin, chain: offered, now }: Arrival, chain: ChainJudgement): readonly Notice[] {
  const notices: Notice[] = chain.statements.flatMap(({ judgement }) => judgement.notices.map((kind) => ({ kind })));
  if (offered.isCut) notices.push({ kind: "chain-ignored", detail: "the file of statements can't be read to its end" });
  const head = chain.pin.chain.links.at(-1);
  const allKnown =
    offered.offers.length > 0 && chain.statements.every(({ judgement }) => judgement.verdict === "handover-known");
  if (allKnown && head !== undefined && !offered.offers.some((offer) => offer.sha256 === head.sha256))
    notices.push({ kind: "chain-rollback" });
  const recent = pin.chain.competitors.some(({ rule: why, at }) => why === "spent" && now - at < CONTESTED_NOTICE_MS);
  if (recent || leansOnRevoked(pin)) notices.push({ kind: "handover-contested" });
  return notices.filter((notice, index) => notices.findIndex(({ kind }) => kind === notice.kind) === index);
}

/**
 * Row 53a: revoked as stolen, or without a reason, after a statement had needed its word to add somebody who acts. Told
 * until a later statement, signed without that key, says who acts.
 */
function leansOnRevoked({ chain, signers }: Pin): boolean {
  return [...signers.values()].some(({ signer, revocation }) => {
    if (revocation === undefined) return false;
    if (chain.links.some((link) => link.at > revocation.seenAt && !link.signers.includes(signer))) return false;
    return chain.links
      .filter((link) => link.at < revocation.seenAt && leansOn(link, signer))
      .some(({ before, after }) => addedBy(before, after).some((added) => signers.get(added)?.state === "active"));
  });
}

/** The same refusal of the same statement is written once a day, and only so many of them: anybody can make more. */
function fresh(events: readonly EventBody[], pin: Pin, now: UnixMs): readonly EventBody[] {
  if (events.length === 0) return events;
  const recorded = new Set(pin.today.day === formatDate(now) ? pin.today.entries : []);
  let refusals = [...recorded].filter((key) => key.startsWith("handover-refused ")).length;
  return events.filter((body) => {
    const key = recordKey(body);
    if (key === undefined) return true;
    if (recorded.has(key) || (body.kind === "handover-refused" && refusals >= MAX_REFUSALS_A_DAY)) return false;
    recorded.add(key);
    if (body.kind === "handover-refused") refusals += 1;
    return true;
  });
}
