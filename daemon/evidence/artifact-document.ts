import { TofuError } from "../core/tofu-error.ts";
import type { ArtifactFile } from "./artifact-file.ts";
import { divideLanes, type LaneSignature } from "./digest-lanes.ts";
import { type ReadDocument, readDocument } from "./document.ts";
import type { GatherWorld } from "./gathering.ts";
import type { HashDone, HashWorkers } from "./hash-workers.ts";
import type { SignatureParts } from "./signature-packet.ts";

type Reading = Pick<GatherWorld, "onProgress" | "hashers" | "gone"> & { readonly memoryLimitBytes: number };

/**
 * Reads an artifact in one pass: a large one in workers, where there are any, so that nobody else waits for it.
 *
 * @throws TofuError `abandoned` where nobody waits for the answer any more, and what `file` throws.
 */
export function readArtifact(
  file: ArtifactFile,
  signatures: readonly SignatureParts[],
  { onProgress, hashers, gone, memoryLimitBytes }: Reading,
): Promise<ReadDocument> {
  if (hashers !== undefined && file.size > Math.max(memoryLimitBytes, hashers.fromBytes))
    return hashInWorkers(file, signatures, { onProgress, hashers, gone });
  const read = (onChunk: (bytes: Uint8Array) => void): Promise<void> => file.read(onChunk, onProgress);
  return readDocument({ read }, file.size, signatures, { memoryLimitBytes });
}

async function hashInWorkers(
  file: ArtifactFile,
  signatures: readonly SignatureParts[],
  { onProgress, hashers, gone }: Omit<Reading, "memoryLimitBytes"> & { readonly hashers: HashWorkers },
): Promise<ReadDocument> {
  const { withDocument, others } = divideLanes(signatures);
  // Two threads halve the wait where one would compute two digests after each other.
  const parts =
    others.length > 0 && hashers.hasRoomForTwo
      ? [
          { document: true, signatures: withDocument },
          { document: false, signatures: others },
        ]
      : [{ document: true, signatures: [...withDocument, ...others] }];
  const failed = new AbortController();
  const stop = gone === undefined ? failed.signal : AbortSignal.any([gone, failed.signal]);
  const done = await file.hand(async (descriptor, size) => {
    const progress = parts.map(() => 0);
    const readings = parts.map(async ({ document, signatures: wanted }, index): Promise<HashDone> => {
      const onPart = (bytes: number): void => {
        progress[index] = bytes;
        onProgress(Math.min(...progress), size);
      };
      const job = { descriptor, size, document, signatures: wanted.map(laneSignature), path: file.path };
      return await hashers.hash({ ...job, onProgress: onPart, gone: stop });
    });
    // One that failed must not leave the other behind with a descriptor that will be closed.
    for (const reading of readings) reading.catch(() => failed.abort());
    const settled = await Promise.allSettled(readings);
    const value = await Promise.all(readings).catch(() => Promise.reject(firstCause(settled)));
    onProgress(size, size);
    return { value, bytes: value.find(({ bytes }) => bytes !== size)?.bytes ?? size };
  });
  const sha256 = done.find((one) => one.sha256 !== undefined)?.sha256;
  if (sha256 === undefined) throw new TofuError("internal", "the hash workers gave no SHA-256");
  const digests = new Map(
    parts.flatMap(({ signatures: wanted }, part) =>
      wanted.map((signature, at) => [signature, done[part]?.digests[at]] as const),
    ),
  );
  return {
    sha256,
    signedBy: (signature) => {
      const digest = digests.get(signature);
      return digest === undefined ? undefined : { kind: "digest", digest };
    },
  };
}

/** @returns why it failed: the other reading was only told to stop. */
function firstCause(settled: readonly PromiseSettledResult<unknown>[]): unknown {
  const causes = settled.flatMap((one): readonly unknown[] => (one.status === "rejected" ? [one.reason] : []));
  return causes.find((cause) => !(cause instanceof TofuError && cause.code === "abandoned")) ?? causes[0];
}

/** Nothing but what decides the digest is sent to a worker. */
function laneSignature({ version, type, hashAlgorithm, signedPart, salt }: LaneSignature): LaneSignature {
  return { version, type, hashAlgorithm, signedPart, salt };
}
