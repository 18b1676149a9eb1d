import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseVersion } from "../../daemon/core/artifact-name.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { parsePackageName } from "../../daemon/core/package-name.ts";
import { openpgpSigner, type SignerId } from "../../daemon/core/signer.ts";
import { gitWitnesses, hostOf } from "../../daemon/witnesses/git-clones.ts";
import type { Asking, CertificatesAtHand, Said } from "../../daemon/witnesses/witness.ts";
import { must, PACKAGE, time } from "../core/scene.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";
import { git, makeRepository, signTag } from "./scene.ts";

let place: GpgPlace;
let alice = "";
let bob = "";
let carol = "";

before(() => {
  place = openGpgPlace();
  [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => place.makeKey(`${name} <${name}@sunpy.example>`)) as [
    string,
    string,
    string,
  ];
});
after(() => place.close());

const id = (key: string): SignerId => openpgpSigner(must(parseFingerprint(key)));

/** Alice's and Bob's certificates are at hand, Carol's is not. */
function atHand(): CertificatesAtHand {
  const bytes = new Map([alice, bob].map((key) => [key, new Uint8Array(place.gpg("--export", key))]));
  return {
    storedCertificate: async (primary) => bytes.get(primary),
    storedPrimaryOf: async () => undefined,
    keyring: undefined,
  };
}

async function ask(clone: string, rest: Partial<Asking> = {}): Promise<Said | undefined> {
  const asking: Asking = {
    package: PACKAGE,
    version: must(parseVersion("6.0.4")),
    signers: [id(alice)],
    addresses: [],
    now: time(new Date().toISOString()),
    ...rest,
  };
  const [witness] = gitWitnesses([clone], asking, atHand());
  return await witness?.ask(AbortSignal.timeout(20_000));
}

/** A new clone; its folder is called as the package is. */
let count = 0;
function clone(remote?: string): string {
  count += 1;
  return makeRepository(place, `clones/${count}/sunpy`, remote);
}

test("the tag of this version says who signed it", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.3", bob);
  signTag(place, repository, "v6.0.4", alice);
  const said = await ask(repository);
  assert.deepEqual(said?.names, [{ signer: id(alice), by: "signature" }]);
  assert.equal(said?.source, "v6.0.4");
  assert.equal(said?.controller?.kind, "clone");
});

test("another signer of this version's tag is named, whoever signed the tags before", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.3", alice);
  signTag(place, repository, "sunpy-6.0.4", bob);
  assert.deepEqual((await ask(repository))?.names, [{ signer: id(bob), by: "signature" }]);
});

test("where this version has no tag, whoever signs tags there counts", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.2", alice);
  signTag(place, repository, "v6.0.3", bob);
  assert.deepEqual((await ask(repository))?.names, [{ signer: id(alice), by: "signature" }]);
  assert.deepEqual((await ask(repository, { version: undefined }))?.names, [{ signer: id(alice), by: "signature" }]);
});

test("a signature by a key that is not at hand names that key, as a claim", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.4", carol);
  assert.deepEqual((await ask(repository))?.names, [{ signer: id(carol), by: "signature" }]);
});

test("an old tag under a new name says nothing", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.3", alice);
  git(place, repository, "update-ref", "refs/tags/v6.0.4", git(place, repository, "rev-parse", "v6.0.3").trim());
  const said = await ask(repository);
  assert.deepEqual([said?.names, said?.silence], [[], "not-signed"]);
});

test("a tag whose text was changed after it was signed names nobody", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.4", alice);
  const text = git(place, repository, "cat-file", "tag", "v6.0.4");
  const file = join(repository, "changed");
  writeFileSync(file, text.replace("tagger a ", "tagger b "));
  const forged = git(place, repository, "hash-object", "-t", "tag", "-w", "--literally", file).trim();
  git(place, repository, "update-ref", "refs/tags/v6.0.4", forged);
  assert.deepEqual((await ask(repository))?.names, []);
});

test("a signed commit under an unsigned tag agrees, and never contradicts", async () => {
  const repository = clone();
  const commit = (key: string): void => {
    git(place, repository, "commit", "--quiet", "--allow-empty", `--gpg-sign=${key}!`, "--message", "release\n\nof it");
    git(place, repository, "tag", "--force", "v6.0.4");
  };
  commit(alice);
  const said = await ask(repository);
  assert.deepEqual([said?.kind, said?.names], ["git-commit", [{ signer: id(alice), by: "signature" }]]);
  commit(bob);
  assert.deepEqual((await ask(repository))?.names, []);
  git(place, repository, "tag", "--force", "--annotate", "--message", "unsigned", "v6.0.4");
  assert.deepEqual((await ask(repository, { signers: [id(bob)] }))?.names, [{ signer: id(bob), by: "signature" }]);
});

test("a repository is a package's by its folder, or by where it came from", async () => {
  const other = makeRepository(place, "clones/elsewhere", "git@github.com:sunpy/SunPy.git");
  signTag(place, other, "v6.0.4", alice);
  assert.deepEqual((await ask(other))?.controller, { kind: "host", host: "github.com" });
  const astro = must(parsePackageName("pkg:pypi/astropy"));
  assert.equal(await ask(other, { package: astro }), undefined);
});

test("a bare repository is read as well", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.4", alice);
  const bare = place.path("bare/sunpy.git");
  mkdirSync(place.path("bare"));
  git(place, repository, "clone", "--quiet", "--bare", ".", bare);
  assert.equal((await ask(bare))?.names.length, 1);
});

test("nothing that a clone names is ever run", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.4", alice);
  const mark = place.path("was-run");
  const program = place.write("program", `#!/bin/sh\ntouch ${mark}\nexit 1\n`);
  chmodSync(program, 0o700);
  const settings = [
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "core.askPass",
    "core.editor",
    "core.alternateRefsCommand",
    "gpg.program",
    "gpg.ssh.program",
    "gpg.openpgp.program",
    "diff.external",
    "pager.for-each-ref",
    "pager.cat-file",
    "pager.config",
    "credential.helper",
    "uploadpack.packObjectsHook",
  ];
  for (const setting of settings) git(place, repository, "config", setting, program);
  git(place, repository, "config", "alias.cat-file", `!${program}`);
  git(place, repository, "config", "alias.for-each-ref", `!${program}`);
  // A clone that leaves objects for later asks its remote when one is missing.
  git(place, repository, "config", "core.repositoryFormatVersion", "1");
  git(place, repository, "config", "extensions.partialClone", "origin");
  git(place, repository, "config", "remote.origin.promisor", "true");
  git(place, repository, "config", "remote.origin.url", `ext::${program} %S`);
  git(place, repository, "config", "protocol.ext.allow", "always");
  mkdirSync(join(repository, ".git", "hooks"), { recursive: true });
  for (const hook of ["post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"]) {
    writeFileSync(join(repository, ".git", "hooks", hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o700 });
  }
  rmSync(mark, { force: true });
  assert.equal((await ask(repository))?.names.length, 1);
  const tagged = git(place, repository, "rev-parse", "v6.0.4").trim();
  rmSync(join(repository, ".git", "objects", tagged.slice(0, 2), tagged.slice(2)));
  rmSync(mark, { force: true });
  await ask(repository).catch(() => undefined);
  assert.ok(!existsSync(mark));
});

test("a folder inside somebody's repository is none of its own", async () => {
  const repository = clone();
  signTag(place, repository, "v6.0.4", alice);
  const inside = join(repository, "sunpy");
  mkdirSync(inside);
  await assert.rejects(ask(inside));
});

test("whose a clone is", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["https://github.com/sunpy/sunpy.git", "github.com"],
    ["https://user:secret@git.example:8443/x/y", "git.example"],
    ["ssh://git@codeberg.org/x/y.git", "codeberg.org"],
    ["git@github.com:sunpy/sunpy.git", "github.com"],
    ["/srv/mirror/sunpy.git", undefined],
    ["file:///srv/mirror", undefined],
    ["", undefined],
  ];
  for (const [address, host] of rows) assert.equal(hostOf(address), host, address);
});
