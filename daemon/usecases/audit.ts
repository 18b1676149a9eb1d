import { type AuditFinding, type AuditQuestion, audit as auditPackage } from "../core/audit.ts";
import type { EventBody } from "../core/event.ts";
import { foldEvents } from "../core/fold.ts";
import type { PackageName } from "../core/package-name.ts";
import { escapeText } from "../core/printable.ts";
import { fingerprintOf, parseSigner, type SignerId } from "../core/signer.ts";
import { parseStatement } from "../core/statement.ts";
import { asciiBytes } from "../core/statement-text.ts";
import { DAY_MS, formatTime, parseTime, type UnixMs, unixMs } from "../core/time.ts";
import { UsageError } from "../core/tofu-error.ts";
import type { Journal } from "../journal/journal.ts";
import { type Answer, type AuditLine, SCHEMA_VERSION } from "../protocol/answer.ts";
import type { AuditRequest } from "../protocol/request.ts";
import { isKnown, knownPackages } from "./known.ts";
import { resolvePackage } from "./names.ts";
import { loadHistory, type TofuWorld } from "./world.ts";

/** A prefix serves for looking up where it is long enough not to be met by chance. */
const PREFIX_MIN_DIGITS = 8;
const DATE_LENGTH = "2026-09-14".length;

/**
 * `tofu audit`: which files, statements and pins here rest on a signer or fell into a period. Without package, signer
 * and period it lists only what is in doubt.
 *
 * @returns 0 whatever it reports.
 * @throws UsageError for a package or a prefix that is not known here, and for a date that is none.
 */
export async function audit(world: TofuWorld, request: AuditRequest, tell: (answer: Answer) => void): Promise<number> {
  const only = request.package === undefined ? undefined : await knownPackage(world, request.package);
  const signer = request.signer === undefined ? undefined : await findSigner(world.journal, request.signer);
  const question: AuditQuestion = {
    signer,
    since: readDate("--since", request.since, 0),
    until: readDate("--until", request.until, DAY_MS - 1),
    doubtsOnly: [request.package, request.signer, request.since, request.until].every((given) => given === undefined),
  };
  const machine = await world.journal.read("*");
  if (only === undefined) {
    for (const finding of auditPackage({ events: machine, machine, pin: foldEvents([]) }, question))
      tell(auditLine("*", finding, world));
  }
  for await (const name of only === undefined ? knownPackages(world) : [only]) {
    const { pin, events } = await loadHistory(world, name);
    for (const finding of auditPackage({ events, machine, pin }, question)) tell(auditLine(name, finding, world));
  }
  return 0;
}

/** A name that can be read is not yet one that is known: an audit of a mistyped package must not read as "nothing". */
async function knownPackage(world: TofuWorld, text: string): Promise<PackageName> {
  const name = await resolvePackage(world, text);
  if (await isKnown(world, name)) return name;
  throw new UsageError(`no package named "${escapeText(text)}" is known here`);
}

/** A whole fingerprint or signer is taken as it stands, known or not; a prefix must name one signer of this journal. */
async function findSigner(journal: Journal, text: string): Promise<SignerId> {
  const bare = text.replace(/^openpgp:/i, "").replaceAll(" ", "");
  const whole = parseSigner(/^[0-9A-Fa-f]+$/.test(bare) ? `openpgp:${bare}` : text);
  if (whole.ok) return whole.value;
  const shown = escapeText(text.slice(0, 100));
  const digits = bare.toUpperCase();
  if (!/^[0-9A-F]+$/.test(digits) || digits.length < PREFIX_MIN_DIGITS)
    throw new UsageError(
      `"${shown}" names no signer; give a fingerprint, or at least ${PREFIX_MIN_DIGITS} of its first digits`,
    );
  const known = await signersWith(journal, digits);
  const [signer, ...others] = known;
  if (signer === undefined) throw new UsageError(`no signer's fingerprint begins with ${digits} here`);
  if (others.length > 0) throw new UsageError(`several fingerprints begin with ${digits}`, known.join(", "));
  return signer;
}

async function signersWith(journal: Journal, digits: string): Promise<readonly SignerId[]> {
  const found = new Set<SignerId>();
  for await (const { event } of journal.follow(0)) {
    for (const signer of signersIn(event.body))
      if (fingerprintOf(signer)?.startsWith(digits) === true) found.add(signer);
  }
  return [...found];
}

function signersIn(body: EventBody): readonly SignerId[] {
  if ("statement" in body) {
    const parsed = parseStatement(asciiBytes(body.statement.text));
    const named = parsed.ok ? [...parsed.value.keys, ...parsed.value.removed].map(({ signer }) => signer) : [];
    return [...body.statement.signers, ...named, ...(parsed.ok ? parsed.value.recovery : [])];
  }
  if ("keys" in body) return body.keys.map(({ key }) => key);
  return "key" in body ? [body.key] : [];
}

/** A day given as an end counts whole. */
function readDate(option: string, text: string | undefined, restOfDayMs: number): UnixMs | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time.ok) throw new UsageError(`${option} takes a date such as 2026-09-14`);
  return text.length === DATE_LENGTH ? unixMs(time.value + restOfDayMs) : time.value;
}

function auditLine(name: PackageName | "*", finding: AuditFinding, world: TofuWorld): AuditLine {
  const { about, version, sha256, detail, at, signers, why, source } = finding;
  return {
    schemaVersion: SCHEMA_VERSION,
    type: "audit",
    package: name,
    about,
    ...(version === undefined ? {} : { version }),
    name: finding.name,
    ...(sha256 === undefined ? {} : { sha256 }),
    at: formatTime(at),
    signers,
    why,
    ...(detail === undefined ? {} : { detail }),
    source,
    ...(world.replay ? { replay: true } : {}),
  };
}
