import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { exportFromGpg } from "../../daemon/certificates/gpg-keyring.ts";
import { type ChainJudgement, judgeChain } from "../../daemon/core/arrival.ts";
import { parseArtifactFileName, parseVersion } from "../../daemon/core/artifact-name.ts";
import type { EventBody } from "../../daemon/core/event.ts";
import { type Fingerprint, parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { openpgpSigner } from "../../daemon/core/signer.ts";
import { parseTime, type UnixMs, unixMs } from "../../daemon/core/time.ts";
import { readChainFrom } from "../../daemon/evidence/chain-places.ts";
import { gatherChain } from "../../daemon/evidence/statement-evidence.ts";
import { createMemoryJournal } from "../../daemon/journal/memory-journal.ts";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { HandoverMakeRequest } from "../../daemon/protocol/handover-requests.ts";
import { handoverMake } from "../../daemon/usecases/handover-make.ts";
import { loadPin, type TofuWorld } from "../../daemon/usecases/world.ts";
import { digest, must, PACKAGE } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { worldAround } from "./world.ts";

/** A publisher with every secret key in one GnuPG home, and a user whose machine follows what is published. */
export interface Publisher {
  readonly place: GpgPlace;
  readonly folder: string;
  readonly world: TofuWorld;
  /** @returns the whole fingerprint of a person's key, made when first asked for. */
  readonly key: (person: string) => string;
  readonly make: (words: Partial<HandoverMakeRequest>) => Promise<readonly Answer[]>;
  /** Runs the co-signers' script of a statement. */
  readonly sign: (seq: number, person: string, home?: string) => Said;
  /** What the user's machine says of the published folder, or another, by the certificates in it alone. */
  readonly judge: (from?: string) => Promise<ChainJudgement>;
  /** The user's machine, which is the publisher's own, follows. */
  readonly follow: (from?: string) => Promise<ChainJudgement>;
  /** Writes into the user's journal what happened there. */
  readonly record: (...events: readonly EventBody[]) => Promise<void>;
  readonly close: () => void;
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const REQUEST: HandoverMakeRequest = {
  do: "handover-make",
  package: PACKAGE,
  add: [],
  remove: [],
  rotate: [],
  handTo: [],
  recovery: [],
  dropRecovery: [],
  vouch: [],
  location: [],
  alsoFor: [],
  reason: "for a test",
  plan: false,
  output: "",
  keys: [],
  claimed: { pid: 1, parent: "sh" },
};

/** @param pinned - persons whose keys the user pinned at first use. */
export async function openPublisher(...pinned: readonly string[]): Promise<Publisher> {
  const place = openGpgPlace();
  const folder = join(place.folder, "project", "tofu-handovers");
  const keys = new Map<string, string>();
  const key = (person: string): string => {
    const made = keys.get(person) ?? place.makeKey(`${person} <${person}@example.org>`);
    keys.set(person, made);
    return made;
  };
  const clock = (): UnixMs => unixMs(Date.now());
  const world: TofuWorld = {
    ...worldAround(createMemoryJournal(), clock()),
    now: clock,
    keyring: (gnupgHome, wanted) => exportFromGpg({ gnupgHome, key: wanted }),
  };
  const judge = async (from = folder): Promise<ChainJudgement> => {
    const { pin, now } = await loadPin(world, PACKAGE);
    const { journal } = world;
    const sources = {
      storedCertificate: (primary: Fingerprint) => journal.certificate(primary),
      storedPrimaryOf: (subkey: Fingerprint) => journal.primaryOf(subkey),
      keyring: undefined,
    };
    const { chain } = await gatherChain(await readChainFrom(from), sources, now);
    return judgeChain(PACKAGE, pin, chain.offers, now);
  };
  await append(
    world,
    pinned.map((person) => firstUse(must(parseFingerprint(key(person))))),
  );
  return {
    place,
    folder,
    world,
    key,
    judge,
    make: async (words) => {
      const answers: Answer[] = [];
      const request = { ...REQUEST, output: folder, gnupgHome: place.folder, ...words };
      await handoverMake(world, request, (answer) => answers.push(answer));
      return answers;
    },
    sign: (seq, person, home = place.folder) =>
      runShell(`sh tofu-handovers/sign-${String(seq).padStart(4, "0")}.sh ${key(person)}`, join(folder, ".."), home),
    follow: async (from) => {
      const judged = await judge(from);
      await append(world, judged.events);
      return judged;
    },
    record: (...events) => append(world, events),
    close: place.close,
  };
}

/** Runs a line of shell with a GnuPG home, in a folder. */
export function runShell(line: string, cwd: string, home: string): Said {
  const env = { PATH: process.env["PATH"], HOME: home, GNUPGHOME: home, LANG: "C.UTF-8" };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { cwd, env, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

async function append(world: TofuWorld, events: readonly EventBody[]): Promise<void> {
  if (events.length === 0) return;
  const expectedVersion = (await world.journal.read(PACKAGE)).length;
  const rest = { at: world.now(), actor: "user:me", certificates: [], objects: [] } as const;
  await world.journal.append({ name: PACKAGE, expectedVersion, events, ...rest });
}

function firstUse(primary: Fingerprint): EventBody {
  return {
    kind: "first-use",
    key: openpgpSigner(primary),
    subkey: primary,
    sigCreated: must(parseTime("2026-01-01")),
    artifact: {
      name: must(parseArtifactFileName("sunpy-6.0.tar.gz")),
      version: must(parseVersion("6.0")),
      sha256: digest("6.0"),
      size: 3,
    },
    source: { via: "verify" },
    certSource: "command-line",
    mode: "accept",
  };
}
