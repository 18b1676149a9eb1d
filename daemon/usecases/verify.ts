import { type ArtifactFileName, parseArtifactFileName, parseVersion, type Version } from "../core/artifact-name.ts";
import { judge } from "../core/judge.ts";
import type { Judgement } from "../core/judgement.ts";
import type { PackageName } from "../core/package-name.ts";
import { effectivePolicy, type Policy } from "../core/policy.ts";
import { escapeText } from "../core/printable.ts";
import type { Elsewhere } from "../core/question.ts";
import type { SignerId } from "../core/signer.ts";
import { TofuError, UsageError } from "../core/tofu-error.ts";
import { gatherEvidence } from "../evidence/gather.ts";
import type { Gathered, GatherWorld } from "../evidence/gathering.ts";
import { type Answer, SCHEMA_VERSION, type SummaryLine } from "../protocol/answer.ts";
import type { VerifyRequest } from "../protocol/request.ts";
import { ambiguousLine } from "./ambiguous.ts";
import { judgementLine } from "./judgement-answer.ts";
import { type Named, nameArtifact } from "./names.ts";
import { decideAndAppend, type LoadedPin, loadPin, type TofuWorld } from "./world.ts";

/** The worst wins, in this order (cli.md, exit codes). */
const WORST_FIRST = [5, 4, 1, 6, 3, 0] as const;
const CHANGING_FILE_TRIES = 3;
const MAX_PACKAGES_LOOKED_AT = 20;

interface Item {
  readonly path: string;
  readonly fileName: ArtifactFileName;
  readonly named: Named;
}

/**
 * `tofu verify`: judges each file and records what was seen, unless it is a dry run.
 *
 * @returns the exit code of the worst answer. A fault with one file does not keep the others from being judged.
 */
export async function verify(
  world: TofuWorld,
  request: VerifyRequest,
  tell: (answer: Answer) => void,
): Promise<number> {
  if (request.files.length > 1 && request.signatures.length > 0)
    throw new UsageError("--signature goes with one file; give one file, or let tofu look beside each");
  if (request.files.length > 1 && request.release !== undefined) throw new UsageError("--release goes with one file");
  const version = readRelease(request.release);
  const policy = request.policyFile === undefined ? world.policy : await world.loadPolicyFile(request.policyFile);
  const items: Item[] = [];
  for (const path of request.files)
    items.push({
      path,
      fileName: readFileName(path),
      named: await nameArtifact(world.journal, { path, packageText: request.package, version }),
    });
  const counts = { ok: 0, decide: 0, refused: 0, unchecked: 0, faults: 0 };
  const exits = new Set<number>();
  for (const item of items) {
    try {
      const line = await verifyItem({ world, request, policy, tell }, item);
      tell(line);
      counts[line.class] += 1;
      exits.add(line.exit);
    } catch (error) {
      // One bad file is answered as a fault of its own; everything unforeseen ends the request.
      if (!(error instanceof TofuError) || !error.code.startsWith("file-")) throw error;
      tell({
        schemaVersion: SCHEMA_VERSION,
        type: "fault",
        code: error.code,
        sentence: error.message,
        exit: 1,
        file: item.path,
      });
      counts.faults += 1;
      exits.add(1);
    }
  }
  const exit = WORST_FIRST.find((code) => exits.has(code)) ?? 0;
  const summary: SummaryLine = {
    schemaVersion: SCHEMA_VERSION,
    type: "summary",
    judged: items.length,
    ...counts,
    exit,
  };
  tell(world.replay ? { ...summary, replay: true } : summary);
  return exit;
}

interface Run {
  readonly world: TofuWorld;
  readonly request: VerifyRequest;
  readonly policy: (name: PackageName) => Policy;
  readonly tell: (answer: Answer) => void;
}

async function verifyItem(run: Run, { path, fileName, named }: Item): Promise<Extract<Answer, { type: "judgement" }>> {
  const { world, request } = run;
  if (named.kind === "ambiguous") return await ambiguousLine(world, path, fileName, named);
  const name = named.package;
  const target: Target = { path, fileName, package: name, version: named.version };
  if (request.dryRun) {
    const { judgement } = await judgeTarget(run, target, await loadPin(world, name));
    return judgementLine(judgement, { path, recorded: false, replay: world.replay, unusual: world.unusual });
  }
  const judgement = await decideAndAppend(world, name, async (loaded) => {
    const judged = await judgeTarget(run, target, loaded);
    return { value: judged.judgement, append: appendOf(judged) };
  });
  return judgementLine(judgement, { path, recorded: true, replay: world.replay, unusual: world.unusual });
}

interface Target {
  readonly path: string;
  readonly fileName: ArtifactFileName;
  readonly package: PackageName;
  readonly version: Version | undefined;
}

interface Judged {
  readonly judgement: Judgement;
  readonly gathered: Gathered;
}

async function judgeTarget(run: Run, target: Target, loaded: LoadedPin): Promise<Judged> {
  const { world, request } = run;
  const gathered = await gatherSteadily(run, target, loaded);
  const { evidence } = gathered;
  const judgement = judge({
    package: target.package,
    pin: loaded.pin,
    evidence,
    policy: effectivePolicy(run.policy(target.package), loaded.pin.requirement),
    now: loaded.now,
    source: { via: request.via },
    elsewhere: await lookElsewhere(world, target.package, gathered),
    recording: !request.dryRun,
  });
  return { judgement, gathered };
}

/** A file that is written to while it is read is read again; then it is a fault, never a verdict about half a file. */
async function gatherSteadily(run: Run, target: Target, loaded: LoadedPin): Promise<Gathered> {
  const { world, request, tell } = run;
  const gatherWorld: GatherWorld = {
    storedCertificate: (primary) => world.journal.certificate(primary),
    storedPrimaryOf: (subkey) => world.journal.primaryOf(subkey),
    keyring: (key) => world.keyring(request.gnupgHome, key),
    onProgress: (done, total) =>
      tell({ schemaVersion: SCHEMA_VERSION, type: "progress", file: target.path, done, total }),
  };
  const { path, fileName, version } = target;
  const { signatures, keys } = request;
  for (let tries = 1; ; tries += 1) {
    try {
      return await gatherEvidence(
        {
          path,
          fileName,
          version,
          signatures,
          keys,
          pinned: [...loaded.pin.signers.keys()],
          now: loaded.now,
          followLinks: request.noLinks !== true,
        },
        gatherWorld,
      );
    } catch (error) {
      const again = error instanceof TofuError && error.code === "file-changing" && tries < CHANGING_FILE_TRIES;
      if (!again) throw error;
    }
  }
}

/** Certificates travel with the events that need them: of pinned signers, of new ones, and of those refused. */
function appendOf({ judgement, gathered }: Judged): {
  readonly events: Judgement["events"];
  readonly certificates: Gathered["certificates"];
  readonly objects: Gathered["signatureFiles"];
} {
  const changed = new Set(gathered.evidence.certificates.filter((state) => state.changed).map((state) => state.signer));
  return {
    events: judgement.events,
    certificates: gathered.certificates.filter(({ signer }) => changed.has(signer)),
    objects: gathered.signatureFiles,
  };
}

async function lookElsewhere(world: TofuWorld, here: PackageName, { evidence }: Gathered): Promise<Elsewhere> {
  const signers = new Map<SignerId, readonly PackageName[]>();
  for (const signature of evidence.signatures) {
    if (signature.kind !== "verified" || signers.has(signature.signer)) continue;
    const others = (await world.journal.packagesOfSigner(signature.signer)).filter((name) => name !== here);
    const pinned: PackageName[] = [];
    for (const name of others.slice(0, MAX_PACKAGES_LOOKED_AT)) {
      if ((await loadPin(world, name)).pin.signers.get(signature.signer)?.state === "active") pinned.push(name);
    }
    if (pinned.length > 0) signers.set(signature.signer, pinned);
  }
  const sameBytes: PackageName[] = [];
  const others = (await world.journal.packagesOfArtifact(evidence.artifact.sha256)).filter((name) => name !== here);
  for (const name of others.slice(0, MAX_PACKAGES_LOOKED_AT)) {
    if ((await loadPin(world, name)).pin.bySha256.has(evidence.artifact.sha256)) sameBytes.push(name);
  }
  return { signers, sameBytes };
}

function readRelease(release: string | undefined): Version | undefined {
  if (release === undefined) return undefined;
  const parsed = parseVersion(release);
  if (!parsed.ok) throw new UsageError(`"${escapeText(release)}" is no version; write --release 6.0.2`);
  return parsed.value;
}

function readFileName(path: string): ArtifactFileName {
  const base = path.slice(path.lastIndexOf("/") + 1);
  const parsed = parseArtifactFileName(base);
  if (!parsed.ok)
    throw new UsageError(
      `"${escapeText(base)}" is no name that tofu keeps: it holds control characters or is too long; rename the file`,
    );
  return parsed.value;
}
