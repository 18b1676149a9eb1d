import type { EventBody } from "../core/event.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { SignerId } from "../core/signer.ts";

/** What an event is found by, besides its package. */
export interface IndexTerms {
  readonly signers: readonly SignerId[];
  readonly artifacts: readonly Sha256[];
}

/**
 * @returns the signers that an event is about, and the bytes. Signers that a keyring merely listed are no such
 * signers: a keyring of sixty names would make every package a sibling of every other.
 */
export function indexTerms(body: EventBody): IndexTerms {
  switch (body.kind) {
    case "first-use":
      return { signers: [body.key], artifacts: [body.artifact.sha256] };
    case "sighting":
    case "refusal":
      return { signers: body.keys.map((use) => use.key), artifacts: [body.artifact.sha256] };
    case "trust":
      return { signers: [body.key], artifacts: body.artifact === undefined ? [] : [body.artifact.sha256] };
    case "unsigned":
      return { signers: [], artifacts: [body.artifact.sha256] };
    case "retire":
    case "revoke":
    case "confirm":
    case "distrust":
    case "certificate":
      return { signers: [body.key], artifacts: [] };
    case "import":
      return {
        signers: body.rows.map(({ key }) => key),
        artifacts: (body.artifacts ?? []).map(({ sha256 }) => sha256),
      };
    case "handover":
    case "handover-contest":
      return { signers: body.statement.signers, artifacts: [] };
    case "require":
    case "forget":
    case "handover-active":
    case "handover-refused":
    case "fetch":
    case "resolve":
    case "pin-file":
      return { signers: [], artifacts: [] };
  }
}
