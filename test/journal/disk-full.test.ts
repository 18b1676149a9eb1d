import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { sha256 } from "../../daemon/journal/digest.ts";
import type { Appended } from "../../daemon/journal/journal.ts";
import { verifyStore } from "../../daemon/journal/verify-store.ts";
import { must } from "../core/event-arbitrary.ts";
import { appendOf, forget, sunpy } from "./kit.ts";
import { openStoreIn } from "./scratch.ts";

const mountPoint = mkdtempSync(join(tmpdir(), "tofu-small-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tofu-test", mountPoint]);
const skip = mounted.status === 0 ? false : "no file system can be mounted here";
after(async () => {
  if (mounted.status === 0) assert.equal(spawnSync("umount", [mountPoint]).status, 0);
  await rm(mountPoint, { recursive: true });
});
const remount = (option: string): void => {
  assert.equal(spawnSync("mount", ["-o", `remount,${option}`, mountPoint]).status, 0);
};
const object = (n: number): Uint8Array => Buffer.alloc(20_000, `object ${n} `);

describe("a disk that takes no more", { skip }, () => {
  test("full: a fault, nothing acknowledged is lost, and it goes on without a restart when there is room", async () => {
    const folder = join(mountPoint, "store");
    const filler = join(mountPoint, "filler");
    await writeFile(filler, Buffer.alloc(1 << 20));
    const journal = await openStoreIn(folder);
    let version = 0;
    let fault: unknown;
    while (fault === undefined && version < 1000) {
      try {
        await journal.append(appendOf(sunpy, version, [forget(`${version}`)], { objects: [object(version)] }));
        version += 1;
      } catch (cause) {
        fault = cause;
      }
    }
    assert.ok(fault instanceof Error && "code" in fault && fault.code === "store-unwritable", String(fault));
    assert.ok(version > 10);
    assert.equal((await settled(() => journal.read(sunpy))).length, version);
    await rm(filler, { force: true });
    const failed = { objects: [object(version)] };
    // What failed may have been written all the same: the caller reads, and judges again.
    version = (await journal.read(sunpy)).length;
    for (let more = 0; more < 10; more += 1) {
      assert.equal((await journal.append(appendOf(sunpy, version, [forget("more")], failed))).kind, "appended");
      version += 1;
    }
    await journal.close();
    const again = await openStoreIn(folder);
    assert.deepEqual(again.findings, []);
    assert.equal((await again.read(sunpy)).length, version);
    for (let n = 0; n < version - 10; n += 1) assert.ok((await again.object(sha256(object(n)))) !== undefined, `${n}`);
    for await (const { problem } of verifyStore(again)) assert.fail(problem);
    await again.close();
  });

  test("full while many append at once: all of one write are refused, or none of them", async () => {
    const folder = join(mountPoint, "many");
    const filler = join(mountPoint, "filler");
    const journal = await openStoreIn(folder);
    const names = ["a", "b", "c", "d"].map((letter) => must(parsePackageName(`pkg:generic/${letter}`)));
    const appendAll = (version: number): Promise<PromiseSettledResult<Appended>[]> =>
      Promise.allSettled([
        ...names.map((name) =>
          journal.append(appendOf(name, version, [forget(name)], { objects: [object(version), Buffer.from(name)] })),
        ),
        // What it would conflict with was not written either.
        journal.append(appendOf(names[0] ?? sunpy, version, [forget("late")])),
      ]);
    await writeFile(filler, Buffer.alloc(2 << 20));
    let version = 0;
    let settledAs: readonly string[] = [];
    while (!settledAs.includes("rejected") && version < 1000) {
      settledAs = (await appendAll(version)).map(({ status }) => status);
      version += 1;
    }
    assert.deepEqual(new Set(settledAs), new Set(["rejected"]));
    await rm(filler, { force: true });
    const lengths = await Promise.all(names.map(async (name) => (await journal.read(name)).length));
    assert.equal(new Set(lengths).size, 1, `${lengths}`);
    const outcomes = await appendAll(lengths[0] ?? 0);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.kind : "rejected")),
      ["appended", "appended", "appended", "appended", "conflict"],
    );
    await journal.close();
    const again = await openStoreIn(folder);
    for await (const { problem } of verifyStore(again)) assert.fail(problem);
    await again.close();
    await rm(folder, { recursive: true });
    await rm(`${folder}.anchor`);
  });

  test("mounted read-only: a fault that says so, at opening and at an append", async () => {
    const folder = join(mountPoint, "other");
    const journal = await openStoreIn(folder);
    await journal.close();
    remount("ro");
    try {
      await assert.rejects(openStoreIn(folder), { code: "store-unwritable" });
      await assert.rejects(openStoreIn(join(mountPoint, "new")), { code: "store-unwritable", message: /EROFS/ });
    } finally {
      remount("rw");
    }
  });
});

/** A read right after the failed write: it may have to open the database anew, for which there may be no room either. */
async function settled<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    assert.ok(cause instanceof Error && "code" in cause && cause.code === "store-unwritable", String(cause));
    await rm(join(mountPoint, "filler"), { force: true });
    return read();
  }
}
