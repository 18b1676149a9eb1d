import type { Case } from "./case.ts";
import type { EventArtifact, EventBody, SignerUse } from "./event.ts";
import { MAX_WITNESSES } from "./event-fields.ts";
import type { Artifact, CertificateState, VerifiedSignature } from "./evidence.ts";
import type { Finding } from "./findings.ts";
import type { Pin, PinnedSigner } from "./pin.ts";
import { formatFirstUse } from "./policy.ts";
import { recordKey } from "./record-key.ts";
import { formatDate, type UnixMs } from "./time.ts";
import type { WitnessVoice } from "./witness.ts";

/** @returns the events to append for a judged case: what its certificates brought, then what happened to the artifact. */
export function eventsOf(judged: Case): readonly EventBody[] {
  const { pin, now } = judged.question;
  const recordedToday = pin.today.day === formatDate(now) ? pin.today.entries : new Set<string>();
  const happened = artifactEvents(judged).filter((body) => {
    const key = recordKey(body);
    return key === undefined || !recordedToday.has(key);
  });
  return [...certificateEvents(judged), ...happened];
}

/** @returns the artifact as events name it. */
export function eventArtifact({ fileName, version, sha256, size }: Artifact): EventArtifact {
  return { name: fileName, ...(version === undefined ? {} : { version }), sha256, size };
}

/**
 * @returns what a newer copy of a pinned signer's certificate changes: a revocation takes effect and is never lost, a
 * new subkey or expiry is noted.
 */
export function certificateStateEvents(pin: Pin, state: CertificateState, now: UnixMs): readonly EventBody[] {
  const signer = pin.signers.get(state.signer);
  if (signer === undefined) return [];
  const events: EventBody[] = revocationEvents(signer, state, now);
  if (state.changed) {
    const { expiry } = state;
    events.push({
      kind: "certificate",
      key: state.signer,
      cert: state.sha256,
      subkeys: state.subkeys,
      ...(expiry === undefined ? {} : { expiry }),
    });
  }
  return events;
}

function revocationEvents(signer: PinnedSigner, state: CertificateState, now: UnixMs): EventBody[] {
  const hard = state.revocations.some((revocation) => revocation.hard);
  if (hard) {
    const compromised = state.revocations.some(({ reason }) => reason === "compromised");
    const told = compromised ? { compromised } : {};
    return signer.revocation === undefined
      ? [{ kind: "revoke", key: state.signer, hard: true, ...told, by: "cert" }]
      : [];
  }
  const soft = state.revocations[0];
  if (soft === undefined || signer.state !== "active") return [];
  const reason = soft.reason === "superseded" ? "superseded" : "retired";
  // The owner's date counts where it is earlier than the day the word arrived here (row 19).
  return [{ kind: "retire", key: state.signer, reason, by: "cert", cutoff: Math.min(now, soft.at) as UnixMs }];
}

function certificateEvents({ question }: Case): readonly EventBody[] {
  return question.evidence.certificates.flatMap((state) => certificateStateEvents(question.pin, state, question.now));
}

function artifactEvents(judged: Case): readonly EventBody[] {
  const { question, outcome, findings, replaced } = judged;
  const { evidence, source, pin } = question;
  const { ruling } = outcome;
  const artifact = eventArtifact(evidence.artifact);
  if (evidence.signatureFile.kind === "absent") {
    return [{ kind: "unsigned", artifact, source, previouslySigned: pin.everSigned, verdict: ruling.verdict }];
  }
  const signature = evidence.signatureFile.kind === "read" ? { signature: evidence.signatureFile.sha256 } : {};
  const signedDigest =
    evidence.artifact.unpackedSha256 ?? evidence.artifact.manifest?.sha256 ?? evidence.artifact.sha256;
  const seen = { artifact, source, ...signature, signedDigest };
  if (ruling.verdict === "first-use") return firstUses(judged, seen);
  if (ruling.exit === 0) {
    const good = findings.filter((finding) => finding.good);
    return [{ kind: "sighting", ...seen, keys: usesOf(good), verdict: ruling.verdict, ...newlyListed(judged) }];
  }
  const verified = findings.filter((finding) => finding.signature.kind === "verified");
  return [
    {
      kind: "refusal",
      ...seen,
      keys: usesOf(verified),
      verdict: ruling.verdict,
      ...(replaced === undefined ? {} : { other: replaced.sha256 }),
      ...heard(judged),
    },
  ];
}

function firstUses(
  judged: Case,
  seen: Pick<Extract<EventBody, { kind: "first-use" }>, "artifact" | "source" | "signature" | "signedDigest">,
): readonly EventBody[] {
  const mode = formatFirstUse(judged.question.policy.firstUse);
  return verifiedOf(judged.outcome.counted).map((signature, index) => ({
    kind: "first-use" as const,
    key: signature.signer,
    subkey: signature.signingKey,
    ...seen,
    sigCreated: signature.createdAt,
    certSource: signature.certificate.sources[0] ?? "beside",
    mode,
    ...(index === 0 ? { ...newlyListed(judged), ...heard(judged) } : {}),
  }));
}

/** Longest name of a witness that is written down, as every word of an event. */
const MAX_SOURCE = 255;

function heard({ witnesses: { voices } }: Case): { readonly witnesses?: readonly WitnessVoice[] } {
  const kept = voices.slice(0, MAX_WITNESSES).map((voice) => ({ ...voice, source: voice.source.slice(0, MAX_SOURCE) }));
  return kept.length === 0 ? {} : { witnesses: kept };
}

/** Row 9a rests on keyrings that came with verified releases; only names not noted before are worth a line. */
function newlyListed({ question }: Case): { readonly listed?: Extract<EventBody, { kind: "sighting" }>["listed"] } {
  const { pin, evidence } = question;
  const listed = evidence.listed.filter((signer) => !pin.listed.has(signer));
  return listed.length === 0 ? {} : { listed };
}

function usesOf(findings: readonly Finding[]): readonly SignerUse[] {
  return verifiedOf(findings).map(({ signer, signingKey, createdAt, hash, algorithm }) => ({
    key: signer,
    subkey: signingKey,
    sigCreated: createdAt,
    hash,
    algo: algorithm,
  }));
}

function verifiedOf(findings: readonly Finding[]): readonly VerifiedSignature[] {
  return findings.map(({ signature }) => signature).filter((signature) => signature.kind === "verified");
}
