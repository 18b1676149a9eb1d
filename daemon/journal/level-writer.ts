import type { Sha256 } from "../core/sha256.ts";
import { parseSha256 } from "../core/sha256.ts";
import type { StoreHead } from "./anchor.ts";
import { endAfter, type Sealed } from "./chain.ts";
import { runningHash, sha256 } from "./digest.ts";
import { indexTerms } from "./indexes.ts";
import type { Append } from "./journal.ts";
import type { Database } from "./level-database.ts";
import type { LevelReader } from "./level-reader.ts";
import {
  artifactKey,
  certificateKey,
  chainKey,
  eventKey,
  formatHead,
  formatPosition,
  HEAD_KEY,
  objectKey,
  positionKey,
  signerKey,
  subkeyKey,
} from "./level-records.ts";

export type Batch = ReturnType<Database["batch"]>;

const DIGEST_BYTES = 32;

/** Puts events with all that is kept because of them into a batch. @returns the store's head with these events. */
export function putEvents(batch: Batch, before: StoreHead, sealed: readonly Sealed[]): StoreHead {
  const head = putEach(batch, before, sealed);
  if (sealed.length > 0) putHead(batch, head);
  return head;
}

/** Puts the store's head: what every batch with events must end with. */
export function putHead(batch: Batch, head: StoreHead): void {
  batch.put(HEAD_KEY, formatHead(head));
}

/** As {@link putEvents}, but for the head, for a batch that more events go into. */
export function putEach(batch: Batch, before: StoreHead, sealed: readonly Sealed[]): StoreHead {
  let { count, hash } = before;
  for (const { event, text } of sealed) {
    const { n, package: name, body } = event;
    hash = runningHash(hash, text);
    batch.put(eventKey(name, n), text).put(positionKey(count), formatPosition({ hash, n, name }));
    count += 1;
    if (name === "*") continue;
    const { signers, artifacts } = indexTerms(body);
    for (const signer of signers) batch.put(signerKey(signer, name), "");
    for (const digest of artifacts) batch.put(artifactKey(digest, name), "");
  }
  for (const [index, last] of sealed.entries()) {
    // Events of one journal follow each other: only where the next is another's has this one its end.
    if (sealed[index + 1]?.event.package === last.event.package) continue;
    const { n, hash: digest } = endAfter(last);
    batch.put(chainKey(last.event.package), formatHead({ count: n, hash: digest ?? hash }));
  }
  return { count, hash };
}

/**
 * Puts certificates and stored bytes into a batch.
 *
 * @param listed - the subkeys that the batch puts already: the first certificate that lists one has it.
 */
export function putCompanions(
  batch: Batch,
  reader: LevelReader,
  { certificates, objects }: Append,
  listed: Set<string>,
): void {
  for (const { primary, subkeys, bytes } of certificates) {
    batch.put<string, Uint8Array>(certificateKey(primary), wrapCertificate(bytes), { valueEncoding: "view" });
    for (const subkey of subkeys) {
      const key = subkeyKey(subkey);
      if (!listed.has(key) && reader.text(key) === undefined) batch.put(key, primary);
      listed.add(key);
    }
  }
  for (const bytes of objects)
    batch.put<string, Uint8Array>(objectKey(sha256(bytes)), bytes, { valueEncoding: "view" });
}

/** A certificate is found by a name that its bytes don't prove, so their digest goes before them. */
function wrapCertificate(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(sha256(bytes), "hex"), bytes]);
}

/** @returns the certificate, or `undefined` if the stored bytes aren't those that were written. */
export function unwrapCertificate(stored: Uint8Array): Uint8Array | undefined {
  const bytes = stored.slice(DIGEST_BYTES);
  const digest: Sha256 | undefined = digestOf(stored.slice(0, DIGEST_BYTES));
  return digest === sha256(bytes) ? bytes : undefined;
}

function digestOf(bytes: Uint8Array): Sha256 | undefined {
  const parsed = parseSha256(Buffer.from(bytes).toString("hex"));
  return parsed.ok ? parsed.value : undefined;
}
