import type { Case } from "./case.ts";

/** @returns what a first use comes to. */
export function firstUseClause({ question, outcome }: Case): string {
  const many = outcome.counted.length > 1;
  const verb = question.recording ? (many ? "are now" : "is now") : "would be";
  const what = many
    ? `first signatures seen; its ${outcome.counted.length} signers`
    : "first signature seen; its signer";
  return `${what} ${verb} remembered`;
}

/** @returns why a first use is for a person to decide. */
export function undecidedClause({ findings, question, witnesses }: Case): string {
  const good = findings.filter((finding) => finding.good).length;
  const { firstUse } = question.policy;
  if (witnesses.voices.some(({ says }) => says === "against"))
    return "new here, and a witness warns of its signer; ask the project before you trust it";
  if (witnesses.contradicting > 0)
    return "new here, and a witness names another signer; compare both before you trust one";
  switch (firstUse.kind) {
    case "accept":
      return `new here and signed by ${good} keys that came with it; say which signer counts`;
    case "witnesses": {
      const most = Math.max(0, ...witnesses.votes.values());
      return `new here; ${most} of the ${firstUse.count} witness${firstUse.count === 1 ? "" : "es"} that policy asks for ${most === 1 ? "names" : "name"} its signer`;
    }
    case "decide":
    case "deny":
      return "new here; compare its signer with a second source before you trust it";
  }
}
