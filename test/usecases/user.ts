import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_POLICY, type FirstUsePolicy } from "../../daemon/core/policy.ts";
import { DAY_MS, type UnixMs, unixMs } from "../../daemon/core/time.ts";
import type { Journal } from "../../daemon/journal/journal.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { HandoverLine } from "../../daemon/protocol/handover-line.ts";
import type { HandoverRequest } from "../../daemon/protocol/handover-requests.ts";
import type { JudgementLine } from "../../daemon/protocol/judgement-line.ts";
import type { Request, VerifyRequest } from "../../daemon/protocol/request.ts";
import { createTofu } from "../../daemon/tofu.ts";
import type { TofuWorld } from "../../daemon/usecases/world.ts";
import { PACKAGE } from "../core/scene.ts";
import type { GpgPlace } from "../evidence/gpg.ts";
import { gpgBlock, type StatementLines, statementText } from "../evidence/statements.ts";
import { worldAround } from "./world.ts";

/** What one question came to. */
export interface Told {
  readonly exit: number;
  readonly answers: readonly Answer[];
  readonly lines: readonly HandoverLine[];
  readonly judgement: JudgementLine | undefined;
}

/** A machine that follows a package; its clock is moved by the test, never by waiting. */
export interface User {
  readonly journal: Journal;
  readonly ask: (request: Request) => Promise<Told>;
  readonly verify: (file: string, more?: Partial<VerifyRequest>) => Promise<Told>;
  readonly handover: (words: Partial<HandoverRequest>) => Promise<Told>;
  /** Kinds of the events in the journal of the package. */
  readonly kinds: () => Promise<readonly string[]>;
  readonly pass: (days: number) => void;
}

export const NAME = "pkg:pypi/sunpy";
export const CLAIMED = { pid: 1, parent: "sh" };

export function openUser(
  firstUse: FirstUsePolicy = { kind: "accept" },
  changes: Partial<Pick<TofuWorld, "layers" | "network" | "outside" | "seeds">> = {},
): User {
  const journal = createMemoryJournal();
  let now: UnixMs = unixMs(Date.now());
  const world = {
    ...worldAround(journal, now),
    now: (): UnixMs => now,
    policy: () => ({ ...DEFAULT_POLICY, firstUse }),
    ...changes,
  };
  const tofu = createTofu(world);
  const ask = async (request: Request): Promise<Told> => {
    const answers: Answer[] = [];
    const exit = await tofu(request, (answer) => answers.push(answer));
    return {
      exit,
      answers,
      lines: answers.filter((answer) => answer.type === "handover"),
      judgement: answers.find((answer) => answer.type === "judgement"),
    };
  };
  return {
    journal,
    ask,
    verify: (file, more = {}) => ask({ ...VERIFY, files: [file], ...more }),
    handover: (words) => ask({ ...HANDOVER, ...words }),
    kinds: async () => (await journal.read(PACKAGE)).map(({ body }) => body.kind),
    pass: (days) => {
      now = unixMs(now + days * DAY_MS);
    },
  };
}

const VERIFY: VerifyRequest = {
  do: "verify",
  files: [],
  package: NAME,
  signatures: [],
  keys: [],
  dryRun: false,
  offline: false,
  via: "verify",
  claimed: CLAIMED,
};

const HANDOVER: HandoverRequest = {
  do: "handover",
  action: "apply",
  package: NAME,
  keys: [],
  offline: false,
  claimed: CLAIMED,
};

/** Lays out what a download site has: releases with their signatures, and statements. */
export class Site {
  readonly #place: GpgPlace;
  #folders = 0;

  constructor(place: GpgPlace) {
    this.#place = place;
  }

  /** @returns a new folder with every certificate in it. */
  folder(): string {
    this.#folders += 1;
    const folder = this.#place.path(`site${this.#folders}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "TOFU-KEYS"), this.#place.gpg("--armor", "--export"));
    return folder;
  }

  /** @returns the path of a release that this key signed. */
  release(folder: string, version: string, key: string | undefined): string {
    const path = join(folder, `sunpy-${version}.tar.gz`);
    writeFileSync(path, `sunpy ${version}\n`);
    if (key !== undefined)
      this.#place.gpg("--armor", "--local-user", `${key}!`, "--output", `${path}.asc`, "--detach-sign", path);
    return path;
  }

  /** @returns a statement with its blocks. */
  statement(lines: StatementLines, ...signers: readonly string[]): string {
    const text = statementText(lines);
    return text + signers.map((key) => gpgBlock(this.#place, text, `${key}!`)).join("");
  }

  write(folder: string, name: string, content: string): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }
}
