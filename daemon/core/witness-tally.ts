import type { Finding } from "./findings.ts";
import type { Judgement } from "./judgement.ts";
import type { Question } from "./question.ts";
import type { SignerId } from "./signer.ts";
import { countWitnesses, type WitnessAnswer, type WitnessTally } from "./witness.ts";

/** @returns what the witnesses of a question come to, about whoever made the good signatures of its file. */
export function tallyOf(question: Question, findings: readonly Finding[]): WitnessTally {
  const signers = signersOf(findings);
  const { pin, source, now, witnesses } = question;
  const pinned = [...pin.signers.keys()].filter((signer) => !signers.includes(signer));
  const answers =
    witnesses === undefined ? [] : [...witnesses, ...earlierKeyring(question, signers), ...opinions(question, signers)];
  return countWitnesses(answers, { signers, pinned, servedBy: source.host, now });
}

/** @returns whether the answer hangs on who is right: a first use, or somebody who never signed here. */
export function hangsOnWitnesses({ verdict }: Judgement): boolean {
  return verdict === "first-use" || verdict === "first-use-undecided" || verdict === "unexpected-signer";
}

/** @returns how many witnesses vote for the signer of a finding. */
export function votesOf(tally: WitnessTally, { signature }: Finding): number {
  return signature.kind === "verified" ? (tally.votes.get(signature.signer) ?? 0) : 0;
}

/** @returns whether a first use that a chain leads to may go on, as far as policy and witnesses have a say in it. */
export function mayBegin(question: Question, findings: readonly Finding[]): boolean {
  const { firstUse } = question.policy;
  if (firstUse.kind === "decide" || firstUse.kind === "deny") return false;
  const tally = tallyOf(question, findings);
  const enough = firstUse.kind !== "witnesses" || [...tally.votes.values()].some((votes) => votes >= firstUse.count);
  return tally.contradicting === 0 && enough;
}

function signersOf(findings: readonly Finding[]): readonly SignerId[] {
  return [
    ...new Set(
      findings.flatMap(({ good, signature }) => (good && signature.kind === "verified" ? [signature.signer] : [])),
    ),
  ];
}

/** Row 9a: a keyring that came with an earlier release, verified here, is one witness where policy asks for any. */
function earlierKeyring({ pin, policy }: Question, signers: readonly SignerId[]): readonly WitnessAnswer[] {
  if (policy.firstUse.kind !== "witnesses") return [];
  const names = signers.filter((signer) => pin.listed.has(signer));
  const [first] = names;
  if (first === undefined) return [];
  return [
    {
      kind: "earlier-keyring",
      source: `keyring of ${pin.listed.get(first)?.version ?? "an earlier release"}`,
      controller: { kind: "own-journal" },
      names: names.map((signer) => ({ signer, by: "listing" })),
      against: [],
    },
  ];
}

/** Row 71: bad news from a file that nobody vouches for does not take effect, and is a witness against. */
function opinions({ pin }: Question, signers: readonly SignerId[]): readonly WitnessAnswer[] {
  return pin.opinions
    .filter(({ row }) => signers.includes(row.key))
    .map(({ row, label, signer }) => ({
      kind: "pin-file",
      source: label,
      controller: signer === undefined ? { kind: "unsigned-files" } : { kind: "file-signer", signer },
      names: [],
      against: [row.key],
    }));
}
