import type { Certificate } from "../certificates/certificate.ts";
import { describeCertificate, type ShownCertificate } from "../certificates/facts.ts";
import { walkKeyring } from "../certificates/keyring-walk.ts";
import { mergeCopies } from "../certificates/merge.ts";
import { fingerprintOf, type SignerId } from "../core/signer.ts";
import type { UnixMs } from "../core/time.ts";
import type { Journal } from "../journal/journal.ts";

/** @returns what the journal's copy of a signer's certificate says; `undefined` where it has none. */
export async function showStored(
  journal: Journal,
  signer: SignerId,
  now: UnixMs,
): Promise<ShownCertificate | undefined> {
  const certificate = await readStored(journal, signer);
  return certificate === undefined ? undefined : describeCertificate(certificate, now);
}

async function readStored(journal: Journal, signer: SignerId): Promise<Certificate | undefined> {
  const primary = fingerprintOf(signer);
  const bytes = primary === undefined ? undefined : await journal.certificate(primary);
  const [copy] = bytes === undefined ? [] : walkKeyring(bytes).certificates;
  return copy === undefined ? undefined : await mergeCopies([copy]);
}
