import { formatFingerprint } from "../core/fingerprint.ts";
import type { GotSigner, Hint, Judgement } from "../core/judgement.ts";
import { shortName } from "../core/package-name.ts";
import { printable } from "../core/printable.ts";
import { shortSigner } from "../core/sentence.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import { formatDate, formatTime, type UnixMs } from "../core/time.ts";
import { SCHEMA_VERSION } from "../protocol/answer.ts";
import type { GotLine, HandoverState, JudgementLine } from "../protocol/judgement-line.ts";
import { timed } from "./timed.ts";

/** Told of one file. */
const MAX_WITNESSES = 100;

/** How a judgement came about, as far as the answer tells it. */
export interface AnswerContext {
  readonly path: string;
  readonly recorded: boolean;
  readonly replay: boolean;
  readonly unusual: readonly string[];
  /** When it was judged, and witnesses asked. */
  readonly at: UnixMs;
  /** What was found where statements are looked for. */
  readonly handover?: HandoverState | undefined;
}

/** @returns the judgement as the answer that every surface renders. */
export function judgementLine(judgement: Judgement, context: AnswerContext): JudgementLine {
  const { path, recorded, replay, unusual, handover, at } = context;
  const { version, sha256, size } = judgement.artifact;
  const next = nextOf(judgement, handover);
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "judgement",
    verdict: judgement.verdict,
    class: judgement.class,
    exit: judgement.exit,
    ...(judgement.reason === undefined ? {} : { reason: judgement.reason }),
    package: judgement.package,
    ...(version === undefined ? {} : { version }),
    artifact: { path, sha256, size },
    sentence: judgement.sentence,
    expected: judgement.expected.map(({ signer, releases, days, first, last }) => ({
      signer,
      releases,
      days,
      ...timed("first", first),
      ...timed("last", last),
    })),
    got: judgement.got.map(gotLine),
    notices: judgement.notices.map(({ kind, detail }) => ({ kind, ...(detail === undefined ? {} : { detail }) })),
    hints: judgement.hints.map((hint) => ({ kind: hint.kind, signer: hint.signer, detail: hintDetail(hint) })),
    ...(handover === undefined ? {} : { handover }),
    witnesses: judgement.witnesses.slice(0, MAX_WITNESSES).map((voice) => ({ ...voice, checkedAt: formatTime(at) })),
    facts: judgement.facts,
    ...timed("firstRefusedAt", judgement.refusedSince),
    recorded,
    ...(next === undefined ? {} : { next }),
    ...(unusual.length === 0 ? {} : { unusual }),
    ...(replay ? { replay } : {}),
  };
}

/** Where nobody asked the places in which statements are published, that is the next thing to do. */
function nextOf({ verdict, package: name, next }: Judgement, handover: HandoverState | undefined): Judgement["next"] {
  const isOpen = verdict === "unexpected-signer" && handover?.state === "offline";
  return isOpen ? ["tofu", "handover", "fetch", shortName(name)] : next;
}

/** @returns a signer as people compare it: the whole fingerprint in groups. */
export function wholeSigner(signer: SignerId): string {
  const fingerprint = fingerprintOf(signer);
  return fingerprint === undefined ? signer : formatFingerprint(fingerprint);
}

function gotLine(got: GotSigner): GotLine {
  if (!got.verified) return { names: got.names, verified: false, claims: [] };
  const { signer, signingKey, certificate, created } = got;
  return {
    signer,
    signingKey,
    verified: true,
    created: formatTime(certificate.createdAt),
    signed: formatTime(created),
    claims: certificate.claims,
  };
}

function hintDetail(hint: Hint): string {
  switch (hint.kind) {
    case "certified-by-pinned":
      return `${shortSigner(hint.by)} has certified this key's name; that says who owns it, not that it may release this`;
    case "listed-in-earlier-keyring":
      return `the keyring that came with ${hint.version ?? "an earlier release"} on ${formatDate(hint.at)} already listed it`;
    case "named-in-signed-text":
      return `${printable(hint.fileName)}, signed by ${shortSigner(hint.by)}, names this key; read it: tofu never acts on a text`;
    case "pinned-elsewhere":
      return `the same key releases ${hint.packages.slice(0, 3).join(", ")} here${hint.packages.length > 3 ? ` and ${hint.packages.length - 3} more` : ""}`;
    case "unproven-subkey":
      return `a subkey claims to belong to ${shortSigner(hint.signer)} but does not prove it`;
    case "both-signed":
      return `${shortSigner(hint.signer)} signed both files`;
  }
}
