import { fingerprintOf, type SignerId } from "../core/signer.ts";

/** What marks a signature as made for a handover (rules.md, section 4.1). */
export const PURPOSE_NOTATION = "purpose@tofu.invalid=handover";
export const SSH_NAMESPACE = "handover@tofu.invalid";

/** One way to sign a statement, with what to know of it first. */
export interface SigningCommand {
  readonly tool: "gpg" | "sq" | "ssh-keygen";
  readonly lines: readonly string[];
}

/** @returns `0002.txt`, as the folder form has it (rules.md, section 4.1). */
export function statementName(seq: number): string {
  return `${String(seq).padStart(4, "0")}.txt`;
}

/** @returns the name of the script for co-signers who have only gpg. */
export function scriptName(seq: number): string {
  return `sign-${String(seq).padStart(4, "0")}.sh`;
}

/** @returns the file that this signer's signature goes to; readers take any `.asc` beside the statement. */
export function signatureName(statement: string, signer: SignerId): string {
  const fingerprint = fingerprintOf(signer);
  return `${statement}.${fingerprint ?? signer.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 40)}.asc`;
}

/** @returns the commands a signer may choose from, run in the statement's folder; none for a kind that signs by no tool known here. */
export function signingCommands(statement: string, signer: SignerId): readonly SigningCommand[] {
  const output = signatureName(statement, signer);
  const fingerprint = fingerprintOf(signer);
  if (fingerprint !== undefined)
    return [
      {
        tool: "gpg",
        // The ! makes gpg sign with the primary key itself; it would take a signing subkey otherwise.
        lines: [
          `gpg --armor --detach-sign --sig-notation ${PURPOSE_NOTATION} -u '${fingerprint}!' -o ${output} ${statement}`,
        ],
      },
      {
        tool: "sq",
        lines: [
          `sq sign --signer=${fingerprint} --signature-notation ${PURPOSE_NOTATION.replace("=", " ")} --signature-file=${output} ${statement}`,
        ],
      },
    ];
  if (!signer.startsWith("ssh:")) return [];
  return [
    { tool: "ssh-keygen", lines: [`ssh-keygen -Y sign -n ${SSH_NAMESPACE} -f KEYFILE < ${statement} > ${output}`] },
  ];
}

/** @returns how a primary key that may only certify gets the right to sign; its new self-signature travels in TOFU-KEYS. */
export function signFlagRecipe(signer: SignerId): string {
  return `gpg --edit-key ${fingerprintOf(signer) ?? signer}   (then: change-usage, S, Q, save), and export it anew`;
}

/** How the signed statements of a folder become the one file that lies beside a release. */
export const BUNDLE_COMMAND = 'for s in [0-9]*.txt; do cat "$s" "$s".*.asc; done > TOFU-HANDOVERS';
