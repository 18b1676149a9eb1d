import type {
  Event,
  EventBody,
  FirstUse,
  Handover,
  HandoverContest,
  Refusal,
  Resolve,
  SignedStatement,
  Trust,
  Unsigned,
} from "./event.ts";
import { plural, shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import type { StoryEntry } from "./story.ts";
import { tellImport, tellPinFile } from "./story-import.ts";
import {
  authorText,
  because,
  certificateText,
  headOf,
  releaseName,
  requirementText,
  signersText,
  sourceText,
} from "./story-words.ts";
import { formatDate } from "./time.ts";
import type { WitnessVoice } from "./witness.ts";
import { witnessText } from "./witness-words.ts";

type Told = Pick<StoryEntry, "head" | "sentence" | "notes">;

/** @returns what one event says; `rest` are those told with it. */
export function tellEvent(body: EventBody, rest: readonly Event[]): Told {
  switch (body.kind) {
    case "first-use":
      return tellFirstUse(body, rest);
    case "sighting":
      return {
        head: "releases",
        sentence: `${releaseName(body.artifact)} by ${signersText(body.keys.map(({ key }) => key))}`,
        notes: [],
      };
    case "refusal":
      return tellRefusal(body, rest);
    case "unsigned":
      return tellUnsigned(body);
    case "trust":
      return tellTrust(body);
    case "confirm":
      return {
        head: "confirmed",
        sentence: `${shortSigner(body.key)} was compared by you`,
        notes: [because(body.method)],
      };
    case "distrust":
      return {
        head: "distrusted",
        sentence: `${shortSigner(body.key)} never passes ${body.scope === "*" ? "on this machine" : "here"}`,
        notes: [because(body.reason)],
      };
    case "retire":
      return {
        head: "retired",
        sentence: `${shortSigner(body.key)} signs no more since ${formatDate(body.cutoff)} (${body.reason})`,
        notes: [{ label: "said by", text: authorText(body.by) }],
      };
    case "revoke":
      return {
        head: "revoked",
        sentence: `${shortSigner(body.key)} is revoked${body.hard ? " as compromised" : ""}`,
        notes: [{ label: "said by", text: authorText(body.by) }],
      };
    case "certificate":
      return {
        head: "certificate",
        sentence: `a newer copy of ${shortSigner(body.key)} with ${plural(body.subkeys.length, "signing subkey")}`,
        notes: [],
      };
    case "require":
      return { head: "policy", sentence: requirementText(body.requirement).join("; "), notes: [because(body.reason)] };
    case "handover":
      return tellHandover(body);
    case "handover-active":
      return {
        head: "handover",
        sentence: `statement ${body.sha256.slice(0, 8)}… takes effect`,
        notes: body.reason === undefined ? [] : [because(body.reason)],
      };
    case "handover-contest":
      return { head: "contested", sentence: contestText(body), notes: statementNotes(body.statement) };
    case "fetch":
      return {
        head: "asked",
        sentence: "where statements are published, while one is pending",
        notes: body.places.map((place) => ({ label: "at", text: place })),
      };
    case "handover-refused":
      return {
        head: "refused",
        sentence: `statement ${body.sha256.slice(0, 8)}…: ${body.detail}`,
        notes: [{ label: "from", text: body.place }],
      };
    case "resolve":
      return { head: "resolved", sentence: resolvedText(body), notes: [because(body.reason)] };
    case "import":
      return tellImport(body);
    case "pin-file":
      return tellPinFile(body);
    case "forget":
      return { head: "forgotten", sentence: "the pin was forgotten; its history stays", notes: [because(body.reason)] };
  }
}

function tellFirstUse(body: FirstUse, rest: readonly Event[]): Told {
  const signers = [body.key, ...rest.flatMap((event) => (event.body.kind === "first-use" ? [event.body.key] : []))];
  return {
    head: "first use",
    sentence: `${signers.map(shortSigner).join(" and ")} signed ${releaseName(body.artifact)}`,
    notes: [
      { label: "by", text: sourceText(body.source) },
      { label: "certificate", text: `from ${certificateText(body.certSource)}` },
      ...witnessNotes(body.witnesses, "first-use"),
    ],
  };
}

function resolvedText({ keep, import: file }: Resolve): string {
  if (file !== undefined) return keep === "theirs" ? "the pin file's signers hold" : "the signers pinned here stay";
  return keep === "mine" ? "the branch in force here stays" : `statement ${keep.slice(0, 8)}… holds`;
}

function tellRefusal(body: Refusal, rest: readonly Event[]): Told {
  const signers = [...new Set(body.keys.map(({ key }) => key))];
  const who = signers.length === 0 ? "" : ` by ${signersText(signers)}`;
  const last = rest.at(-1)?.body;
  const times =
    rest.length === 0
      ? ""
      : `, ${rest.length + 1} times, last by ${sourceText(last?.kind === "refusal" ? last.source : body.source)}`;
  return {
    head: headOf(body.verdict),
    sentence: `${releaseName(body.artifact)}${who}: ${body.verdict.replaceAll("-", " ")}${times}`,
    notes: witnessNotes(body.witnesses, body.verdict === "unexpected-signer" ? "alarm" : "first-use"),
  };
}

function witnessNotes(
  voices: readonly WitnessVoice[] | undefined,
  about: Parameters<typeof witnessText>[1],
): StoryEntry["notes"] {
  const text = witnessText(voices ?? [], about);
  return text === undefined ? [] : [{ label: "witnesses", text }];
}

function tellUnsigned(body: Unsigned): Told {
  const passed = body.verdict === "unsigned" || body.verdict === "unsigned-expected";
  const what = `${releaseName(body.artifact)} carried no signature`;
  return passed
    ? { head: "unsigned", sentence: what, notes: [] }
    : { head: headOf(body.verdict), sentence: what, notes: [] };
}

function tellTrust(body: Trust): Told {
  const who = shortSigner(body.key);
  const until = body.until === undefined ? "" : ` until ${formatDate(body.until)}`;
  const replaces = body.replaces === undefined ? "" : `, in place of ${shortSigner(body.replaces)}`;
  const what =
    body.scope === "artifact"
      ? `only ${body.artifact === undefined ? "one file" : releaseName(body.artifact)} by ${who} passes`
      : `${who} may sign releases${until}${replaces}`;
  const tty = body.claimed?.tty;
  return {
    head: "trusted",
    sentence: what,
    notes: [because(body.reason), ...(tty === undefined ? [] : [{ label: "by", text: `you, at ${tty}` }])],
  };
}

function tellHandover(body: Handover): Told {
  const parsed = parseStatement(asciiBytes(body.statement.text));
  const who = signersText(body.statement.signers);
  if (!parsed.ok) return { head: "handover", sentence: `a statement by ${who}`, notes: statementNotes(body.statement) };
  const { seq, keys, recovery, removed, threshold, reason } = parsed.value;
  const list = (label: string, signers: readonly SignerId[]): StoryEntry["notes"] =>
    signers.length === 0 ? [] : [{ label, text: signersText(signers) }];
  const gone = removed.map(({ signer, reason: why }) => `${shortSigner(signer)} (${why})`);
  const pending = body.state === "pending" ? ", not in force yet" : "";
  const how = body.via === "recovery" ? " by recovery" : "";
  return {
    head: "handover",
    sentence: `statement ${seq}${how}, signed by ${who}${pending}`,
    notes: [
      ...list(
        "signers",
        keys.map(({ signer }) => signer),
      ),
      ...list("recovery", recovery),
      ...(gone.length === 0 ? [] : [{ label: "removed", text: gone.join(", ") }]),
      { label: "thresholds", text: `${threshold.release} must sign a release, ${threshold.handover} a handover` },
      { label: "note", text: `"${reason}"` },
      ...statementNotes(body.statement),
      ...(body.rewind === true ? [{ label: "undone", text: "the branch that began at the same place" }] : []),
    ],
  };
}

function statementNotes({ sha256, place }: SignedStatement): StoryEntry["notes"] {
  return [{ label: "statement", text: `sha256 ${sha256.slice(0, 16)}… from ${place}, checked here` }];
}

function contestText({ rule: why, statement }: HandoverContest): string {
  const who = signersText(statement.signers);
  switch (why) {
    case "fork":
      return `${who} signed a second statement at a place that is taken; only signers named by both pass`;
    case "spent":
      return `${who} signed a second statement at a place that is taken, with keys that were removed since; ours stays`;
    case "recovery":
      return `${who} signed a statement while a recovery is pending; the recovery goes on`;
  }
}
