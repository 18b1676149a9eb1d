import { createHash } from "node:crypto";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { OfferedStatement, StatementSignature } from "../../daemon/core/offer.ts";
import type { PackageName } from "../../daemon/core/package-name.ts";
import { parseSha256, type Sha256 } from "../../daemon/core/sha256.ts";
import { formatStatement, parseStatement, type Statement } from "../../daemon/core/statement.ts";
import { asciiBytes } from "../../daemon/core/statement-text.ts";
import type { RemovalReason, StatementRole } from "../../daemon/core/statement-value.ts";
import { digest, must, PACKAGE, signer, time } from "./scene.ts";

/** A statement in letters: `keys: "A B:r C:h"`, both roles where none is named. */
export interface Wish {
  /** The statement it builds on; the first of a chain has none. */
  readonly on?: OfferedStatement;
  /** Where it shall not follow from `on`. */
  readonly seq?: number;
  readonly previous?: Sha256;
  readonly keys: string;
  readonly recovery?: string;
  readonly handover?: number;
  readonly release?: number;
  readonly remove?: Readonly<Record<string, RemovalReason>>;
  /** When a key removed as compromised was stolen. */
  readonly since?: string;
  readonly vouch?: readonly string[];
  readonly issued?: string;
  readonly notBefore?: string;
  readonly packages?: readonly PackageName[];
  readonly reason?: string;
  /** Letters that signed it, or signatures with something special about them. */
  readonly by: string | readonly StatementSignature[];
  readonly place?: string;
  /** What is offered instead of the statement's own text, its signatures with it. */
  readonly retyped?: (text: string) => string;
}

/** @returns a letter's signature as a maintainer makes it; what differs is given. */
export function mark(letter: string, rest: Partial<StatementSignature> = {}): StatementSignature {
  return {
    signer: signer(letter),
    byPrimary: true,
    isBinary: true,
    isForHandover: true,
    isWeak: false,
    isEntitled: true,
    isExpired: false,
    revoked: undefined,
    retiredAt: undefined,
    createdAt: time("2026-01-01"),
    material: digest(`material ${letter}`),
    ...rest,
  };
}

/** @returns a statement as somebody offers it, with what was established about its signatures. */
export function offered(wish: Wish): OfferedStatement {
  const text = Buffer.from(formatStatement(statementOf(wish))).toString("latin1");
  const told = wish.retyped?.(text) ?? text;
  const { by } = wish;
  return {
    sha256: hash(told),
    text: told,
    parsed: parseStatement(asciiBytes(told)),
    signatures: typeof by === "string" ? letters(by).map((letter) => mark(letter)) : by,
    place: wish.place ?? "beside the artifact",
    blocks: undefined,
    fitsOnlyRaw: false,
  };
}

/** @returns the words of a list of letters. */
export function letters(list: string): readonly string[] {
  return list.split(" ").filter((word) => word !== "");
}

function statementOf(wish: Wish): Statement {
  const on = wish.on?.parsed.ok === true ? wish.on.parsed.value : undefined;
  const { remove = {}, vouch = [], since } = wish;
  return {
    packages: wish.packages ?? [PACKAGE],
    seq: wish.seq ?? (on?.seq ?? 0) + 1,
    previous: wish.previous ?? wish.on?.sha256,
    issued: time(wish.issued ?? "2026-01-01"),
    notBefore: wish.notBefore === undefined ? undefined : time(wish.notBefore),
    keys: letters(wish.keys).map(keyOf),
    recovery: letters(wish.recovery ?? "").map(signer),
    threshold: { release: wish.release ?? 1, handover: wish.handover ?? 1 },
    removed: Object.entries(remove).map(([letter, reason]) => ({
      signer: signer(letter),
      reason,
      since: since === undefined ? undefined : time(since),
    })),
    vouches: vouch.map((bytes) => ({ sha256: digest(bytes), fileName: must(parseArtifactFileName("old.tar.gz")) })),
    locations: [],
    notes: [],
    reason: wish.reason ?? "As announced.",
  };
}

function keyOf(word: string): Statement["keys"][number] {
  const [letter = "", role] = word.split(":");
  const roles: readonly StatementRole[] =
    role === "r" ? ["release"] : role === "h" ? ["handover"] : ["release", "handover"];
  return { signer: signer(letter), roles: new Set(roles) };
}

function hash(text: string): Sha256 {
  return must(parseSha256(createHash("sha256").update(text, "latin1").digest("hex")));
}
