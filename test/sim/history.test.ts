import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { foldEvents } from "../../daemon/core/fold.ts";
import type { OfferedStatement } from "../../daemon/core/offer.ts";
import { formatPinText, parsePinText } from "../../daemon/core/pin-text.ts";
import { release } from "../core/handover-row.ts";
import { mark, offered } from "../core/offers.ts";
import { plain } from "../core/plain.ts";
import { Scene, signer } from "../core/scene.ts";
import { acting, type Model, opened, type Paper, resolved, told, trusted } from "./model.ts";

/** Releasers; the thief holds one of their keys, which is less than any quorum here, and one of his own. */
const RELEASERS = ["A", "B", "C", "D", "E"];
const THIEF = "M";
const FRIEND = "L";
const RUNS = Number(process.env["TOFU_TEST_RUNS"] ?? 400);

type Step =
  | {
      readonly kind: "publish" | "fork" | "forge";
      readonly at: number;
      readonly keys: readonly string[];
      readonly drop: number;
    }
  | { readonly kind: "deliver"; readonly order: readonly number[] }
  | { readonly kind: "release"; readonly by: number }
  | { readonly kind: "attack" | "crash" | "trust" | "resolve" };

const team = fc.uniqueArray(fc.constantFrom(...RELEASERS), { minLength: 3, maxLength: 5 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("publish", "fork", "forge"),
        at: fc.nat(20),
        keys: team,
        drop: fc.nat(7),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("deliver"),
        order: fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("release"), by: fc.nat(4) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("attack", "attack", "crash", "trust", "resolve") }) },
  ),
  { maxLength: 30 },
) as fc.Arbitrary<readonly Step[]>;

interface Published {
  readonly paper: Paper;
  readonly offer: OfferedStatement;
}

/** One machine, all that was ever published or forged, and the model beside it. */
class World {
  readonly scene = new Scene();
  readonly all: Published[] = [];
  /** What the releasers built on last; they do not look at the machine. */
  readonly honest: Published[] = [];
  readonly stolen: string;
  model: Model;
  #day = 0;
  #before: { readonly events: number; readonly model: Model } | undefined;

  constructor(stolen: string) {
    this.stolen = stolen;
    const first = this.#write(undefined, ["A", "B", "C"], { handover: 2, removed: [], signedBy: ["A", "B", "C"] });
    this.honest.push(first);
    this.scene.offer(this.#tomorrow(), first.offer);
    this.model = opened(first.paper);
  }

  step(step: Step): void {
    const before = { events: this.scene.events.length, model: this.model };
    this.#play(step);
    this.#before = step.kind === "crash" ? undefined : before;
    const active = [...this.scene.active()].sort();
    assert.deepEqual(active, acting(this.model).map(signer).sort(), `after ${JSON.stringify(step)}`);
    assert.ok(!active.includes(signer(THIEF)), "the thief became a signer");
  }

  #play(step: Step): void {
    switch (step.kind) {
      case "publish":
      case "fork":
        this.#publish(step);
        break;
      case "forge":
        this.#forge(step);
        break;
      case "deliver":
        this.#deliver(step.order);
        break;
      case "release":
        this.#release(step.by);
        break;
      case "attack":
        this.#attack();
        break;
      case "crash":
        this.#crash();
        break;
      case "trust":
        this.#trust();
        break;
      case "resolve":
        this.scene.append(this.#tomorrow(), { kind: "resolve", keep: "mine", reason: "asked them" });
        this.model = resolved(this.model);
    }
  }

  #trust(): void {
    if (this.model.passing !== undefined) return;
    const trust = { kind: "trust", key: signer(FRIEND), scope: "package", reason: "a colleague" } as const;
    this.scene.append(this.#tomorrow(), trust);
    this.model = trusted(this.model, FRIEND);
  }

  /** The releasers go on from their newest statement; by mistake, from an older one. */
  #publish({ kind, at, keys, drop }: Extract<Step, { at: number }>): void {
    const on = kind === "publish" ? this.honest.at(-1) : this.honest[at % this.honest.length];
    assert.ok(on !== undefined);
    const handover = Math.max(2, Math.min(keys.length, 2 + (drop % 3)));
    const removed = on.paper.keys.filter((key) => !keys.includes(key));
    const written = this.#write(on, keys, { handover, removed, signedBy: [...new Set([...on.paper.keys, ...keys])] });
    if (kind === "publish") this.honest.push(written);
  }

  /** The thief signs with what he has, and pastes what others signed for other purposes. */
  #forge({ at, keys, drop }: Extract<Step, { at: number }>): void {
    const on = this.all[at % this.all.length];
    assert.ok(on !== undefined);
    const wanted = drop % 2 === 0 ? [...keys.slice(drop % 3), THIEF] : [THIEF];
    const removed = drop < 6 ? on.paper.keys.filter((key) => !wanted.includes(key)) : [];
    this.#write(on, wanted, { handover: drop % 4 === 0 ? 2 : 1, removed, signedBy: [this.stolen, THIEF] });
  }

  #write(
    on: Published | undefined,
    keys: readonly string[],
    rest: Pick<Paper, "handover" | "removed" | "signedBy">,
  ): Published {
    const pasted = RELEASERS.filter((letter) => !rest.signedBy.includes(letter));
    const offer = offered({
      keys: keys.join(" "),
      release: Math.min(2, keys.length),
      handover: rest.handover,
      remove: Object.fromEntries(rest.removed.map((letter) => [letter, "retired" as const])),
      by: [
        ...rest.signedBy.map((letter) => mark(letter)),
        ...pasted.map((letter, index) =>
          mark(letter, index % 2 === 0 ? { isForHandover: false } : { byPrimary: false }),
        ),
      ],
      reason: `Number ${this.all.length}.`,
      ...(on === undefined ? {} : { on: on.offer }),
    });
    const written = { offer, paper: { id: offer.sha256, on: on?.offer.sha256, keys, ...rest } };
    this.all.push(written);
    return written;
  }

  /** In any order, again and again. */
  #deliver(order: readonly number[]): void {
    const chosen = order.map((index) => this.all[index % this.all.length]).filter((one) => one !== undefined);
    this.scene.offer(this.#tomorrow(), ...chosen.map(({ offer }) => offer));
    for (const { paper } of chosen) this.model = told(this.model, paper);
  }

  #release(by: number): void {
    const signers = acting(this.model).filter((_, index) => index !== by);
    const { exit } = release(this.scene, this.#tomorrow(), signers.join(" "));
    assert.equal(exit === 0, signers.length >= 2, `a release by ${signers.join(" ")}`);
  }

  #attack(): void {
    const { verdict, exit } = release(this.scene, this.#tomorrow(), `${this.stolen} ${THIEF}`);
    assert.notEqual(exit, 0, verdict);
  }

  /** The last append was never acknowledged, and is not there. */
  #crash(): void {
    if (this.#before === undefined) return;
    this.scene.events.length = this.#before.events;
    this.model = this.#before.model;
  }

  #tomorrow(): string {
    this.#day += 1;
    return new Date(Date.UTC(2026, 1, this.#day)).toISOString().slice(0, 10);
  }
}

describe("random histories of releasers, a thief, forks, replays and crashes", () => {
  it("leave code and model of one mind, and the thief outside", (t) => {
    const seed = Number(process.env["TOFU_TEST_SEED"] ?? Date.now() % 1_000_000_000);
    t.diagnostic(`seed ${seed}`);
    fc.assert(
      fc.property(
        fc.constantFrom(...RELEASERS),
        steps,
        fc.array(fc.nat(200), { maxLength: 4 }),
        (stolen, played, cuts) => {
          const world = new World(stolen);
          for (const step of played) world.step(step);
          const { events } = world.scene;
          const bounds = [0, ...cuts.map((cut) => cut % (events.length + 1)).sort((a, b) => a - b), events.length];
          const batched = bounds
            .slice(1)
            .reduce((pin, end, index) => foldEvents(events.slice(bounds[index], end), pin), foldEvents([]));
          assert.deepEqual(plain(batched), plain(foldEvents(events)));
          const cut = bounds[1] ?? 0;
          const kept = parsePinText(formatPinText(foldEvents(events.slice(0, cut)))) ?? assert.fail();
          assert.deepEqual(plain(foldEvents(events.slice(cut), kept)), plain(batched));
        },
      ),
      { seed, numRuns: RUNS },
    );
  });
});
