import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { EventArtifact, EventBody, SignerUse } from "../../daemon/core/event.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { type PackageName, parsePackageName } from "../../daemon/core/package-name.ts";
import type { Result } from "../../daemon/core/result.ts";
import { parseSha256 } from "../../daemon/core/sha256.ts";
import { openpgpSigner } from "../../daemon/core/signer.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import type { Append, AppendedMany } from "../../daemon/journal/journal.ts";
import { type LevelJournal, openLevelJournal } from "../../daemon/journal/level-journal.ts";

/** @returns the store of a home, opened here as the daemon opens it. */
export function openStore(env: Readonly<Record<string, string>>): Promise<LevelJournal> {
  const folder = join(env["XDG_STATE_HOME"] ?? "", "tofu", "store");
  return openLevelJournal({ folder, replay: false, lockWaitMs: 0, now });
}

/** @returns the n-th of many packages that are only there to be many. */
export function packageAt(index: number): PackageName {
  return must(parsePackageName(`pkg:generic/package${index}`));
}

/** @returns first uses of so many packages by this signer: what a machine has that saw each of them once. */
export function* firstUses(count: number, fingerprint: string): Generator<Append> {
  for (let index = 0; index < count; index += 1) yield appendOf(packageAt(index), 0, firstUse(index, fingerprint));
}

/** @returns sightings of so many more releases of one package, whose journal is at this version. */
export function* sightings(
  name: string,
  { from, count, fingerprint }: { readonly from: number; readonly count: number; readonly fingerprint: string },
): Generator<Append> {
  const { key, subkey } = signer(fingerprint);
  const use: SignerUse = { key, subkey, sigCreated: now(), hash: "sha512", algo: "ed25519" };
  for (let index = 0; index < count; index += 1)
    yield appendOf(must(parsePackageName(`pkg:generic/${name}`)), from + index, {
      kind: "sighting",
      keys: [use],
      artifact: artifactOf(name, index),
      verdict: "match",
      source: { via: "verify" },
    });
}

/** @throws Error where the store was not at the version that was expected. */
export async function appendAll(journal: LevelJournal, appends: Iterable<Append>): Promise<void> {
  const appended: AppendedMany = await journal.appendMany(appends);
  if (appended.kind === "conflict") throw new Error(`${appended.name} is at ${appended.version}`);
}

function firstUse(index: number, fingerprint: string): EventBody {
  const { key, subkey } = signer(fingerprint);
  return {
    kind: "first-use",
    key,
    subkey,
    sigCreated: now(),
    certSource: "command-line",
    mode: "accept",
    artifact: artifactOf(`package${index}`, 0),
    source: { via: "verify" },
  };
}

function signer(fingerprint: string): Pick<SignerUse, "key" | "subkey"> {
  const subkey = must(parseFingerprint(fingerprint));
  return { key: openpgpSigner(subkey), subkey };
}

function artifactOf(name: string, index: number): EventArtifact {
  const file = `${name}-0.${index}.tar.gz`;
  return {
    name: must(parseArtifactFileName(file)),
    version: must(parseVersion(`0.${index}`)),
    sha256: must(parseSha256(createHash("sha256").update(file).digest("hex"))),
    size: 1024,
  };
}

function appendOf(name: PackageName, expectedVersion: number, body: EventBody): Append {
  return { name, expectedVersion, events: [body], at: now(), actor: "daemon", certificates: [], objects: [] };
}

function now(): UnixMs {
  return unixMs(Date.now());
}

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result.error)}`);
  return result.value;
}
