import { isSeedExpired } from "./layer-pin.ts";
import type { FirstUsePolicy, Policy } from "./policy.ts";
import { knownBytes, type Question } from "./question.ts";
import { decide, type Ruling, refuse, rule } from "./verdict.ts";
import { compareVersions, sameVersion } from "./version.ts";

/** @returns the answer for a file that carries no signature (rows 29 to 31). */
export function judgeUnsigned(question: Question): Ruling {
  const { pin, evidence, policy } = question;
  const { version } = evidence.artifact;
  if (knownBytes(question) !== undefined || pin.vouched.has(evidence.artifact.sha256)) return rule("unsigned-expected");
  if (version !== undefined && (pin.requirement.unsignedOk ?? []).some((allowed) => sameVersion(allowed, version)))
    return rule("unsigned-expected");
  if (isSeedExpired(pin)) return rule("first-use-denied");
  if (!pin.everSigned && !pin.exists) return neverSigned(policy);
  const isOlder =
    version !== undefined && pin.lowestSigned !== undefined && compareVersions(version, pin.lowestSigned) < 0;
  return rule(isOlder ? "unsigned-older" : "unsigned-downgrade");
}

/** Row 31: the stricter of the two policies. */
function neverSigned(policy: Policy): Ruling {
  const strictest = Math.max(unsignedRank(policy.unsigned), firstUseRank(policy.firstUse));
  if (strictest === 0) return rule("unsigned");
  return strictest === 1 ? decide("unsigned") : refuse("unsigned");
}

function unsignedRank(unsigned: Policy["unsigned"]): 0 | 1 | 2 {
  switch (unsigned) {
    case "notice":
      return 0;
    case "decide":
      return 1;
    case "deny":
      return 2;
  }
}

function firstUseRank(firstUse: FirstUsePolicy): 0 | 1 | 2 {
  switch (firstUse.kind) {
    case "accept":
      return 0;
    case "witnesses":
    case "decide":
      return 1;
    case "deny":
      return 2;
  }
}
