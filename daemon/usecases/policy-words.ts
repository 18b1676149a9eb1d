import { parseVersion, type Version } from "../core/artifact-name.ts";
import type { EventBody } from "../core/event.ts";
import { isLayered } from "../core/layer-pin.ts";
import { type PackageName, shortName } from "../core/package-name.ts";
import type { Pin } from "../core/pin.ts";
import { type Allowance, parseFirstUse, type Requirement } from "../core/policy.ts";
import { escapeText } from "../core/printable.ts";
import { plural, shortSigner } from "../core/sentence.ts";
import { openpgpSigner, type SignerId } from "../core/signer.ts";
import { requirementText } from "../core/story-words.ts";
import { parseTime, type UnixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { Answer } from "../protocol/answer.ts";
import type { DistrustRequest, ForgetRequest, RequireRequest } from "../protocol/request.ts";
import { packagesOfSigner } from "./known.ts";
import { resolvePackage } from "./names.ts";
import { recordedLine } from "./recorded.ts";
import { readFingerprint } from "./trust.ts";
import { appendToMachine, decideAndAppend, loadPin, type TofuWorld } from "./world.ts";

type Tell = (answer: Answer) => void;

/** What a person may allow although it is weak; broken cryptography has no allowance (rules.md, rows 27, 27a). */
const ALLOWABLE = ["sha1", "dsa", "rsa", "elgamal", "secp256k1"] as const;

/** `tofu distrust`: a signer never passes again, for one package or on the whole machine. */
export async function distrust(world: TofuWorld, request: DistrustRequest, tell: Tell): Promise<number> {
  const signer = openpgpSigner(readFingerprint(request.fingerprint));
  const since = readSince(request.since);
  const scope = request.package === "*" ? "*" : "package";
  const body: EventBody = {
    kind: "distrust",
    key: signer,
    scope,
    reason: request.because,
    ...(since === undefined ? {} : { since }),
    claimed: request.claimed,
  };
  const name = scope === "*" ? "*" : await resolvePackage(world, request.package);
  const touched = name === "*" ? await packagesOfSigner(world, signer) : [name];
  const details: string[] = [];
  for (const each of touched) details.push(...signedHere(each, (await loadPin(world, each)).pin, signer));
  if (name === "*") await appendToMachine(world, body);
  else await decideAndAppend(world, name, async () => ({ value: undefined, append: { events: [body] } }));
  const where = name === "*" ? "anything on this machine" : shortName(name);
  tell(
    recordedLine(
      "distrust",
      {
        class: "ok",
        exit: 0,
        sentence: `${shortSigner(signer)} never passes for ${where} again`,
        details,
        package: name,
        signer,
      },
      world,
    ),
  );
  return 0;
}

/** `tofu forget`: the pin goes, its history stays, and the next first use says that there was a pin. */
export async function forget(world: TofuWorld, request: ForgetRequest, tell: Tell): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const body: EventBody = { kind: "forget", reason: request.because, claimed: request.claimed };
  const forgotten = await decideAndAppend(world, name, async ({ pin }) => {
    // What the machine's own files say is nothing that a user could forget.
    const isMine = pin.exists && !(isLayered(pin) && pin.version === 0);
    return { value: isMine ? pin : undefined, append: isMine ? { events: [body] } : undefined };
  });
  if (forgotten === undefined) throw new UsageError(`${shortName(name)} has no pin of yours to forget`);
  const what = isLayered(forgotten)
    ? `what you added is forgotten, history kept; ${forgotten.layer?.files.join(", ")} stands`
    : "pin forgotten, history kept; the next first use will say that there was one";
  const sentence = `${shortName(name)}: ${what}`;
  tell(recordedLine("forget", { class: "ok", exit: 0, sentence, details: [], package: name }, world));
  return 0;
}

/** `tofu require`: a package's own policy, kept in its journal with the reason. */
export async function requirePolicy(world: TofuWorld, request: RequireRequest, tell: Tell): Promise<number> {
  const name = await resolvePackage(world, request.package);
  const fixed = readRequirement(request);
  const told = await decideAndAppend(world, name, async ({ pin }) => {
    const requirement: Requirement = {
      ...fixed,
      ...(request.allow.length === 0 ? {} : { allow: allowances(request.allow, pin) }),
    };
    return {
      value: requirement,
      append: {
        events: [
          { kind: "require", requirement, reason: request.because, claimed: request.claimed } satisfies EventBody,
        ],
      },
    };
  });
  const sentence = `${shortName(name)}: ${requirementText(told).join("; ")}`;
  tell(recordedLine("require", { class: "ok", exit: 0, sentence, details: [], package: name }, world));
  return 0;
}

/**
 * An allowance binds to the signers that a person can have meant: those of the pin, and those whose weak signatures
 * were refused here. Where there are none it holds for whoever comes first.
 */
function allowances(algorithms: readonly string[], pin: Pin): readonly Allowance[] {
  const refused = [...pin.refusals.values()]
    .filter(({ verdict }) => verdict === "weak-crypto")
    .flatMap(({ keys }) => keys);
  const signers = pin.exists ? [...new Set([...pin.signers.keys(), ...refused])] : [];
  return algorithms.map((algorithm) => ({ algorithm: readAlgorithm(algorithm), signers }));
}

function readAlgorithm(text: string): string {
  const algorithm = text.toLowerCase().replace(/[-_]/g, "");
  if (ALLOWABLE.some((known) => known === algorithm || (known === "rsa" && /^rsa\d{3,4}$/.test(algorithm))))
    return algorithm;
  throw new UsageError(
    `"${escapeText(text)}" can't be allowed`,
    `weak algorithms are ${ALLOWABLE.join(", ")}; broken ones have no allowance`,
  );
}

function readRequirement(request: RequireRequest): Requirement {
  const firstUse = request.firstUse === undefined ? undefined : parseFirstUse(request.firstUse);
  if (request.firstUse !== undefined && firstUse === undefined)
    throw new UsageError("--first-use takes accept, witnesses:N, decide or deny");
  const requirement: Requirement = {
    ...(firstUse === undefined ? {} : { firstUse }),
    ...(request.releaseThreshold === undefined ? {} : { releaseThreshold: request.releaseThreshold }),
    ...(request.unsignedOk.length === 0 ? {} : { unsignedOk: request.unsignedOk.map(readVersion) }),
    ...(request.noRollback ? { noRollback: true } : {}),
    ...(request.noHandover ? { noHandover: true } : {}),
    ...(request.expired === undefined ? {} : { expired: request.expired }),
  };
  if (Object.keys(requirement).length === 0 && request.allow.length === 0)
    throw new UsageError("tofu require needs at least one setting", "for example --release-threshold 2");
  return requirement;
}

function readVersion(text: string): Version {
  const version = parseVersion(text);
  if (!version.ok) throw new UsageError(`"${escapeText(text)}" is no version`);
  return version.value;
}

function signedHere(name: PackageName, pin: Pin, signer: SignerId): readonly string[] {
  const known = pin.signers.get(signer);
  if (known === undefined || known.releases.size === 0) return [];
  return [
    `${shortName(name)}: it signed ${plural(known.releases.size, "release")} here: ${[...known.releases].slice(-5).join(", ")}`,
  ];
}

function readSince(text: string | undefined): UnixMs | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time.ok) throw new UsageError("--since takes a date such as 2026-09-14");
  return time.value;
}
