import type { Brand } from "./brand.ts";
import { type Fingerprint, parseFingerprint } from "./fingerprint.ts";
import { err, ok, type Result } from "./result.ts";

/**
 * The identity a pin holds: `openpgp:` + primary fingerprint, `ssh:SHA256:` + 43 base64 characters, `minisign:` + key
 * ID, or `sigstore:` + issuer, repository and workflow. Never a subkey, never an OpenPGP key ID.
 */
export type SignerId = Brand<string, "SignerId">;

export type SignerError = {
  readonly code: "no-kind" | "unknown-kind" | "bad-fingerprint" | "bad-value";
  readonly text: string;
};

const MAX_SIGNER = 1024;
/** Most signers as they are stored. */
const PLAIN = /^openpgp:(?:[0-9A-F]{40}|[0-9A-F]{64})$/;
const SSH = /^SHA256:[A-Za-z0-9+/]{43}$/;
const MINISIGN = /^[0-9A-F]{16}$/;
const SIGSTORE = /^[A-Za-z0-9%._~:/@+-]+,[A-Za-z0-9%._~:/@+-]+,[A-Za-z0-9%._~:/@+-]+$/;

/**
 * Reads a signer as `known_keys.md` and handover statements write it. Fingerprints are taken in any case.
 *
 * @returns the canonical signer, or why the text names none.
 */
export function parseSigner(text: string): Result<SignerId, SignerError> {
  if (PLAIN.test(text)) return ok(text as SignerId);
  if (text.length > MAX_SIGNER) return err({ code: "bad-value", text: text.slice(0, 60) });
  const colon = text.indexOf(":");
  if (colon < 1) return err({ code: "no-kind", text: text.slice(0, 60) });
  const kind = text.slice(0, colon);
  const value = text.slice(colon + 1);
  switch (kind) {
    case "openpgp": {
      const fingerprint = value.includes(" ") ? err(undefined) : parseFingerprint(value);
      return fingerprint.ok
        ? ok(openpgpSigner(fingerprint.value))
        : err({ code: "bad-fingerprint", text: value.slice(0, 80) });
    }
    case "ssh":
      return SSH.test(value) ? ok(text as SignerId) : err({ code: "bad-value", text: value.slice(0, 80) });
    case "minisign":
      return MINISIGN.test(value.toUpperCase())
        ? ok(`minisign:${value.toUpperCase()}` as SignerId)
        : err({ code: "bad-value", text: value.slice(0, 80) });
    case "sigstore":
      return SIGSTORE.test(value) ? ok(text as SignerId) : err({ code: "bad-value", text: value.slice(0, 80) });
    default:
      return err({ code: "unknown-kind", text: kind.slice(0, 60) });
  }
}

/** @returns the signer whose certificate has this primary fingerprint. */
export function openpgpSigner(primary: Fingerprint): SignerId {
  return `openpgp:${primary}` as SignerId;
}

/** @returns the primary fingerprint of an OpenPGP signer; `undefined` for every other kind. */
export function fingerprintOf(signer: SignerId): Fingerprint | undefined {
  // A SignerId of this kind was made from a Fingerprint, by the two functions above.
  return signer.startsWith("openpgp:") ? (signer.slice("openpgp:".length) as Fingerprint) : undefined;
}
