import { basename, join } from "node:path";
import { parseArtifactFileName } from "../core/artifact-name.ts";
import { stateAfter } from "../core/handover-chain.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import type { Sha256 } from "../core/sha256.ts";
import { formatStatement, parseStatement } from "../core/statement.ts";
import { readLocation, readReason, readTime, type Vouch } from "../core/statement-value.ts";
import { UsageError } from "../core/tofu-error.ts";
import { type Answer, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { HandoverMakeRequest } from "../protocol/handover-requests.ts";
import { digestFile } from "./digest-file.ts";
import { resolvePackage } from "./names.ts";
import { recordedLine } from "./recorded.ts";
import { readBase, type StatementBase } from "./statement-base.ts";
import { type Changes, changesNothing, readChanges } from "./statement-changes.ts";
import { scriptName, statementName } from "./statement-commands.ts";
import { assertFree, readIfThere, writeWhole } from "./statement-files.ts";
import { concerns, findKeys, isSilent, type KeysAtHand, keysFileText } from "./statement-keys.ts";
import { type NextStatement, nextStatement, type Terms } from "./statement-next.ts";
import { planText } from "./statement-plan.ts";
import { signingScript } from "./statement-script.ts";
import { assertFollowable, digestOf, type Signing, whoMustSign } from "./statement-signers.ts";
import { changeLines, signingText } from "./statement-words.ts";
import type { TofuWorld } from "./world.ts";

/** Certificates of the keys that a statement names, beside it (rules.md, section 4.4). */
const KEYS_FILE = "TOFU-KEYS";
const REASON = /^[\x20-\x7e]+$/;

/** A statement that users could follow, once those asked have signed it. */
interface Made extends NextStatement {
  readonly base: StatementBase;
  readonly bytes: Uint8Array;
  readonly sha256: Sha256;
  readonly signing: Signing;
  readonly keys: KeysAtHand;
}

/**
 * `tofu handover make`: writes the next statement of a package, a script for co-signers who have only gpg, and the
 * certificates that users will need; says who must sign and with which command. Nothing is recorded: the publisher's own
 * machine follows the statement like everybody else's.
 *
 * @returns the exit code, 0.
 * @throws UsageError for a statement that no user could follow; then nothing is written.
 */
export async function handoverMake(
  world: TofuWorld,
  request: HandoverMakeRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const base = await readBase(world, name, request);
  const changes = readChanges(request);
  if (request.plan) {
    tell({ schemaVersion: SCHEMA_VERSION, type: "text", text: await plan(world, request, base, changes) });
    return 0;
  }
  const terms = await readTerms(world, request, readReasonText(request.reason));
  assertChange(base, changes, request);
  const made = await draft(world, request, base, nextStatement(base, changes, terms));
  for (const answer of await writeFiles(request.output, made)) tell(answer);
  tell({ schemaVersion: SCHEMA_VERSION, type: "text", text: signingText({ ...made, folder: request.output }) });
  tell(recordedLine("handover make", { ...summary(made), package: name }, world));
  return 0;
}

/** @returns a statement, checked as users will check it. Shared with the letter that asks upstream for one. */
export async function draft(
  world: TofuWorld,
  request: Pick<HandoverMakeRequest, "keys" | "gnupgHome">,
  base: StatementBase,
  next: NextStatement,
): Promise<Made> {
  const bytes = formatStatement(next.statement);
  const parsed = parseStatement(bytes);
  if (!parsed.ok) throw new UsageError(`this can't be said in a statement: ${escapeText(parsed.error.what)}`);
  const after = stateAfter(parsed.value);
  const keys = await findKeys(world, request, [
    ...[base.before, after].flatMap(({ keys: listed, recovery }) => [...listed.keys(), ...recovery]),
  ]);
  const silent = new Set(keys.all.filter(isSilent).map(({ signer }) => signer));
  const signing = whoMustSign(base, parsed.value, silent);
  assertFollowable(base, parsed.value, bytes, signing);
  const asked = signing.signers.flatMap(({ signer }) => keys.of(signer) ?? []);
  const kept = [...after.keys.keys(), ...after.recovery].filter((signer) => silent.has(signer));
  const notes = [
    ...base.notes,
    ...next.notes,
    ...asked.flatMap((key) => concerns(key, base.now)),
    ...kept.map(
      (signer) => `${shortSigner(signer)} stays listed, but is revoked or weak and counts nowhere; remove it`,
    ),
  ];
  return { base, statement: parsed.value, notes, bytes, sha256: digestOf(bytes), signing, keys };
}

async function plan(
  world: TofuWorld,
  request: HandoverMakeRequest,
  base: StatementBase,
  changes: Changes,
): Promise<string> {
  const isNothing = changesNothing(changes);
  if (isNothing && base.before.keys.size === 0)
    throw new UsageError(
      `nothing is known of ${shortName(base.package)} here to plan for`,
      "--add FPR, or --from its statements",
    );
  const keeps = isNothing && request.handoverThreshold === undefined && request.releaseThreshold === undefined;
  // A first statement would say what the pin only implies: the plan tells of what is.
  const state = keeps
    ? base.before
    : stateAfter(nextStatement(base, changes, await readTerms(world, request, "plan")).statement);
  const keys = await findKeys(world, request, [...state.keys.keys(), ...state.recovery]);
  return planText(base, state, keys);
}

async function writeFiles(folder: string, made: Made): Promise<readonly Answer[]> {
  const { statement, bytes, sha256, signing, keys } = made;
  const name = statementName(statement.seq);
  await assertFree(join(folder, name), bytes);
  const signers = signing.signers.map(({ signer }) => signer);
  const written = [
    await writeWhole({ folder, name }, Buffer.from(bytes).toString("latin1")),
    await writeWhole(
      { folder, name: scriptName(statement.seq), mode: 0o755 },
      signingScript(statement, sha256, signers),
    ),
  ];
  if (keys.all.length === 0) return written;
  const present = await readIfThere(join(folder, KEYS_FILE));
  return [...written, await writeWhole({ folder, name: KEYS_FILE }, await keysFileText(present, keys.all))];
}

function summary({ base, statement, signing, keys, notes }: Made): {
  readonly class: "ok";
  readonly exit: 0;
  readonly sentence: string;
  readonly details: readonly string[];
} {
  const missing = signing.signers.filter(
    ({ signer }) => signer.startsWith("openpgp:") && keys.of(signer) === undefined,
  );
  const details = [
    ...changeLines(base, statement),
    ...notes,
    ...(signing.byRecovery ? ["signed by a recovery key alone, it takes effect after 7 days"] : []),
    ...missing.map(
      ({ signer }) => `the certificate of ${shortSigner(signer)} is not at hand; users need it in ${KEYS_FILE}`,
    ),
  ];
  const must = signing.signers.filter((each) => each.must).length;
  const others = signing.signers.length - must;
  const who =
    others === 0
      ? `${plural(must, "key")} must sign`
      : `${must === 0 ? "some" : `${must} and some others`} of ${plural(signing.signers.length, "key")} must sign`;
  const sentence = `${shortName(base.package)}: statement ${statement.seq} is written; ${who} before anybody follows it`;
  return { class: "ok", exit: 0, sentence, details };
}

/** What a user reads when the keys change: a sentence that tofu made up would say nothing. */
function readReasonText(text: string | undefined): string {
  const reason = text?.trim() ?? "";
  if (reason === "") throw new UsageError("a statement needs a reason, which its users read", "--reason TEXT");
  if (!REASON.test(reason)) throw new UsageError("the reason must be plain ASCII: users' terminals and mails show it");
  if (readReason(reason) === undefined) throw new UsageError("the reason is longer than 200 characters");
  return reason;
}

async function readTerms(world: TofuWorld, request: HandoverMakeRequest, reason: string): Promise<Terms> {
  const alsoFor: PackageName[] = [];
  for (const text of request.alsoFor) alsoFor.push(await resolvePackage(world, text));
  const vouches: Vouch[] = [];
  for (const path of request.vouch) vouches.push(await vouchFor(path));
  return {
    releaseThreshold: request.releaseThreshold,
    handoverThreshold: request.handoverThreshold,
    vouches,
    locations: request.location.map((text) => wanted(readLocation(text), `"${escapeText(text)}" is no https address`)),
    alsoFor,
    notBefore:
      request.notBefore === undefined
        ? undefined
        : wanted(readTime(request.notBefore), "--not-before takes a date such as 2027-01-31"),
    reason,
  };
}

async function vouchFor(path: string): Promise<Vouch> {
  const fileName = parseArtifactFileName(basename(path));
  if (!fileName.ok) throw new UsageError(`${escapeText(path)} is no name that a statement can vouch for`);
  return { sha256: await digestFile(path), fileName: fileName.value };
}

function wanted<T>(value: T | undefined, sentence: string): T {
  if (value === undefined) throw new UsageError(sentence);
  return value;
}

/** A first statement says something even where nothing changes; a later one would only cost signatures. */
function assertChange(
  { head, before, package: name }: StatementBase,
  changes: Changes,
  request: HandoverMakeRequest,
): void {
  const { vouch, location, alsoFor, releaseThreshold, handoverThreshold } = request;
  if (!changesNothing(changes)) return;
  if (head === undefined) {
    if (before.keys.size > 0) return;
    throw new UsageError(
      `nothing is known of ${shortName(name)} here, so say who its signers are`,
      "--add FPR, or --from its statements",
    );
  }
  const others = [...vouch, ...location, ...alsoFor, releaseThreshold, handoverThreshold];
  if (others.every((value) => value === undefined))
    throw new UsageError("this statement would change nothing", "tofu handover make --help");
}
