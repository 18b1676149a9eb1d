import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parseArtifactFileName } from "../../daemon/core/artifact-name.ts";
import type { VerifiedSignature } from "../../daemon/core/evidence.ts";
import { parseFingerprint } from "../../daemon/core/fingerprint.ts";
import { openpgpSigner, type SignerId } from "../../daemon/core/signer.ts";
import { unixMs } from "../../daemon/core/time.ts";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { gatherEvidence } from "../../daemon/evidence/gather.ts";
import type { Gathered, GatherWorld } from "../../daemon/evidence/gathering.ts";
import { type GpgPlace, openGpgPlace } from "./gpg.ts";

let place: GpgPlace;
let alice: string;
let bob: string;
let files = 0;

before(() => {
  place = openGpgPlace();
  alice = place.makeKey("Alice <alice@example.org>");
  bob = place.makeKey("Bob <bob@example.org>");
  place.gpg("--local-user", alice, "--quick-sign-key", bob);
  place.exportKey(alice, "alice.key");
  place.exportKey(bob, "bob.key");
});
after(() => place.close());

const now = unixMs(Date.now());
const EMPTY: GatherWorld = {
  storedCertificate: async () => undefined,
  storedPrimaryOf: async () => undefined,
  keyring: undefined,
  onProgress: () => undefined,
};

function signer(fingerprint: string): SignerId {
  const parsed = parseFingerprint(fingerprint);
  assert.ok(parsed.ok);
  return openpgpSigner(parsed.value);
}

/** Each test has a folder of its own, since what lies beside an artifact counts. */
function folder(): (name: string, content: string | Uint8Array) => string {
  files += 1;
  const name = `t${files}`;
  mkdirSync(place.path(name));
  return (file, content) => place.write(join(name, file), content);
}

async function gather(
  path: string,
  request: {
    readonly signatures?: readonly string[];
    readonly keys?: readonly string[];
    readonly pinned?: readonly SignerId[];
  },
  world: Partial<GatherWorld> = {},
): Promise<Gathered> {
  const fileName = parseArtifactFileName(basename(path));
  assert.ok(fileName.ok);
  const { signatures = [], keys = [], pinned = [] } = request;
  const full = { path, fileName: fileName.value, version: undefined, signatures, keys, pinned, now };
  return gatherEvidence(full, { ...EMPTY, ...world });
}

function detach(path: string, key: string, ...options: readonly string[]): Uint8Array {
  return new Uint8Array(place.gpg(...options, "--local-user", key, "--output", "-", "--detach-sign", path));
}

function clearsign(path: string, key: string): Uint8Array {
  return new Uint8Array(place.gpg("--local-user", key, "--output", "-", "--clearsign", path));
}

function kinds(gathered: Gathered): readonly string[] {
  return gathered.evidence.signatures.map(({ kind }) => kind);
}

function signers(gathered: Gathered): readonly SignerId[] {
  return gathered.evidence.signatures.flatMap((signature) => (signature.kind === "verified" ? [signature.signer] : []));
}

function onlyVerified(gathered: Gathered): VerifiedSignature {
  const [first] = gathered.evidence.signatures;
  assert.ok(first?.kind === "verified", JSON.stringify(first));
  return first;
}

test("two armor blocks with text before and between are two signatures", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const both = `Release notes\n${armored(detach(path, alice, "--armor"))}and\r\n${armored(detach(path, bob, "--armor")).replaceAll("\n", "\r\n")}`;
  const signature = write("a.bin.asc", both);
  const gathered = await gather(path, {
    signatures: [signature],
    keys: [place.path("alice.key"), place.path("bob.key")],
  });
  assert.deepEqual(signers(gathered), [signer(alice), signer(bob)]);
});

test("a binary signature in a .asc file is told by content", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const signature = write("a.bin.asc", detach(path, alice));
  assert.deepEqual(kinds(await gather(path, { signatures: [signature], keys: [place.path("alice.key")] })), [
    "verified",
  ]);
});

test("several signature files named by hand are all evidence", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const named = [write("one.sig", detach(path, alice)), write("two.sig", detach(path, bob))];
  const gathered = await gather(path, { signatures: named, keys: [place.path("alice.key"), place.path("bob.key")] });
  assert.deepEqual(signers(gathered), [signer(alice), signer(bob)]);
  assert.equal(gathered.signatureFiles.length, 2);
});

test("a web page in place of a signature is an unreadable signature file, not an absent one", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const signature = write("a.bin.asc", "<html>not found</html>");
  assert.equal((await gather(path, { signatures: [signature] })).evidence.signatureFile.kind, "unreadable");
});

test("no signature anywhere is absent, with what was looked for", async () => {
  const { evidence } = await gather(folder()("a.bin", "content"), {});
  assert.equal(evidence.signatureFile.kind, "absent");
  assert.ok(evidence.signatureFile.kind === "absent" && evidence.signatureFile.lookedFor.length > 0);
});

test("a signature beside the artifact and a key file beside it are found", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  write("a.bin.sig", detach(path, alice));
  write("KEYS", place.read("alice.key"));
  const gathered = await gather(path, {});
  assert.deepEqual(onlyVerified(gathered).certificate.sources, ["beside"]);
  assert.deepEqual(gathered.evidence.listed, [signer(alice)]);
});

test("without a certificate a signature is unverifiable and names its issuer", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const { evidence } = await gather(path, {
    signatures: [write("a.sig", detach(path, alice))],
    pinned: [signer(alice)],
  });
  const [first] = evidence.signatures;
  assert.ok(first?.kind === "unverifiable");
  assert.equal(first.issuer.fingerprint, alice);
  assert.deepEqual(evidence.asked, ["this journal", "files beside it"]);
});

test("the keyring is asked last, and named among the places asked", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const keyring = async (): Promise<Uint8Array> => place.read("alice.key");
  const gathered = await gather(path, { signatures: [write("a.sig", detach(path, alice))] }, { keyring });
  assert.deepEqual(onlyVerified(gathered).certificate.sources, ["keyring"]);
  assert.ok(gathered.evidence.asked.includes("the GnuPG keyring"));
});

test("a key file that holds no certificate is told and stops nothing", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const keys = [write("junk.asc", "\u0099 not a key"), place.path("alice.key")];
  const gathered = await gather(path, { signatures: [write("a.sig", detach(path, alice))], keys });
  assert.deepEqual(kinds(gathered), ["verified"]);
  assert.ok(gathered.evidence.asked.includes("junk.asc (which holds no certificate)"));
});

test("a key file that is not there is a fault", async () => {
  const path = folder()("a.bin", "content");
  await assert.rejects(
    gather(path, { keys: [`${path}.none`] }),
    (error) => error instanceof TofuError && error.code === "file-missing",
  );
});

test("a file of secret keys gives no certificate", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const secret = write("secret.asc", new Uint8Array(place.gpg("--armor", "--export-secret-keys", alice)));
  const gathered = await gather(path, { signatures: [write("a.sig", detach(path, alice))], keys: [secret] });
  assert.deepEqual(kinds(gathered), ["unverifiable"]);
  assert.deepEqual(gathered.certificates, []);
});

test("a certification by a pinned key is told as a hint", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const keys = [place.path("alice.key"), place.path("bob.key")];
  const gathered = await gather(path, {
    signatures: [write("a.sig", detach(path, bob))],
    keys,
    pinned: [signer(alice)],
  });
  assert.deepEqual(onlyVerified(gathered).certificate.certifiedBy, [signer(alice)]);
  const stranger = await gather(path, { signatures: [write("a.sig", detach(path, bob))], keys });
  assert.deepEqual(onlyVerified(stranger).certificate.certifiedBy, []);
});

test("notations for purpose and handover head are read", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const notations = [
    "--sig-notation",
    "purpose@tofu.invalid=handover",
    "--sig-notation",
    "handover-head@tofu.invalid=4:ab",
  ];
  const signature = write("a.sig", detach(path, alice, ...notations));
  const verified = onlyVerified(await gather(path, { signatures: [signature], keys: [place.path("alice.key")] }));
  assert.equal(verified.purpose, "handover");
  assert.equal(verified.handoverHead, "4:ab");
});

test("a signature over the unpacked tar is found, by its name or because it fits nothing else", async () => {
  const write = folder();
  const tar = write("x.tar", "not really a tar, but bytes");
  const path = write("x.tar.gz", gzipSync(place.read(join(basename(join(tar, "..")), "x.tar"))));
  const over = detach(tar, alice);
  const sha256 = createHash("sha256").update("not really a tar, but bytes").digest("hex");
  for (const name of ["x.tar.sign", "x.tar.gz.asc"]) {
    const gathered = await gather(path, { signatures: [write(name, over)], keys: [place.path("alice.key")] });
    assert.deepEqual(kinds(gathered), ["verified"], name);
    assert.equal(gathered.evidence.artifact.unpackedSha256, sha256);
  }
});

test("a signature that fits neither the packed nor the unpacked bytes is mismatched", async () => {
  const write = folder();
  const path = write("x.tar.gz", gzipSync("other bytes"));
  const signature = write("x.tar.gz.asc", detach(write("y", "signed bytes"), alice));
  const gathered = await gather(path, { signatures: [signature], keys: [place.path("alice.key")] });
  assert.deepEqual(kinds(gathered), ["mismatched"]);
  assert.equal(gathered.evidence.artifact.unpackedSha256, undefined);
});

function armored(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const digestOf = (content: string): string => createHash("sha256").update(content).digest("hex");

test("a detached signature over SHA256SUMS vouches for name and bytes", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const sums = write("SHA256SUMS", `${digestOf("content")}  a.bin\n`);
  write("SHA256SUMS.asc", detach(sums, alice, "--armor"));
  const gathered = await gather(path, { keys: [place.path("alice.key")] });
  assert.deepEqual(kinds(gathered), ["verified"]);
  assert.equal(gathered.evidence.artifact.manifest?.fileName, "SHA256SUMS");
  assert.equal(gathered.evidence.signatureFile.kind, "read");
});

test("a clearsigned SHA256SUMS.asc vouches for name and bytes", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  write("SHA256SUMS.asc", clearsign(write("sums", `- dashed\n${digestOf("content")}  a.bin \n`), alice));
  const gathered = await gather(path, { keys: [place.path("alice.key")] });
  assert.deepEqual(kinds(gathered), ["verified"]);
  assert.ok(gathered.evidence.artifact.manifest !== undefined);
});

test("a clearsigned manifest named by hand counts as well", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const manifest = write("list.txt", clearsign(write("sums", `${digestOf("content")}  a.bin\n`), alice));
  assert.deepEqual(kinds(await gather(path, { signatures: [manifest], keys: [place.path("alice.key")] })), [
    "verified",
  ]);
});

test("a byte order mark before a clearsigned manifest is no part of it", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const signed = armored(clearsign(write("sums", `${digestOf("content")}  a.bin\n`), alice));
  write("SHA256SUMS.asc", `\uFEFF${signed}`);
  assert.deepEqual(kinds(await gather(path, { keys: [place.path("alice.key")] })), ["verified"]);
});

test("lines outside the signed text vouch for nothing", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const signed = armored(clearsign(write("sums", `${digestOf("other")}  b.bin\n`), alice));
  const line = `${digestOf("content")}  a.bin\n`;
  for (const forged of [line + signed, signed + line, signed.replace("Hash: ", `${line.trim()}: \nHash: `)]) {
    write("SHA256SUMS.asc", forged);
    const gathered = await gather(path, { keys: [place.path("alice.key")] });
    assert.equal(gathered.evidence.artifact.manifest, undefined);
    assert.ok(!kinds(gathered).includes("verified"));
  }
});

test("a changed clearsigned manifest does not verify", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const signed = armored(clearsign(write("sums", `${digestOf("other")}  a.bin\n`), alice));
  write("SHA256SUMS.asc", signed.replace(digestOf("other"), digestOf("content")));
  const gathered = await gather(path, { keys: [place.path("alice.key")] });
  assert.deepEqual(kinds(gathered), ["mismatched"]);
  assert.equal(gathered.evidence.artifact.manifest, undefined);
});

test("a manifest that lists other bytes makes its signatures mismatched", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const sums = write("SHA256SUMS", `${digestOf("other")}  a.bin\n`);
  write("SHA256SUMS.asc", detach(sums, alice, "--armor"));
  const gathered = await gather(path, { keys: [place.path("alice.key")] });
  assert.deepEqual(kinds(gathered), ["mismatched"]);
  assert.equal(gathered.evidence.artifact.manifest, undefined);
});

test("an own signature and a verified manifest are both evidence; an unverifiable one is left out", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  write("a.bin.asc", detach(path, alice, "--armor"));
  const sums = write("SHA256SUMS", `${digestOf("content")}  a.bin\n`);
  write("SHA256SUMS.asc", detach(sums, bob, "--armor"));
  const both = await gather(path, { keys: [place.path("alice.key"), place.path("bob.key")] });
  assert.deepEqual(signers(both), [signer(alice), signer(bob)]);
  assert.deepEqual(kinds(await gather(path, { keys: [place.path("alice.key")] })), ["verified"]);
});

test("a manifest that does not name the artifact is as if absent", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  write("SHA256SUMS.asc", clearsign(write("sums", `${digestOf("content")}  b.bin\n`), alice));
  assert.equal((await gather(path, { keys: [place.path("alice.key")] })).evidence.signatureFile.kind, "absent");
});

test("a manifest that names the artifact with an unreadable signature is no missing signature", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  write("SHA256SUMS", `${digestOf("content")}  a.bin\n`);
  write("SHA256SUMS.asc", "<html>not found</html>");
  assert.equal((await gather(path, {})).evidence.signatureFile.kind, "unreadable");
});

test("the keyring is asked once for one key", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  let asked = 0;
  const keyring = async (): Promise<undefined> => {
    asked += 1;
  };
  await gather(path, { signatures: [write("a.sig", detach(path, alice))] }, { keyring });
  assert.equal(asked, 1);
});

test("signatures by one key have the same material, another key has another", async () => {
  const write = folder();
  const path = write("a.bin", "content");
  const keys = [place.path("alice.key"), place.path("bob.key")];
  const named = [write("1.sig", detach(path, alice)), write("2.sig", detach(path, alice, "--digest-algo", "SHA256"))];
  const { evidence } = await gather(path, { signatures: [...named, write("3.sig", detach(path, bob))], keys });
  const material = evidence.signatures.map((one) => (one.kind === "verified" ? one.material : ""));
  assert.equal(material[0], material[1]);
  assert.notEqual(material[0], material[2]);
});
