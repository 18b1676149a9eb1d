import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { TOFUD } from "../checks/places.ts";
import { type RealHome, realHome } from "../cli/real-home.ts";
import type { GpgPlace } from "../evidence/gpg.ts";
import type { Internet } from "./site.ts";

/** Runs git as a person does, with signatures by the keys of a place. */
export function git(place: GpgPlace, folder: string, ...words: readonly string[]): string {
  const env = {
    PATH: process.env["PATH"],
    HOME: place.folder,
    GNUPGHOME: place.folder,
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@a.example",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@a.example",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  return execFileSync("git", words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] }).toString();
}

/** @returns the path of a new repository with one commit. */
export function makeRepository(place: GpgPlace, name: string, remote?: string): string {
  const folder = place.path(name);
  mkdirSync(folder, { recursive: true });
  git(place, folder, "init", "--quiet", ".");
  git(place, folder, "commit", "--quiet", "--allow-empty", "--message", "first");
  if (remote !== undefined) git(place, folder, "remote", "add", "origin", remote);
  return folder;
}

/** Makes a tag that this key signed. */
export function signTag(place: GpgPlace, repository: string, tag: string, key: string): void {
  git(place, repository, "tag", "--sign", "--local-user", `${key}!`, "--message", tag, tag);
}

/** @returns the path of a release that this key signed; its certificate lies beside it. */
export function release(place: GpgPlace, folder: string, name: string, keys: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `${name}\n`);
  const users = keys.flatMap((key) => ["--local-user", `${key}!`]);
  place.gpg("--yes", "--armor", ...users, "--output", `${path}.asc`, "--detach-sign", path);
  writeFileSync(join(folder, "KEYS"), place.gpg("--armor", "--export", ...keys));
  return path;
}

/** @returns a home whose tofu has this configuration and knows no other network. */
export function homeWith(t: Pick<TestContext, "after">, internet: Internet, config: string): RealHome {
  const home = realHome(t, { TOFU_LOOPBACK: internet.setting });
  mkdirSync(join(home.folder, "config", "tofu"), { mode: 0o700 });
  writeFileSync(join(home.folder, "config", "tofu", "config.toml"), config, { mode: 0o600 });
  return home;
}

/** A real daemon for this home; it must end well when the test is over. */
export async function startDaemon(t: Pick<TestContext, "after">, { env }: RealHome): Promise<void> {
  const child = spawn(process.execPath, [TOFUD], { env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  t.after(async () => {
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", (code) => reject(new Error(`tofud ended with ${code}`)));
  });
}
