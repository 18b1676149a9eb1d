import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Machine } from "../machine.ts";
import type { Scenario, SignatureStep, Step } from "./scenario.ts";
import { Workshop, type WorkshopKey } from "./workshop.ts";

const DAY_MS = 86_400_000;
const BORN = "2020-01-01T00:00:00Z";
/** Elliptic curves where the scenario does not care, so that the commonest kinds of key all come up. */
const ALGORITHM: ReadonlyMap<string, "nistp256" | "rsa3072"> = new Map([
  ["C", "nistp256"],
  ["D", "rsa3072"],
]);

/** What a scenario talks about, made real: keys by letter, artifacts by symbol, files step by step. */
export class World {
  readonly #workshop: Workshop;
  readonly #scenario: Scenario;
  readonly #folder: string;
  readonly #keys = new Map<string, WorkshopKey>();
  readonly #names = new Map<string, string>();
  readonly #expired = new Set<string>();
  readonly #unproven = new Map<string, readonly string[]>();
  #step = 0;
  #signatures = 0;

  private constructor(workshop: Workshop, scenario: Scenario, machine: Machine) {
    this.#workshop = workshop;
    this.#scenario = scenario;
    this.#folder = join(machine.home, "steps");
  }

  static async open(scenario: Scenario, machine: Machine): Promise<World> {
    return new World(await Workshop.open(), scenario, machine);
  }

  close(): Promise<void> {
    return this.#workshop.close();
  }

  /** From here on files go to a folder of their own. */
  nextStep(): void {
    this.#step += 1;
  }

  async fingerprint(letter: string): Promise<string> {
    return (await this.#key(letter)).primary;
  }

  async write(name: string, bytes: Buffer | string): Promise<string> {
    const file = join(this.#folder, String(this.#step), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    return file;
  }

  /** Writes the artifact under the name a step gives it, or the one it had before. */
  async artifact(symbol: string, name: string = this.#names.get(symbol) ?? symbol): Promise<string> {
    this.#names.set(symbol, name);
    return this.write(name, artifactBytes(symbol));
  }

  /** The certificate of a letter as everybody can have it by now. */
  async certificate(letter: string): Promise<string> {
    const withoutBackSignature = this.#unproven.get(letter) ?? [];
    const bytes = await this.#workshop.certificate(await this.#key(letter), { withoutBackSignature });
    return this.write(`keys/${letter}.gpg`, bytes);
  }

  /** Makes one signature over an artifact, and brings the signer's certificate to the state the step describes. */
  async signature(at: string, symbol: string, given: SignatureStep): Promise<string> {
    const key = await this.#key(given.key);
    const created = given.created ?? at;
    await this.#expiry(key, at, created, given);
    for (const certifier of given.certifiedBy ?? []) {
      await this.#workshop.certify(key, await this.#key(certifier), later(at, -DAY_MS));
    }
    const bytes = artifactBytes(symbol);
    const data = given.status === "bad" ? Buffer.concat([bytes, Buffer.from("altered")]) : bytes;
    const signer = given.subkey === undefined ? key.primary : await this.#subkey(key, given, given.subkey, at);
    const signed = await this.#workshop.sign(data, signer, created, given.hash);
    this.#signatures += 1;
    return this.write(`${this.#names.get(symbol)}.${this.#signatures}.asc`, signed);
  }

  async revoke(letter: string, at: string, reason: "none" | "compromised" | "superseded" | "retired"): Promise<void> {
    await this.#workshop.revoke(await this.#key(letter), at, reason);
  }

  async #subkey(key: WorkshopKey, { key: letter, backsig }: SignatureStep, name: string, at: string): Promise<string> {
    if (!key.subkeys.has(name)) await this.#workshop.addSubkey(key, name, later(at, -DAY_MS));
    if (backsig === "missing") this.#unproven.set(letter, [...(this.#unproven.get(letter) ?? []), name]);
    const fingerprint = key.subkeys.get(name);
    if (fingerprint === undefined) throw new Error(`no subkey ${name}`);
    return fingerprint;
  }

  /** Expired "now" means after the signature and before the step; the releaser renews it before the next one. */
  async #expiry(
    key: WorkshopKey,
    at: string,
    created: string,
    { key: letter, keyExpired }: SignatureStep,
  ): Promise<void> {
    if (keyExpired === "now") {
      const between = (Date.parse(created) + Date.parse(at)) / 2;
      await this.#workshop.renew(key, later(created, -DAY_MS), new Date(between).toISOString());
      this.#expired.add(letter);
    } else if (this.#expired.delete(letter)) await this.#workshop.renew(key, later(at, -DAY_MS));
  }

  async #key(letter: string): Promise<WorkshopKey> {
    const known = this.#keys.get(letter);
    if (known !== undefined) return known;
    // A key on a curve asks for a hash of 256 bits, so a weak one says nothing there.
    const isWeak = this.#scenario.steps.some((step) => signsWeakly(step, letter));
    const algorithm = isWeak ? "rsa3072" : (ALGORITHM.get(letter) ?? "ed25519");
    const made = await this.#workshop.makeKey({ name: letter, algorithm, created: BORN });
    this.#keys.set(letter, made);
    return made;
  }
}

/** The bytes behind a symbol such as `h10`: always the same, about 4 kB, different for each symbol. */
export function artifactBytes(symbol: string): Buffer {
  const part = (index: number): Buffer => createHash("sha256").update(`${symbol} ${index}`).digest();
  return Buffer.concat([
    Buffer.from(`artifact ${symbol}\n`),
    ...Array.from({ length: 128 }, (_, index) => part(index)),
  ]);
}

function signsWeakly(step: Step, letter: string): boolean {
  return step.do === "verify" && step.signatures.some(({ key, hash }) => key === letter && hash !== undefined);
}

function later(at: string, byMs: number): string {
  return new Date(Date.parse(at) + byMs).toISOString();
}
