import { addedBy, stateAfter } from "../core/handover-chain.ts";
import { escapeText } from "../core/printable.ts";
import { shortSigner } from "../core/sentence.ts";
import type { Sha256 } from "../core/sha256.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { Statement } from "../core/statement.ts";
import type { StatementBase } from "./statement-base.ts";
import { BUNDLE_COMMAND, scriptName, signFlagRecipe, signingCommands, statementName } from "./statement-commands.ts";
import type { KeysAtHand } from "./statement-keys.ts";
import { type AskedSigner, quorumWords, type Signing } from "./statement-signers.ts";

/** @returns what a statement changes, a sentence each. */
export function changeLines({ before, head }: StatementBase, statement: Statement): readonly string[] {
  const after = stateAfter(statement);
  const added = new Set(addedBy(before, after));
  const isFirst = head === undefined;
  const changed = statement.keys.filter(
    ({ signer, roles }) => isFirst || added.has(signer) || words(roles) !== words(before.keys.get(signer)),
  );
  const verb = (signer: SignerId): string => {
    if (added.has(signer)) return "adds";
    return isFirst ? "lists" : "changes the roles of";
  };
  const dropped = [...before.recovery].filter(
    (signer) =>
      !after.recovery.has(signer) &&
      !after.keys.has(signer) &&
      !statement.removed.some((gone) => gone.signer === signer),
  );
  const { handover, release } = statement.threshold;
  return [
    ...changed.map(({ signer, roles }) => `${verb(signer)} ${shortSigner(signer)}: ${words(roles)}`),
    ...statement.removed.map(({ signer, reason }) => `removes ${shortSigner(signer)}: ${reason}`),
    ...statement.recovery
      .filter((signer) => isFirst || added.has(signer))
      .map((signer) => `names recovery key ${shortSigner(signer)}`),
    ...dropped.map((signer) => `drops recovery key ${shortSigner(signer)}`),
    ...statement.vouches.map(({ fileName }) => `vouches for ${fileName}`),
    `${release} must sign a release from then on, ${handover} a handover`,
  ];
}

/** A statement as it is handed round. */
export interface Handed {
  readonly base: StatementBase;
  readonly statement: Statement;
  readonly sha256: Sha256;
  readonly signing: Signing;
  readonly keys: KeysAtHand;
  readonly folder: string;
}

/** @returns who must sign and why, the exact command of each, and what to publish; to be read and copied from. */
export function signingText({ base, statement, sha256, signing, keys, folder }: Handed): string {
  const name = statementName(statement.seq);
  return [
    `${name} says who signs ${base.package}. Agree on its sha256 with everybody who signs:`,
    sha256,
    "",
    "Who must sign",
    ...signing.quorums.map((quorum) => `  ${quorumWords(quorum)}: ${quorum.of.map(shortSigner).join(", ")}`),
    "",
    `How, in the folder ${escapeText(folder)}`,
    ...signing.signers.flatMap((asked) => signerLines(statement, asked, keys)),
    "",
    "When every signature lies there",
    `  ${BUNDLE_COMMAND}`,
    `  tofu handover check TOFU-HANDOVERS --package ${base.package}`,
    "Then keep the folder in the source repository as tofu-handovers, and put TOFU-HANDOVERS and TOFU-KEYS beside",
    "each release.",
    "",
  ].join("\n");
}

/** @returns the commands of one signer, the plainest first. */
export function signerLines(
  { seq }: Pick<Statement, "seq">,
  { signer, must }: AskedSigner,
  keys: KeysAtHand,
): readonly string[] {
  const name = statementName(seq);
  const key = keys.of(signer);
  const commands = signingCommands(name, signer)
    // sq can't be told to sign with the primary, so it serves only those who have no signing subkey.
    .filter(({ tool }) => tool !== "sq" || key?.shown.subkeys.every(({ signs }) => !signs) === true)
    .flatMap(({ lines }) => lines);
  const fingerprint = fingerprintOf(signer);
  const script = fingerprint === undefined ? [] : [`sh ${scriptName(seq)} ${fingerprint}`];
  const flag =
    key?.standing.kind === "not-for-signing" ? [`  first, since it may only certify: ${signFlagRecipe(signer)}`] : [];
  const [first, ...others] = [...commands, ...script];
  return [
    "",
    `  ${signer}${must ? "" : " (one of several that may)"}`,
    ...flag,
    ...(first === undefined ? ["  no tool known here signs with a key of this kind"] : [`    ${first}`]),
    ...others.map((line) => `    or: ${line}`),
  ];
}

function words(roles: ReadonlySet<string> | undefined): string {
  return ["release", "handover"].filter((role) => roles?.has(role) === true).join(" and ");
}
