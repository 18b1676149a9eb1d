import { basename } from "node:path";
import { judgeArrival } from "../../daemon/core/arrival.ts";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { Judgement } from "../../daemon/core/judgement.ts";
import type { PackageName } from "../../daemon/core/package-name.ts";
import { DEFAULT_POLICY, effectivePolicy } from "../../daemon/core/policy.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import { gatherChain } from "../../daemon/evidence/statement-evidence.ts";
import type { ChainWorld } from "../../daemon/evidence/statement-gathering.ts";
import { decideAndAppend, type TofuWorld } from "../../daemon/usecases/world.ts";
import { must } from "../core/scene.ts";

export interface Arriving {
  readonly path: string;
  readonly package: PackageName;
  readonly version: string;
  readonly signatures: readonly string[];
  readonly keys: readonly string[];
  /** A chain file that came along. */
  readonly chain?: Uint8Array | undefined;
  /** Only asked: nothing is remembered. */
  readonly dryRun?: boolean;
}

/** A file arrives: evidence, judgement, and what is to be remembered goes into the journal. */
export async function arrive(world: TofuWorld, file: Arriving): Promise<Judgement> {
  const stored: ChainWorld = {
    storedCertificate: (primary) => world.journal.certificate(primary),
    storedPrimaryOf: (subkey) => world.journal.primaryOf(subkey),
    keyring: undefined,
  };
  const version = must(parseVersion(file.version));
  return await decideAndAppend(world, file.package, async ({ pin, now }) => {
    const gathered = await gatherEvidence(
      {
        path: file.path,
        fileName: must(parseArtifactFileName(basename(file.path))),
        version,
        signatures: file.signatures,
        keys: file.keys,
        pinned: [...pin.signers.keys()],
        now,
      },
      { ...stored, onProgress: () => undefined },
    );
    const found = { bytes: file.chain ?? new Uint8Array(0), place: "beside the file", keyFiles: [] };
    const chain =
      file.chain === undefined ? undefined : await gatherChain(found, stored, now, { namedKeys: file.keys });
    const { judgement } = judgeArrival({
      package: file.package,
      pin,
      evidence: gathered.evidence,
      policy: effectivePolicy(DEFAULT_POLICY, pin.requirement),
      now,
      source: { via: "verify" },
      elsewhere: { signers: new Map(), sameBytes: [] },
      recording: file.dryRun !== true,
      chain: chain?.chain ?? { offers: [], isCut: false },
    });
    const append = {
      events: judgement.events,
      certificates: [...gathered.certificates, ...(chain?.certificates ?? [])],
      objects: [...gathered.signatureFiles, ...(chain?.objects ?? [])],
    };
    return { value: judgement, append: file.dryRun === true ? undefined : append };
  });
}
