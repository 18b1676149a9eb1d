import { createHash } from "node:crypto";

/** Projects share releasers; so many packages have one. */
const PACKAGES_PER_SIGNER = 20;

/** @returns a pin file with so many packages, sorted, in the form that `tofu export` writes: the same each time. */
export function manyPins(count: number): string {
  const hex = (text: string): string => createHash("sha256").update(text).digest("hex");
  const lines: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = `pkg:pypi/package-${String(at).padStart(7, "0")}`;
    const signer = hex(`signer ${Math.floor(at / PACKAGES_PER_SIGNER)}`)
      .slice(0, 40)
      .toUpperCase();
    lines.push(
      `${name} openpgp:${signer} roles=release,handover basis=first-use first=2024-03-02T10:11:12Z last=2026-09-14T06:00:00Z releases=12 days=9`,
    );
  }
  return `${lines.join("\n")}\n`;
}
