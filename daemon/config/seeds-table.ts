import { integer } from "../core/codec.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parseSigner, type SignerId } from "../core/signer.ts";
import type { ConfigProblem } from "./problem.ts";
import { type TomlDocument, tableEntries } from "./toml-document.ts";

/** A file's `[seeds]`; what it leaves out is absent. */
export interface SeedRules {
  /** Whose pin files count as signed by somebody whom the user named. */
  readonly signers?: readonly SignerId[] | undefined;
  /** Pin files with a lower serial, or none, are old ones offered again. */
  readonly minSerial?: number | undefined;
}

export const SEEDS_TABLE = "seeds";

const MAX_SEED_SIGNERS = 100;
/** As many digits as `@serial` may have. */
const MAX_SERIAL = 999_999_999_999_999;
const SIGNERS = `a list of at most ${MAX_SEED_SIGNERS} signers, each openpgp:FINGERPRINT or ssh:SHA256:…`;
const KNOWN = "settings here: signers, min-serial";

/** Reads `[seeds]`; an absent one sets nothing. */
export function parseSeedsTable(document: TomlDocument): Result<SeedRules, ConfigProblem> {
  const value = document.root.get(SEEDS_TABLE);
  if (value === undefined) return ok({});
  const table = tableEntries(value);
  if (table === undefined) return err(document.problem("wrong-value", [SEEDS_TABLE], "a table"));
  let rules: SeedRules = {};
  for (const [key, inner] of table) {
    const wrong = (expected: string): Result<SeedRules, ConfigProblem> =>
      err(document.problem("wrong-value", [SEEDS_TABLE, key], expected));
    if (key === "signers") {
      const signers = parseSigners(inner);
      if (signers === undefined) return wrong(SIGNERS);
      rules = { ...rules, signers };
    } else if (key === "min-serial") {
      const serial = integer(0, MAX_SERIAL).parse(inner, "");
      if (!serial.ok) return wrong(`a whole number, ${MAX_SERIAL} at most`);
      rules = { ...rules, minSerial: serial.value };
    } else return err(document.problem("unknown-key", [SEEDS_TABLE, key], KNOWN));
  }
  return ok(rules);
}

/** @returns both together: the signers of either, the higher serial. */
export function layerSeedRules(below: SeedRules, above: SeedRules): SeedRules {
  const signers = [...(below.signers ?? []), ...(above.signers ?? [])];
  const serials = [below.minSerial, above.minSerial].filter((serial) => serial !== undefined);
  return {
    ...(signers.length === 0 ? {} : { signers: [...new Set(signers)] }),
    ...(serials.length === 0 ? {} : { minSerial: Math.max(...serials) }),
  };
}

function parseSigners(value: unknown): readonly SignerId[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_SEED_SIGNERS) return undefined;
  const signers: SignerId[] = [];
  for (const entry of value) {
    const parsed = typeof entry === "string" ? parseSigner(entry) : undefined;
    if (parsed?.ok !== true) return undefined;
    signers.push(parsed.value);
  }
  return signers;
}
