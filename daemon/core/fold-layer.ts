import type { EventBody, FirstUse, Handover, Resolve, Sighting, Trust } from "./event.ts";
import type { Import, ImportRow } from "./event-import.ts";
import { handoverKeys } from "./handover-chain.ts";
import { artifactKey, currentState, type KnownArtifact, type Pin } from "./pin.ts";
import type { Draft } from "./pin-draft.ts";
import type { SignerId } from "./signer.ts";
import { parseStatement } from "./statement.ts";
import { asciiBytes } from "./statement-text.ts";
import { unixMs } from "./time.ts";
import { rule } from "./verdict.ts";

/**
 * The machine's files stand (rules.md, row 76): an event of the journal that would put others in the place of their
 * signers, or take back their bad news, is folded without that. Such events are older than the files, or were written
 * while they said something else.
 *
 * @returns the event as it counts here; `undefined` where nothing of it does.
 */
export function underLayer(draft: Draft, body: EventBody): EventBody | undefined {
  const { layer } = draft;
  if (layer === undefined) return body;
  if (body.kind === "trust") return withoutLoosening(layer.pin, body);
  // Files that only bring bad news say nothing of who may sign.
  return layer.pin.exists ? underSigners(draft, body) : body;
}

function underSigners(draft: Draft, body: EventBody): EventBody | undefined {
  switch (body.kind) {
    case "first-use":
      return isStranger(draft, body.key) ? noteBeside(draft, [body.key]) : underSigners(draft, asSighting(body));
    case "sighting": {
      const keys = body.keys.map(({ key }) => key);
      if (keys.length > 0 && keys.every((key) => isStranger(draft, key))) return noteBeside(draft, keys);
      noteDiffering(draft, body, keys);
      return body;
    }
    case "unsigned":
      // It passed while nobody was known to sign: as little a beginning as a stranger's signature.
      return rule(body.verdict).exit === 0 ? undefined : body;
    case "handover":
      return underStatements(draft, body);
    case "handover-contest":
      return draft.chain.links.some(({ sha256 }) => sha256 === body.against) ? body : undefined;
    case "resolve":
      return isAgainst(draft, body) ? undefined : body;
    case "import":
      return underPins(draft, body);
    default:
      return body;
  }
}

/** What was the first signature here is one of a signer whom the files name: seen, and given no role. */
function asSighting({ key, subkey, sigCreated, certSource, mode, ...seen }: FirstUse): Sighting {
  return { ...seen, kind: "sighting", keys: [{ key, subkey, sigCreated, hash: "", algo: "" }], verdict: "match" };
}

/** The user may trust others beside the machine's signers, and can't free whom the files distrust. */
function withoutLoosening({ signers }: Pin, body: Trust): Trust {
  const { replaces, ...rest } = body;
  const keepsReplaced = replaces !== undefined && signers.has(replaces);
  const keepsDistrust = signers.get(body.key)?.distrust !== undefined;
  return {
    ...rest,
    ...(replaces === undefined || keepsReplaced ? {} : { replaces }),
    ...(keepsDistrust ? { undoDistrust: undefined } : {}),
  };
}

/** Nobody of whom the files, a statement that follows them, or the user's own word has anything to say. */
function isStranger({ signers, chain }: Draft, key: SignerId): boolean {
  const isFormer = chain.links.some(({ statement }) => statement.removed.some(({ signer }) => signer === key));
  return !isFormer && !signers.has(key);
}

function noteBeside(draft: Draft, keys: readonly SignerId[]): undefined {
  if (draft.layer === undefined) return undefined;
  draft.layer = { ...draft.layer, beside: new Set([...draft.layer.beside, ...keys]) };
  return undefined;
}

/** Row 72: the files and this machine saw different bytes under one name, and both passed. */
function noteDiffering(draft: Draft, { artifact, signedDigest }: Sighting, signers: readonly SignerId[]): void {
  const key = artifactKey(artifact);
  const there = draft.layer?.pin.artifacts.get(key);
  if (draft.layer === undefined || there === undefined) return;
  const { name, version, sha256 } = artifact;
  if (there.sha256 === sha256 || (there.signedDigest !== undefined && there.signedDigest === signedDigest)) return;
  const here: KnownArtifact = {
    name,
    version,
    sha256,
    signedDigest: signedDigest === sha256 ? undefined : signedDigest,
    firstSeen: draft.latest ?? unixMs(0),
    signers,
    imported: undefined,
  };
  draft.layer = { ...draft.layer, differing: new Map([...draft.layer.differing, [key, here]]) };
}

/** A statement counts where it leads on from what the files say; its signatures were verified when it was recorded. */
function underStatements(draft: Draft, body: Handover): Handover | undefined {
  const { links } = draft.chain;
  if (links.some(({ sha256 }) => sha256 === body.statement.sha256)) return undefined;
  const parsed = parseStatement(asciiBytes(body.statement.text));
  if (!parsed.ok) return undefined;
  const { previous, keys } = parsed.value;
  const head = links.at(-1)?.sha256;
  const leadsOn = head === undefined ? isSignedByQuorum(draft, body) : previous === head;
  if (leadsOn || (body.rewind === true && !isOfLayer(draft, previous))) return body;
  return noteBeside(
    draft,
    keys.map(({ signer }) => signer).filter((signer) => isStranger(draft, signer)),
  );
}

/** A pin without a chain joins one at a statement that its own quorum signed (rules.md, rows 45 and 62). */
function isSignedByQuorum(draft: Draft, { statement }: Handover): boolean {
  const state = currentState(draft);
  const speakers = new Set(handoverKeys(state));
  return statement.signers.filter((signer) => speakers.has(signer)).length >= state.threshold.handover;
}

/** A statement of the files stands at this place. */
function isOfLayer({ layer }: Draft, previous: Handover["statement"]["sha256"] | undefined): boolean {
  return layer?.pin.chain.links.some(({ statement }) => statement.previous === previous) === true;
}

/** A choice against what the files say. */
function isAgainst(draft: Draft, body: Resolve): boolean {
  if (body.keep === "theirs") return true;
  const chosen = draft.chain.competitors.find(({ link }) => link.sha256 === body.keep);
  return chosen !== undefined && isOfLayer(draft, chosen.link.statement.previous);
}

/** Of a colleague's file, history and bad news count; whoever it pins beside the machine's signers does not. */
function underPins(draft: Draft, body: Import): Import {
  const isBeside = ({ key, effect }: ImportRow): boolean => effect === "taken" && isStranger(draft, key);
  const beside = body.rows.filter(isBeside);
  if (beside.length > 0)
    noteBeside(
      draft,
      beside.map(({ key }) => key),
    );
  const { here, ...rest } = body;
  return { ...rest, rows: body.rows.filter((row) => !isBeside(row)), ...(here === undefined ? {} : { here: [] }) };
}
