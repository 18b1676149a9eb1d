import { findCertificates } from "../certificates/certificate-file.ts";
import { claimsOf } from "../certificates/claims.ts";
import type { RawCertificate } from "../certificates/keyring-walk.ts";
import { mergeCopies } from "../certificates/merge.ts";
import type { NamedSigner } from "../core/witness.ts";
import { type Address, isAddressOf } from "./address.ts";
import { type Said, silent } from "./witness.ts";

/** Certificates of one answer that are looked at; a server or keyring that has more is asked for too much. */
const MAX_CERTIFICATES = 64;

/**
 * @param addresses - where given, only keys count whose own User ID has one of these; a server can add what it likes.
 * @returns whom the certificates of a file name. One that its owner revoked as stolen speaks against its signer.
 */
export async function namedKeys(
  bytes: Uint8Array,
  { by, addresses }: { readonly by: NamedSigner["by"]; readonly addresses?: readonly Address[] },
): Promise<Said> {
  return await namedCertificates(findCertificates(bytes).certificates, { by, addresses });
}

/** As {@link namedKeys}, of certificates that were found already. */
export async function namedCertificates(
  found: readonly RawCertificate[],
  { by, addresses }: { readonly by: NamedSigner["by"]; readonly addresses?: readonly Address[] | undefined },
): Promise<Said> {
  const names: NamedSigner[] = [];
  const against: NonNullable<Said["against"]>[number][] = [];
  for (const raw of found.slice(0, MAX_CERTIFICATES)) {
    const certificate = await mergeCopies([raw]);
    if (certificate === undefined) continue;
    const claims = claimsOf(certificate);
    const isMeant = addresses?.some((address) => claims.some((claim) => isAddressOf(claim, address))) ?? true;
    if (certificate.revocations.some(({ hard }) => hard)) against.push(certificate.signer);
    else if (isMeant && certificate.revocations.length === 0) names.push({ signer: certificate.signer, by });
  }
  return names.length + against.length === 0 ? silent("no-key") : { names, against };
}
