import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TOFUD } from "../checks/places.ts";
import { runtimeFolder, uid } from "../server/harness.ts";

const OTHER = 12_345;
const skip = uid() !== 0 ? "only root can be another user" : false;

/** What another user gets of a path, as the operating system calls it. */
const TRY = `
const [path] = process.argv.slice(1);
const { openSync, readdirSync } = require("fs");
const said = [];
for (const look of [() => readdirSync(path), () => openSync(path, "r"), () => openSync(path + "/probe", "w")])
  try { look(); said.push("open"); } catch (error) { said.push(error.code); }
require("net").connect(path).on("error", (error) => { said.push(error.code); console.log(said.join()); })
  .on("connect", () => { said.push("connected"); console.log(said.join()); process.exit(); });
`;

test("another user gets at nothing of a running daemon: not its socket, its store, its anchor or its database", {
  skip,
}, async (t) => {
  const folder = runtimeFolder(t);
  // As open as a careless home can be.
  chmodSync(folder, 0o755);
  const env = { PATH: process.env["PATH"], HOME: folder, XDG_RUNTIME_DIR: folder };
  const words = ["-c", 'umask 0; exec "$@"', "sh", process.execPath, TOFUD];
  const child = spawn("sh", words, { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const state = join(folder, ".local", "state", "tofu");
  const database = join(state, "store", "journal");
  const paths = [join(folder, "tofu"), join(folder, "tofu", "socket"), state, join(state, "store"), database];
  for (const path of [
    ...paths,
    join(state, "store.anchor"),
    ...readdirSync(database).map((name) => join(database, name)),
  ]) {
    const { stdout } = spawnSync(process.execPath, ["-e", TRY, path], {
      uid: OTHER,
      gid: OTHER,
      cwd: "/",
      encoding: "utf8",
    });
    assert.match(stdout, /^EACCES,EACCES,EACCES,EACCES\n$/, path);
  }
});
