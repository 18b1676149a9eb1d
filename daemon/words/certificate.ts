import { printable } from "../core/printable.ts";
import type { CertificateLine, SubkeyLine } from "../protocol/answer.ts";
import { evidence, paragraph } from "./layout.ts";
import { day, packageWord, sentence, wholeSigner } from "./outside.ts";
import type { Style } from "./style.ts";

/** @returns what a certificate says, and what is pinned to it here. */
export function renderCertificate(answer: CertificateLine, style: Style): readonly string[] {
  const { revoked } = answer;
  const pinned = answer.packages.length === 0 ? "nothing here" : answer.packages.map(packageWord).join(", ");
  return [
    ...paragraph(wholeSigner(answer.signer), style),
    ...answer.claims.flatMap((claim) => evidence("", `claims to be "${printable(claim)}"`, style)),
    ...evidence("made", `${day(answer.created)}, ${printable(answer.algorithm)}${expiry(answer.expires)}`, style),
    ...(revoked === undefined ? [] : evidence("revoked", revocation(revoked), style)),
    ...answer.subkeys.flatMap((subkey) => evidence("subkey", subkeyText(subkey), style)),
    ...evidence("pinned for", pinned, style),
    ...evidence("kept", answer.stored ? "in this journal" : "not in this journal", style),
  ];
}

/** Hard revocations reach back: what the key ever signed can't be told from what a thief signed. */
function revocation({
  at,
  reason,
  hard,
}: {
  readonly at: string;
  readonly reason: string;
  readonly hard: boolean;
}): string {
  return `on ${day(at)}: ${sentence(reason)}${hard ? "; earlier signatures count for nothing either" : ""}`;
}

function subkeyText({ fingerprint, created, expires, signs, revoked }: SubkeyLine): string {
  const use = signs ? "signs" : "does not sign";
  return `${wholeSigner(fingerprint)}, ${use}, made ${day(created)}${expiry(expires)}${revoked === true ? ", revoked" : ""}`;
}

function expiry(expires: string | undefined): string {
  return expires === undefined ? "" : `, until ${day(expires)}`;
}
