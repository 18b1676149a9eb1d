import type { Event, Source } from "./event.ts";
import { artifactKey, type Pin } from "./pin.ts";
import type { Sha256 } from "./sha256.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import type { UnixMs } from "./time.ts";
import { rule, type VerdictKind } from "./verdict.ts";

/** What is asked about; both bounds count, and without any of them only what is in doubt is answered. */
export interface AuditQuestion {
  readonly signer: SignerId | undefined;
  readonly since: UnixMs | undefined;
  readonly until: UnixMs | undefined;
  /** Leaves out what nothing speaks against. */
  readonly doubtsOnly: boolean;
}

/**
 * Why something is listed. Passed and in good standing: `signed`, `unsigned`, `accepted-once`. Passed and now in doubt:
 * `undone` (accepted under a branch that lost), `after-since` (first seen after the theft or the date of a distrust),
 * `revoked`, `distrusted` (no such date is known), `contested`. Not passed: `refused`. The rest speak for themselves.
 */
export type AuditWhy =
  | "signed"
  | "unsigned"
  | "accepted-once"
  | "undone"
  | "after-since"
  | "revoked"
  | "distrusted"
  | "contested"
  | "refused"
  | "statement"
  | "pending"
  | "pinned"
  | "decided";

/** One thing here that rests on a signer or fell into a period. */
export interface AuditFinding {
  readonly about: "file" | "statement" | "signer" | "decision";
  /** The file's name; `statement 3`; what was decided. */
  readonly name: string;
  readonly version: string | undefined;
  readonly sha256: Sha256 | undefined;
  /** When it was first seen here. */
  readonly at: UnixMs;
  readonly signers: readonly SignerId[];
  readonly why: AuditWhy;
  /** How it came here: the surface and host of a file, the place of a statement, who decided. */
  readonly source: string;
  /** The verdict of a refusal, the reason of a decision. */
  readonly detail: string | undefined;
}

const DOUBTS: ReadonlySet<AuditWhy> = new Set(["undone", "after-since", "revoked", "distrusted", "contested"]);

/**
 * Looks through a package's whole journal, refusals and lost branches too.
 *
 * @param events - of the package, oldest first.
 * @param machine - of the journal `*`: distrust everywhere.
 * @param pin - the fold of both.
 * @returns what rests on what was asked about, oldest first.
 */
export function audit(
  {
    events,
    machine,
    pin,
  }: { readonly events: readonly Event[]; readonly machine: readonly Event[]; readonly pin: Pin },
  question: AuditQuestion,
): readonly AuditFinding[] {
  const suspicions = suspicionsOf(pin, [...machine, ...events]);
  const findings = [
    ...filesOf(events).map((file) => fileFinding(file, pin, suspicions)),
    ...events.flatMap((event) => statementFinding(event, pin, suspicions, question.signer)),
    ...events.flatMap(decisionFinding),
    ...signerFindings(pin),
  ];
  return findings.filter((finding) => isAsked(finding, question)).sort((a, b) => a.at - b.at);
}

function isAsked({ at, signers, why }: AuditFinding, { signer, since, until, doubtsOnly }: AuditQuestion): boolean {
  if (since !== undefined && at < since) return false;
  if (until !== undefined && at > until) return false;
  if (doubtsOnly && !DOUBTS.has(why)) return false;
  return signer === undefined || signers.includes(signer);
}

/** What speaks against a signer now: who is revoked or distrusted, and since when its owner or the user says. */
type Suspicions = ReadonlyMap<
  SignerId,
  { readonly word: "revoked" | "distrusted"; readonly since: UnixMs | undefined }
>;

function suspicionsOf(pin: Pin, events: readonly Event[]): Suspicions {
  const statedSince = new Map<SignerId, UnixMs | undefined>();
  for (const { body } of events) if (body.kind === "distrust") statedSince.set(body.key, body.since);
  const suspicions = new Map<SignerId, { word: "revoked" | "distrusted"; since: UnixMs | undefined }>();
  for (const { signer, state, revocation } of pin.signers.values()) {
    if (revocation !== undefined) suspicions.set(signer, { word: "revoked", since: revocation.since });
    else if (state === "distrusted") suspicions.set(signer, { word: "distrusted", since: statedSince.get(signer) });
  }
  return suspicions;
}

/** The same bytes under the same name, passed or refused: what was first seen of them. */
interface SeenFile {
  readonly finding: Omit<AuditFinding, "why" | "detail">;
  readonly key: string;
  readonly passed: boolean;
  readonly verdict: VerdictKind;
}

function filesOf(events: readonly Event[]): readonly SeenFile[] {
  const files = new Map<string, SeenFile>();
  for (const event of events) {
    const file = seenFile(event);
    if (file === undefined) continue;
    const key = `${file.passed} ${file.key} ${file.finding.sha256}`;
    const before = files.get(key);
    if (before === undefined) files.set(key, file);
    else files.set(key, { ...before, finding: { ...before.finding, signers: union(before.finding, file.finding) } });
  }
  return [...files.values()];
}

function union(a: Pick<AuditFinding, "signers">, b: Pick<AuditFinding, "signers">): readonly SignerId[] {
  return [...new Set([...a.signers, ...b.signers])];
}

function seenFile({ body, mono }: Event): SeenFile | undefined {
  if (body.kind !== "first-use" && body.kind !== "sighting" && body.kind !== "refusal" && body.kind !== "unsigned")
    return undefined;
  const verdict = body.kind === "first-use" ? "first-use" : body.verdict;
  const { name, version, sha256 } = body.artifact;
  return {
    finding: {
      about: "file",
      name,
      version,
      sha256,
      at: mono,
      signers: signersOf(body),
      source: sourceText(body.source),
    },
    key: artifactKey(body.artifact),
    passed: hasPassed(body.kind, verdict),
    verdict,
  };
}

function hasPassed(kind: "first-use" | "sighting" | "refusal" | "unsigned", verdict: VerdictKind): boolean {
  // An unsigned file that passes by default is still written with its verdict where policy stopped it.
  return kind === "unsigned" ? rule(verdict).exit === 0 : kind !== "refusal";
}

function signersOf(
  body: Extract<Event["body"], { readonly artifact: unknown; readonly source: unknown }>,
): readonly SignerId[] {
  switch (body.kind) {
    case "first-use":
      return [body.key];
    case "sighting":
    case "refusal":
      return [...new Set(body.keys.map(({ key }) => key))];
    case "unsigned":
      return [];
  }
}

function fileFinding({ finding, key, passed, verdict }: SeenFile, pin: Pin, suspicions: Suspicions): AuditFinding {
  if (!passed) return { ...finding, why: "refused", detail: verdict };
  const undone = pin.undone.some((known) => known.sha256 === finding.sha256 && artifactKey(known) === key);
  if (undone) return { ...finding, why: "undone", detail: undefined };
  return { ...finding, why: doubtOf(finding, pin, suspicions) ?? standingOf(finding, verdict), detail: undefined };
}

function standingOf({ signers }: Pick<AuditFinding, "signers">, verdict: VerdictKind): AuditWhy {
  if (verdict === "accepted-once") return "accepted-once";
  return signers.length === 0 ? "unsigned" : "signed";
}

function doubtOf(
  { signers, at }: Pick<AuditFinding, "signers" | "at">,
  pin: Pin,
  suspicions: Suspicions,
): AuditWhy | undefined {
  for (const signer of signers) {
    const suspicion = suspicions.get(signer);
    if (suspicion !== undefined && suspicion.since === undefined) return suspicion.word;
    if (suspicion?.since !== undefined && at >= suspicion.since) return "after-since";
  }
  return signers.some((signer) => pin.signers.get(signer)?.state === "contested") ? "contested" : undefined;
}

/** A statement rests on those who signed it; asked about a signer, it is listed where it names that one, too. */
function statementFinding(
  { body, mono }: Event,
  pin: Pin,
  suspicions: Suspicions,
  signer: SignerId | undefined,
): readonly AuditFinding[] {
  if (body.kind !== "handover" && body.kind !== "handover-contest") return [];
  const { sha256, text, signers, place } = body.statement;
  const parsed = parseStatement(asciiBytes(text));
  const named = !parsed.ok
    ? []
    : [...parsed.value.keys, ...parsed.value.removed].map((one) => one.signer).concat(parsed.value.recovery);
  const namesIt = signer !== undefined && named.includes(signer) && !signers.includes(signer);
  return [
    {
      about: "statement",
      name: parsed.ok ? `statement ${parsed.value.seq}` : "statement",
      version: undefined,
      sha256,
      at: mono,
      signers: namesIt ? [...signers, signer] : signers,
      why: statementWhy({ kind: body.kind, sha256, signers, at: mono }, pin, suspicions),
      source: place,
      detail: namesIt ? "names it" : undefined,
    },
  ];
}

function statementWhy(
  statement: {
    readonly kind: string;
    readonly sha256: Sha256;
    readonly signers: readonly SignerId[];
    readonly at: UnixMs;
  },
  pin: Pin,
  suspicions: Suspicions,
): AuditWhy {
  if (pin.chain.pending?.link.sha256 === statement.sha256) return "pending";
  const inForce = pin.chain.links.some(({ sha256 }) => sha256 === statement.sha256);
  if (!inForce) return statement.kind === "handover-contest" ? "contested" : "undone";
  return doubtOf(statement, pin, suspicions) ?? "statement";
}

function decisionFinding({ body, mono, actor }: Event): readonly AuditFinding[] {
  if (body.kind !== "trust" && body.kind !== "confirm" && body.kind !== "distrust") return [];
  const artifact = body.kind === "trust" ? body.artifact : undefined;
  return [
    {
      about: "decision",
      name: artifact === undefined ? body.kind : `${body.kind} ${artifact.name}`,
      version: artifact?.version,
      sha256: artifact?.sha256,
      at: mono,
      signers: [body.key],
      why: "decided",
      source: actor,
      detail: body.kind === "confirm" ? body.method : body.reason,
    },
  ];
}

function signerFindings(pin: Pin): readonly AuditFinding[] {
  // Distrusted everywhere, and never met in this package: that is told once, of the whole machine.
  const own = [...pin.signers.values()].filter(({ basis }) => basis.kind !== "trust" || basis.n > 0);
  return own.map(({ signer, state, roles, basis, since }) => ({
    about: "signer",
    name: `pin, ${state}${roles.size === 0 ? "" : `, may ${[...roles].join(" and ")}`}`,
    version: undefined,
    sha256: undefined,
    at: since,
    signers: [signer],
    why: "pinned",
    source: basis.kind,
    detail: undefined,
  }));
}

function sourceText({ via, host }: Source): string {
  return host === undefined ? via : `${via} from ${host}`;
}
