import { randomUUID } from "node:crypto";
import { type ChainJudgement, judgeChain } from "../../daemon/core/arrival.ts";
import { foldEvents } from "../../daemon/core/fold.ts";
import type { Pin } from "../../daemon/core/pin.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { sha256OfBytes } from "../../daemon/evidence/digest-lanes.ts";
import { gatherChain } from "../../daemon/evidence/statement-evidence.ts";
import { PACKAGE } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { gpgBlock, type StatementLines, statementText } from "../evidence/statements.ts";

const NOW = unixMs(Date.now());
const NOWHERE = {
  storedCertificate: async () => undefined,
  storedPrimaryOf: async () => undefined,
  keyring: undefined,
};

/** A project whose keys and signatures gpg made, and a machine that follows its statements. */
export class RealProject {
  readonly place: GpgPlace = openGpgPlace();
  pin: Pin = foldEvents([]);

  /** @returns the fingerprint of a new releaser's primary key. */
  newKey(name: string): string {
    return this.place.makeKey(`${name} <${name}@example.org>`);
  }

  /** @returns a statement's text, after another where `previous` is its text. */
  statement(lines: Omit<StatementLines, "previous" | "seq">, previous?: string, seq = 2): string {
    if (previous === undefined) return statementText(lines);
    return statementText({ ...lines, seq, previous: `sha256:${sha256OfBytes(Buffer.from(previous))}` });
  }

  /** @returns a signature as maintainers are told to make it. */
  sign(text: string, ...keys: readonly string[]): string {
    return keys.map((key) => gpgBlock(this.place, text, `${key}!`)).join("");
  }

  /** Offers a chain file with all certificates beside it; what it moves is remembered. */
  async offer(file: string): Promise<ChainJudgement["statements"][number]["judgement"] | undefined> {
    const keys = this.place.write(randomUUID(), this.place.gpg("--armor", "--export"));
    const found = { bytes: Buffer.from(file), place: "beside the artifact", keyFiles: [keys] };
    const { chain } = await gatherChain(found, NOWHERE, NOW);
    const judged = judgeChain(PACKAGE, this.pin, chain.offers, NOW);
    this.pin = judged.pin;
    return judged.statements.at(-1)?.judgement;
  }

  /** @returns the fingerprints that may act. */
  active(): readonly string[] {
    const active = [...this.pin.signers.values()].filter(({ state }) => state === "active");
    return active.map(({ signer }) => signer.slice("openpgp:".length));
  }
}

/** @returns a key line with both roles. */
export function both(fingerprint: string): string {
  return `openpgp:${fingerprint} release,handover`;
}
