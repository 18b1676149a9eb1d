import type { Pin } from "./pin.ts";
import { shortSigner } from "./sentence.ts";
import type { SignerId } from "./signer.ts";
import type { StoryEntry } from "./story.ts";

/** Signers that are named one by one. */
const MAX_NAMED = 3;

/** @returns what the machine's own files say of a package: the beginning of its story, before the journal's. */
export function tellLayer({ layer }: Pin): readonly StoryEntry[] {
  if (layer === undefined) return [];
  const { pin, files, differ, expiredAt, beside } = layer;
  const signers = [...pin.signers.values()].filter(({ state }) => state === "active").map(({ signer }) => signer);
  const bad = [...pin.signers.values()].filter(({ state }) => state === "distrusted" || state === "revoked");
  const at = pin.imports[0]?.at ?? expiredAt;
  if (at === undefined) return [];
  const sentence =
    expiredAt === undefined ? `${namesOf(signers)} in ${files.join(", ")}` : "they ran out; nothing of them counts";
  return [
    {
      at,
      head: "image pins",
      sentence,
      notes: [
        ...bad.map(({ signer, state }) => ({ label: state, text: shortSigner(signer) })),
        ...(differ === undefined
          ? []
          : [{ label: "differ", text: `${differ.join(" and ")}; nothing passes until they agree` }]),
        ...(beside.size === 0
          ? []
          : [{ label: "beside", text: `${namesOf([...beside])}, pinned here before, stays out` }]),
      ],
      events: [],
      signers,
    },
  ];
}

function namesOf(signers: readonly SignerId[]): string {
  if (signers.length === 0) return "nobody";
  const told = signers.slice(0, MAX_NAMED).map(shortSigner).join(", ");
  return signers.length > MAX_NAMED ? `${told} and ${signers.length - MAX_NAMED} more` : told;
}
