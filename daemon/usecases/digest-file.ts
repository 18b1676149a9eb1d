import { createHash } from "node:crypto";
import { parseSha256, type Sha256 } from "../core/sha256.ts";
import { openArtifact } from "../evidence/artifact-file.ts";

/**
 * @returns the SHA-256 of a file of any size.
 * @throws TofuError where it is missing, can't be read, or changes meanwhile.
 */
export async function digestFile(path: string): Promise<Sha256> {
  const file = await openArtifact(path);
  const hash = createHash("sha256");
  try {
    await file.read((bytes) => {
      hash.update(bytes);
    });
  } finally {
    await file.close();
  }
  const digest = parseSha256(hash.digest("hex"));
  if (!digest.ok) throw new Error("node:crypto made no SHA-256");
  return digest.value;
}
