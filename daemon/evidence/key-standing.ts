import type { Certificate, SelfSignature, Subkey } from "../certificates/certificate.ts";
import type { Standing } from "../core/evidence.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { MINUTE_MS, type UnixMs, unixMs } from "../core/time.ts";

/** Clocks differ; a self-signature this far ahead of now is none from the future (rules.md, row 24). */
const CLOCK_TOLERANCE_MS = 10 * MINUTE_MS;

/** What a certificate says of a key at one instant. */
type AtInstant =
  | { readonly kind: "entitled"; readonly isWeak: boolean }
  | { readonly kind: "expired"; readonly at: UnixMs }
  | { readonly kind: "not-for-signing" }
  /** No self-signature, or no binding, that was made by then. */
  | { readonly kind: "silent" };

/** A key's state by the self-signatures in force at an instant. */
interface Validity {
  readonly expiresAt: UnixMs | undefined;
  readonly maySign: boolean;
  readonly isWeak: boolean;
}

/**
 * What the certificate says of a signing key at the time a signature claims. The order of questions agreed with gpgv on
 * 405 real releases (security.md, section 4): at that time; else, where the copies at hand had nothing to say yet or say
 * it was expired, at the times of their later self-signatures, since owners renew and exports keep only the newest; else
 * just before the expiry. Revocations are facts of their own and are not looked at here.
 */
export function standingAt(
  certificate: Certificate,
  signingKey: Fingerprint,
  claimed: { readonly createdAt: UnixMs; readonly now: UnixMs },
): Standing {
  const subkey = certificate.subkeys.find(({ key }) => key.fingerprint === signingKey);
  const key = subkey?.key ?? certificate.primary;
  if (claimed.createdAt < key.createdAt) return { kind: "older-than-key" };
  if (subkey !== undefined && usableBindings(subkey).length === 0) return { kind: "unproven" };
  let latestExpiry: UnixMs | undefined;
  for (const instant of instantsFrom(certificate, subkey, claimed)) {
    // A copy that says the key had expired is an answer; only one that is silent so far is asked about what is to come.
    if (latestExpiry !== undefined && instant > claimed.now + CLOCK_TOLERANCE_MS) break;
    const found = lookAt(certificate, subkey, instant);
    switch (found.kind) {
      case "entitled":
        return { kind: "entitled", selfSignatureNewer: instant !== claimed.createdAt, weakBinding: found.isWeak };
      case "not-for-signing":
        return { kind: "not-for-signing" };
      case "expired":
        latestExpiry = found.at;
        break;
      case "silent":
        break;
    }
  }
  return latestExpiry === undefined
    ? { kind: "no-self-signature" }
    : expiredStanding(certificate, subkey, latestExpiry);
}

/** Expiry of a signing key or its primary by the newest self-signatures, whichever comes first; may lie ahead. */
export function newestExpiry(
  certificate: Certificate,
  signingKey: Fingerprint,
  now: UnixMs,
): { readonly of: "primary" | "subkey"; readonly at: UnixMs } | undefined {
  const latest = unixMs(now + CLOCK_TOLERANCE_MS);
  const subkey = certificate.subkeys.find(({ key }) => key.fingerprint === signingKey);
  const primaryAt = primaryValidity(certificate, latest)?.expiresAt;
  const subkeyAt = subkey === undefined ? undefined : bindingValidity(subkey, latest)?.expiresAt;
  if (subkeyAt !== undefined && (primaryAt === undefined || subkeyAt < primaryAt))
    return { of: "subkey", at: subkeyAt };
  return primaryAt === undefined ? undefined : { of: "primary", at: primaryAt };
}

/** @returns bindings that say something of signing: proven ones, and those that allow no signing and need no proof. */
export function usableBindings(subkey: Subkey): Subkey["bindings"] {
  return subkey.bindings.filter((binding) => binding.isProven || binding.maySign === false);
}

function expiredStanding(certificate: Certificate, subkey: Subkey | undefined, expiredAt: UnixMs): Standing {
  const before = lookAt(certificate, subkey, unixMs(expiredAt - 1000));
  if (before.kind === "not-for-signing") return { kind: "not-for-signing" };
  if (subkey !== undefined) return { kind: "subkey-expired", expiredAt };
  // Row 20c (i) passes, so the copy must have entitled the key up to then.
  return before.kind === "entitled" ? { kind: "primary-expired", expiredAt } : { kind: "no-self-signature" };
}

/**
 * The claimed time first, then those of later self-signatures and bindings: after now as well, since what is judged as of
 * an earlier day comes with today's keys, and who dates a self-signature holds the primary key anyway.
 */
function instantsFrom(
  certificate: Certificate,
  subkey: Subkey | undefined,
  claimed: { readonly createdAt: UnixMs },
): readonly UnixMs[] {
  const selfSignatures = [
    ...certificate.directSignatures,
    ...certificate.users.flatMap((user) => user.selfSignatures),
    ...(subkey === undefined ? [] : usableBindings(subkey)),
  ];
  const later = selfSignatures.map((signature) => signature.createdAt).filter((at) => at > claimed.createdAt);
  return [claimed.createdAt, ...[...new Set(later)].sort((a, b) => a - b)];
}

function lookAt(certificate: Certificate, subkey: Subkey | undefined, instant: UnixMs): AtInstant {
  const primary = primaryValidity(certificate, instant);
  const bound = subkey === undefined ? primary : bindingValidity(subkey, instant);
  if (primary === undefined || bound === undefined) return { kind: "silent" };
  const expiries = [primary.expiresAt, bound.expiresAt].filter((at) => at !== undefined && at <= instant);
  const first = expiries.sort((a, b) => (a ?? 0) - (b ?? 0))[0];
  if (first !== undefined) return { kind: "expired", at: first };
  if (!bound.maySign) return { kind: "not-for-signing" };
  return { kind: "entitled", isWeak: primary.isWeak || bound.isWeak };
}

/**
 * A version 6 key speaks through direct-key signatures only (RFC 9580 section 10.1.1); a version 4 key through the
 * self-signature of its primary user, and its direct-key signature may end it earlier. Without key flags a primary may
 * sign (security.md, section 4).
 */
function primaryValidity(certificate: Certificate, instant: UnixMs): Validity | undefined {
  if (certificate.primary.createdAt > instant) return undefined;
  const direct = latestAt(certificate.directSignatures, instant);
  const user = isVersion6(certificate) ? undefined : primaryUserSignature(certificate, instant);
  const speaking = user ?? direct;
  if (speaking === undefined) return undefined;
  const expiries = [speaking.keyExpiresAt, direct?.keyExpiresAt].flatMap((at) => at ?? []);
  return {
    expiresAt: expiries.length === 0 ? undefined : unixMs(Math.min(...expiries)),
    maySign: speaking.maySign ?? true,
    isWeak: speaking.isWeak,
  };
}

function bindingValidity(subkey: Subkey, instant: UnixMs): Validity | undefined {
  if (subkey.key.createdAt > instant) return undefined;
  const binding = latestAt(usableBindings(subkey), instant);
  if (binding === undefined) return undefined;
  return { expiresAt: binding.keyExpiresAt, maySign: binding.maySign ?? true, isWeak: binding.isWeak };
}

/** Of users that were not revoked; where all were, of any: that names go away says nothing of the key. */
function primaryUserSignature(certificate: Certificate, instant: UnixMs): SelfSignature | undefined {
  const standing = certificate.users.filter((user) => user.revocations.length === 0);
  const users = standing.length > 0 ? standing : certificate.users;
  const latest = users.flatMap((user) => latestAt(user.selfSignatures, instant) ?? []);
  return latest.sort((a, b) => Number(a.isPrimaryUser) - Number(b.isPrimaryUser) || a.createdAt - b.createdAt).at(-1);
}

function latestAt<T extends SelfSignature>(signatures: readonly T[], instant: UnixMs): T | undefined {
  return signatures.findLast(
    ({ createdAt, expiresAt }) => createdAt <= instant && (expiresAt === undefined || instant < expiresAt),
  );
}

function isVersion6(certificate: Certificate): boolean {
  return certificate.primary.body[0] === 6;
}
