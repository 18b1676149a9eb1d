import type { EventArtifact, EventBody, Source } from "./event.ts";
import { artifactKey } from "./pin.ts";
import type { SignerId } from "./signer.ts";

/**
 * What makes two sightings, refusals or unsigned files of one day the same: artifact, signers, verdict and source
 * (rules.md, section 2). Counts are days, and a journal does not grow by being asked.
 *
 * @returns the key, or `undefined` for events that are recorded each time.
 */
export function recordKey(body: EventBody): string | undefined {
  switch (body.kind) {
    case "first-use":
      return key("match", body.artifact, [body.key], body.source);
    case "sighting":
    case "refusal":
      return key(
        body.verdict,
        body.artifact,
        body.keys.map((use) => use.key),
        body.source,
      );
    case "unsigned":
      return key(body.verdict, body.artifact, [], body.source);
    case "retire":
    case "revoke":
    case "trust":
    case "confirm":
    case "distrust":
    case "certificate":
    case "require":
    case "forget":
    case "handover":
    case "handover-active":
    case "handover-contest":
    case "resolve":
    case "import":
    case "pin-file":
      return undefined;
    case "fetch":
      return `fetch ${body.source.sameStatement === true ? "the same" : "elsewhere"}`;
    case "handover-refused":
      return `handover-refused ${body.sha256} ${body.detail}`;
  }
}

function key(verdict: string, artifact: EventArtifact, signers: readonly SignerId[], source: Source): string {
  return [
    verdict,
    artifact.sha256,
    artifactKey(artifact),
    [...new Set(signers)].sort().join(","),
    source.via,
    source.host ?? "",
  ].join(" ");
}
