import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { SignerId } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { type PinFileSignature, verifyPinFileSignature } from "../../daemon/usecases/pin-file-signature.ts";
import { type GpgPlace, openGpgPlace } from "../evidence/gpg.ts";

const FILE = Buffer.from("@format 1\n@serial 42\npkg:pypi/a openpgp:1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D\n");
const CHANGED = Buffer.from(FILE.toString().replace("42", "43"));
const DAY_MS = 86_400_000;
/** gpg signs by the clock of the machine. */
const now = unixMs(Date.now());

/** What a signature over a file comes to, with these key files at hand. */
function verify(
  signature: Uint8Array,
  { file = FILE, keys = [], at = now }: { file?: Uint8Array; keys?: readonly string[]; at?: typeof now } = {},
): Promise<PinFileSignature> {
  const world = {
    storedCertificate: async () => undefined,
    storedPrimaryOf: async () => undefined,
    keyring: undefined,
  };
  return verifyPinFileSignature({ file, signature, configured: [], keys, now: at }, world);
}

describe("by ssh", () => {
  let folder = "";
  let signer = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tofu-pins-"));
    run("-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key"));
    signer = `ssh:${run("-l", "-f", join(folder, "key.pub")).toString().split(" ")[1] ?? ""}`;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: readonly string[]): Buffer {
    const made = spawnSync("ssh-keygen", args);
    assert.equal(made.status, 0, made.stderr.toString());
    return made.stdout;
  }

  function sign(namespace: string): Uint8Array {
    const path = join(folder, "known_keys");
    writeFileSync(path, FILE);
    rmSync(`${path}.sig`, { force: true });
    run("-q", "-Y", "sign", "-f", join(folder, "key"), "-n", namespace, path);
    return readFileSync(`${path}.sig`);
  }

  test("a signature for pins names its signer, always the same bytes", async () => {
    const signature = sign("pins@tofu.invalid");
    assert.deepEqual(await verify(signature), { kind: "signed", signers: [signer as SignerId] });
    assert.deepEqual(sign("pins@tofu.invalid"), signature);
  });

  test("over another file it is a bad signature", async () => {
    const outcome = await verify(sign("pins@tofu.invalid"), { file: CHANGED });
    assert.deepEqual(outcome, { kind: "refused", code: "bad-signature", signer });
  });

  test("a handover's signature is none for pins", async () => {
    const outcome = await verify(sign("handover@tofu.invalid"));
    assert.deepEqual(outcome, { kind: "refused", code: "wrong-purpose", signer });
  });

  test("two blocks are not one signature", async () => {
    const signature = sign("pins@tofu.invalid");
    const outcome = await verify(Buffer.concat([signature, signature]));
    assert.deepEqual([outcome.kind, outcome.kind === "unchecked" && outcome.code], ["unchecked", "unreadable"]);
  });
});

describe("by OpenPGP", () => {
  let place: GpgPlace;
  let alice = "";
  let bob = "";
  let aliceFile = "";
  let bobFile = "";
  before(() => {
    place = openGpgPlace();
    place.write("known_keys", FILE);
    alice = place.makeKey("Alice <alice@example.org>");
    bob = place.makeKey("Bob <bob@example.org>");
    aliceFile = place.exportKey(alice, "alice.asc");
    bobFile = place.exportKey(bob, "bob.asc");
  });
  after(() => place.close());

  const sign = (...options: readonly string[]): Uint8Array =>
    place.gpg(...options, "--armor", "--detach-sign", "-o", "-", place.path("known_keys"));

  test("a plain detached signature names its signer", async () => {
    const outcome = await verify(sign("-u", alice), { keys: [aliceFile] });
    assert.deepEqual(outcome, { kind: "signed", signers: [`openpgp:${alice}`] });
  });

  test("the same over a file too large for memory", async () => {
    const large = Buffer.concat([FILE, Buffer.alloc(2 << 20, "# large\n")]);
    const path = place.write("large", large);
    const signature = place.gpg("-u", alice, "--armor", "--detach-sign", "-o", "-", path);
    const outcome = await verify(signature, { file: large, keys: [aliceFile] });
    assert.deepEqual(outcome, { kind: "signed", signers: [`openpgp:${alice}`] });
  });

  test("two signers, and one of them unknown here", async () => {
    const signature = sign("-u", alice, "-u", bob);
    const both = await verify(signature, { keys: [aliceFile, bobFile] });
    assert.deepEqual(both.kind === "signed" && new Set(both.signers), new Set([`openpgp:${alice}`, `openpgp:${bob}`]));
    assert.deepEqual(await verify(signature, { keys: [bobFile] }), { kind: "signed", signers: [`openpgp:${bob}`] });
  });

  test("over another file it is a bad signature", async () => {
    const outcome = await verify(sign("-u", alice), { file: CHANGED, keys: [aliceFile] });
    assert.deepEqual(outcome, { kind: "refused", code: "bad-signature", signer: `openpgp:${alice}` });
  });

  test("without its certificate nobody can tell", async () => {
    const outcome = await verify(sign("-u", alice), { keys: [bobFile] });
    assert.equal(outcome.kind === "unchecked" && outcome.code, "certificate-unavailable");
  });

  const purposes = [
    ["handover", "wrong-purpose"],
    ["pins", "signed"],
  ] as const;
  for (const [purpose, expected] of purposes) {
    test(`a signature whose purpose is ${purpose}: ${expected}`, async () => {
      const signature = sign("-u", alice, "--sig-notation", `purpose@tofu.invalid=${purpose}`);
      const outcome = await verify(signature, { keys: [aliceFile] });
      assert.equal(outcome.kind === "refused" ? outcome.code : outcome.kind, expected);
    });
  }

  test("a signature that has ended, or has not begun", async () => {
    const signature = sign("-u", alice, "--default-sig-expire", "1d");
    const codes = [now, now + 3 * DAY_MS, now - 3 * DAY_MS].map(async (at) => {
      const outcome = await verify(signature, { keys: [aliceFile], at: unixMs(at) });
      return outcome.kind === "refused" ? outcome.code : outcome.kind;
    });
    const [ok, late, early] = await Promise.all(codes);
    assert.deepEqual([ok, late], ["signed", "expired"]);
    assert.ok(early === "future-dated" || early === "not-entitled", String(early));
  });

  test("SHA-1 is too weak to seed a machine", async () => {
    place.gpg("--quick-gen-key", "Carol <carol@example.org>", "rsa2048", "sign,cert", "never");
    const listed = place.gpg("--list-keys", "--with-colons", "carol@example.org").toString();
    const carol = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
    const signature = sign("-u", carol, "--allow-weak-digest-algos", "--digest-algo", "SHA1");
    const outcome = await verify(signature, { keys: [place.exportKey(carol, "carol.asc")] });
    assert.deepEqual(outcome, { kind: "refused", code: "weak", signer: `openpgp:${carol}` });
  });

  test("a revoked key signs no pin files, whatever the signature's date", async () => {
    const signature = sign("-u", bob);
    const revocation = readFileSync(join(place.folder, "openpgp-revocs.d", `${bob}.rev`), "utf8").replace(
      /^:-----/m,
      "-----",
    );
    place.gpg("--import", place.write("bob.rev", revocation));
    const outcome = await verify(signature, { keys: [place.exportKey(bob, "bob-revoked.asc")] });
    assert.deepEqual(outcome, { kind: "refused", code: "revoked", signer: `openpgp:${bob}` });
  });

  test("a text is no signature", async () => {
    const outcome = await verify(Buffer.from("trust me\n"));
    assert.equal(outcome.kind === "unchecked" && outcome.code, "unreadable");
  });
});
