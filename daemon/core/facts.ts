import type { Case } from "./case.ts";
import type { Artifact } from "./evidence.ts";
import { addedBy } from "./handover-chain.ts";
import { differingHearsay } from "./history.ts";
import type { Fact } from "./judgement.ts";
import type { ImportConflict } from "./pin.ts";
import type { Question } from "./question.ts";
import { plural, shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import { formatDate } from "./time.ts";

/** @returns what else an answer rests on, for the indented lines under it. */
export function factsOf({ question, outcome, replaced }: Case): readonly Fact[] {
  const { pin, evidence } = question;
  const { artifact, signatureFile } = evidence;
  switch (outcome.ruling.verdict) {
    case "unsigned-downgrade": {
      const last = [...pin.signers.values()]
        .filter((signer) => signer.lastSeen !== undefined)
        .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0))[0];
      const newest = [...(last?.releases ?? [])].at(-1);
      return [
        ...(last?.lastSeen === undefined
          ? []
          : [{ label: "last", text: `${newest ?? ""}, ${formatDate(last.lastSeen)}, by ${shortSigner(last.signer)}` }]),
        ...(signatureFile.kind === "absent"
          ? [{ label: "looked for", text: `${signatureFile.lookedFor.join(" ")} beside the file` }]
          : []),
      ];
    }
    case "artifact-changed":
      return [
        { label: "before", text: `sha256 ${replaced?.sha256 ?? ""}` },
        ...(replaced?.imported === undefined ? [] : [{ label: "seen by", text: replaced.imported.label }]),
        { label: "now", text: `sha256 ${artifact.sha256}` },
      ];
    case "first-use":
      return [
        ...(pin.forgottenAt === undefined
          ? []
          : [
              { label: "before", text: `there was a pin until you had it forgotten on ${formatDate(pin.forgottenAt)}` },
            ]),
        ...throughManifest(artifact),
      ];
    case "certificate-unavailable":
      return [{ label: "asked", text: evidence.asked.join(", ") }];
    case "match-handover":
      return movedFacts(question);
    case "unreadable-signature":
      return signatureFile.kind === "unreadable" ? [{ label: "found", text: signatureFile.detail }] : [];
    case "hash-differs-from-import":
      return [
        { label: "listed", text: `sha256 ${differingHearsay(question)?.sha256 ?? ""}` },
        { label: "now", text: `sha256 ${artifact.sha256}` },
      ];
    case "import-conflict":
      return conflictFacts(pin.importConflict);
    case "unsigned":
    case "unsigned-older":
    case "first-use-denied":
    case "retired-signer-unseen":
    case "renamed":
      return [{ label: "sha256", text: artifact.sha256 }];
    default:
      return throughManifest(artifact);
  }
}

/** Row 69: who signs by this machine, and who by the file. */
function conflictFacts(conflict: ImportConflict | undefined): readonly Fact[] {
  const theirs = (conflict?.theirs ?? []).filter(({ state }) => state === "active").map(({ key }) => key);
  return [
    ...(conflict?.here ?? []).map((signer) => ({ label: "here", text: shortSigner(signer) })),
    ...theirs.map((signer) => ({ label: "there", text: shortSigner(signer) })),
  ];
}

/** Row 7: who said so, and what changed on the whole way from the state before to the one in force. */
function movedFacts({ moved, pin }: Question): readonly Fact[] {
  const [first, last] = [moved[0], moved.at(-1)];
  if (first === undefined || last === undefined) return [];
  const spoke = new Set(moved.flatMap(({ signers, before }) => signers.filter((signer) => before.keys.has(signer))));
  const added = addedBy(first.before, last.after);
  const removed = [...first.before.keys.keys()].filter((signer) => !last.after.keys.has(signer));
  return [
    ...[...spoke].map((signer) => ({ label: "by", text: `${shortSigner(signer)}${releasesOf(pin, signer)}` })),
    ...added.map((signer) => ({ label: "added", text: shortSigner(signer) })),
    ...removed.map((signer) => ({ label: "removed", text: shortSigner(signer) })),
  ];
}

function releasesOf(pin: Question["pin"], signer: SignerId): string {
  const releases = pin.signers.get(signer)?.releases.size ?? 0;
  return releases === 0 ? "" : `, signer of ${plural(releases, "release")}`;
}

function throughManifest({ manifest }: Artifact): readonly Fact[] {
  return manifest === undefined
    ? []
    : [{ label: "through", text: `${manifest.fileName}, whose signature names this file` }];
}
