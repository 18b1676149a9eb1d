import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinPackets, type Packet, splitPackets, TAG, withoutBackSignature } from "./packets.ts";

/** A releaser's key as it lies in the workshop. Subkeys come when they are first used. */
export interface WorkshopKey {
  readonly primary: string;
  readonly subkeys: Map<string, string>;
  revocation: Packet | undefined;
}

export interface KeyWish {
  readonly name: string;
  readonly algorithm: "ed25519" | "nistp256" | "rsa3072";
  readonly created: string;
}

const REVOCATION_CODE = { none: "0", compromised: "1", superseded: "2", retired: "3" } as const;
const QUIET = ["--no-tty", "--quiet", "--no-greeting", "--no-auto-check-trustdb", "--trust-model", "always"];
const NO_PASSPHRASE = ["--pinentry-mode", "loopback", "--passphrase", ""];

/** The releasers' side: a GnuPG home with every secret key, whose clock says whatever a step says. */
export class Workshop {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  /** The folder's path is short, since gpg's agent listens in it. */
  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), "tofu-gpg-")));
  }

  async close(): Promise<void> {
    await run("gpgconf", ["--homedir", this.#home, "--kill", "all"]);
    await rm(this.#home, { recursive: true, force: true });
  }

  async makeKey({ name, algorithm, created }: KeyWish): Promise<WorkshopKey> {
    const person = `Releaser ${name} <${name.toLowerCase()}@releasers.example>`;
    const made = await this.#newFingerprint(() =>
      this.#gpg(created, ["--quick-generate-key", person, algorithm, "sign,cert", "never"]),
    );
    return { primary: made, subkeys: new Map(), revocation: undefined };
  }

  async addSubkey(key: WorkshopKey, name: string, at: string): Promise<void> {
    const made = await this.#newFingerprint(() =>
      this.#gpg(at, ["--quick-add-key", key.primary, "ed25519", "sign", "never"]),
    );
    key.subkeys.set(name, made);
  }

  /** A new self-signature, made `at`; without `expires` the key is good for ever again. */
  async renew(key: WorkshopKey, at: string, expires?: string): Promise<void> {
    await this.#gpg(at, ["--quick-set-expire", key.primary, expires === undefined ? "0" : gpgTime(expires)]);
  }

  async certify(key: WorkshopKey, by: WorkshopKey, at: string): Promise<void> {
    await this.#gpg(at, ["--local-user", by.primary, "--quick-sign-key", key.primary]);
  }

  /** From now on every certificate of the key carries the revocation; the workshop itself could still sign with it. */
  async revoke(key: WorkshopKey, at: string, reason: keyof typeof REVOCATION_CODE): Promise<void> {
    const answers = Buffer.from(`y\n${REVOCATION_CODE[reason]}\n\ny\n`);
    const words = [...QUIET, ...NO_PASSPHRASE, ...clock(at), "--command-fd", "0", "--gen-revoke", key.primary];
    const armored = await run("gpg", ["--homedir", this.#home, ...words], answers);
    const [packet] = splitPackets(await this.#gpg(at, ["--dearmor"], armored));
    if (packet?.tag !== TAG.signature) throw new Error("gpg made no revocation");
    key.revocation = packet;
  }

  /** One armored detached signature by the primary key or one of its subkeys. */
  async sign(data: Buffer, signer: string, at: string, hash?: string): Promise<Buffer> {
    const digest = hash === undefined ? [] : ["--allow-weak-digest-algos", "--digest-algo", hash];
    return this.#gpg(at, [...digest, "--armor", "--detach-sign", "--local-user", `${signer}!`, "--output", "-"], data);
  }

  /** The certificate as everybody can have it now, in binary. */
  async certificate(key: WorkshopKey, bare: { readonly withoutBackSignature: readonly string[] }): Promise<Buffer> {
    const [primary, ...rest] = splitPackets(await this.#gpg(undefined, ["--export", key.primary]));
    if (primary?.tag !== TAG.primaryKey) throw new Error("gpg exported no certificate");
    // gpg exports subkeys in the order they were added.
    const names = [...key.subkeys.keys()];
    let subkey = -1;
    const packets = rest.map((packet) => {
      if (packet.tag === TAG.subkey) subkey += 1;
      const isBare = packet.tag === TAG.signature && bare.withoutBackSignature.includes(names[subkey] ?? "");
      return isBare ? { tag: packet.tag, body: withoutBackSignature(packet.body) } : packet;
    });
    return joinPackets([primary, ...(key.revocation === undefined ? [] : [key.revocation]), ...packets]);
  }

  async #newFingerprint(make: () => Promise<unknown>): Promise<string> {
    const before = new Set(await this.#fingerprints());
    await make();
    const made = (await this.#fingerprints()).find((fingerprint) => !before.has(fingerprint));
    if (made === undefined) throw new Error("gpg made no key");
    return made;
  }

  async #fingerprints(): Promise<readonly string[]> {
    const listing = await this.#gpg(undefined, ["--with-colons", "--with-subkey-fingerprint", "--list-keys"]);
    return [...listing.toString("utf8").matchAll(/^fpr:{9}([0-9A-F]+):/gm)].flatMap(
      ([, fingerprint]) => fingerprint ?? [],
    );
  }

  #gpg(at: string | undefined, words: readonly string[], input?: Buffer): Promise<Buffer> {
    const time = at === undefined ? [] : clock(at);
    return run(
      "gpg",
      ["--homedir", this.#home, "--batch", "--yes", ...QUIET, ...NO_PASSPHRASE, ...time, ...words],
      input,
    );
  }
}

function clock(at: string): readonly string[] {
  return ["--ignore-time-conflict", "--faked-system-time", `${gpgTime(at)}!`];
}

/** `2026-01-01T00:00:00Z` as gpg wants it, `20260101T000000`. */
function gpgTime(at: string): string {
  return at.replace(/[-:]|\.\d+|Z/g, "");
}

/** A program that wants no input gets none to read: writing to one that has ended already would be an error of ours. */
async function run(program: string, words: readonly string[], input?: Buffer): Promise<Buffer> {
  const child = spawn(program, words, { stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => output.push(part));
  child.stderr?.on("data", (part: Buffer) => errors.push(part));
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return Buffer.concat(output);
  throw new Error(`${program} ${words.join(" ")} ended with ${code}: ${Buffer.concat(errors).toString()}`);
}
