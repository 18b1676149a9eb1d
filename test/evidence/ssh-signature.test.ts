import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import {
  MAX_SSH_SIGNATURE_BYTES,
  type SshVerification,
  verifySshSignature,
} from "../../daemon/evidence/ssh-signature.ts";
import { sshString } from "../../daemon/evidence/ssh-wire.ts";

const NAMESPACE = "handover@tofu.invalid";
const MESSAGE = Buffer.from("tofu-handover 1\nend\n");

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tofu-ssh-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function sshKeygen(
  args: readonly string[],
  input: Uint8Array = Buffer.alloc(0),
): { status: number | null; out: string } {
  const run = spawnSync("ssh-keygen", args, { input });
  return { status: run.status, out: `${run.stdout}${run.stderr}` };
}

/** A key that ssh-keygen made. @returns its file. */
function makeKey(name: string, ...options: readonly string[]): string {
  const file = join(folder, name);
  const made = sshKeygen(["-q", "-N", "", "-C", name, "-f", file, ...options]);
  assert.equal(made.status, 0, made.out);
  return file;
}

function signWith(file: string, namespace: string = NAMESPACE, ...options: readonly string[]): Buffer {
  const run = spawnSync("ssh-keygen", ["-q", "-Y", "sign", "-f", file, "-n", namespace, ...options], {
    input: MESSAGE,
  });
  assert.equal(run.status, 0, run.stderr.toString());
  return run.stdout;
}

const fingerprint = (file: string): string =>
  `ssh:${sshKeygen(["-l", "-E", "sha256", "-f", `${file}.pub`]).out.split(" ")[1] ?? ""}`;

const verify = (block: Uint8Array, message: Uint8Array = MESSAGE): SshVerification =>
  verifySshSignature({ block, message, namespace: NAMESPACE });

const dearmor = (block: Buffer): Buffer => Buffer.from(block.toString().replace(/-----.*-----|\s/g, ""), "base64");
const armor = (container: Uint8Array): Buffer =>
  Buffer.from(
    `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(container).toString("base64").replace(/.{70}/g, "$&\n")}\n-----END SSH SIGNATURE-----\n`,
  );

/** Whether ssh-keygen itself takes a signature: the other opinion on containers made by hand. */
function opensshTakes(block: Uint8Array): boolean {
  const file = join(folder, "signature");
  writeFileSync(file, block);
  return sshKeygen(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", file], MESSAGE).status === 0;
}

describe("a signature by ssh-keygen", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["ed25519", ["-t", "ed25519"]],
    ["rsa2048", ["-t", "rsa", "-b", "2048"]],
    ["rsa3072", ["-t", "rsa", "-b", "3072"]],
    ["nistp256", ["-t", "ecdsa", "-b", "256"]],
    ["nistp384", ["-t", "ecdsa", "-b", "384"]],
    ["nistp521", ["-t", "ecdsa", "-b", "521"]],
  ];
  for (const [algorithm, options] of rows) {
    describe(`with ${algorithm}`, () => {
      let file = "";
      let block: Buffer = Buffer.alloc(0);
      before(() => {
        file = makeKey(algorithm, ...options);
        block = signWith(file);
      });

      it("is verified, with the fingerprint that ssh-keygen prints", () => {
        const found = verify(block);
        assert.equal(found.kind, "verified");
        assert.deepEqual(found, { ...found, signer: fingerprint(file), algorithm, hash: "sha512" });
      });

      it("is verified with SHA-256 as its digest", () => {
        const found = verify(signWith(file, NAMESPACE, "-O", "hashalg=sha256"));
        assert.deepEqual([found.kind, "hash" in found && found.hash], ["verified", "sha256"]);
      });

      it("is bad for another message", () => {
        assert.deepEqual(verify(block, Buffer.concat([MESSAGE, Buffer.from("\n")])), {
          kind: "bad",
          signer: fingerprint(file),
        });
        assert.deepEqual(verify(block, Buffer.alloc(0)), { kind: "bad", signer: fingerprint(file) });
      });

      it("is not taken for another purpose", () => {
        for (const namespace of ["pins@tofu.invalid", "git", "handover@tofu.invalid.example"]) {
          assert.deepEqual(verify(signWith(file, namespace)), {
            kind: "wrong-namespace",
            signer: fingerprint(file),
            namespace,
          });
        }
      });

      it("is never verified once a byte is flipped", () => {
        const container = dearmor(block);
        for (let at = 0; at < container.length; at += 1) {
          const flipped = Buffer.from(container);
          flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
          assert.notEqual(verify(armor(flipped)).kind, "verified", `byte ${at}`);
        }
        assert.equal(verify(armor(container)).kind, "verified");
      });

      it("is unreadable once it is cut or has something behind it", () => {
        const container = dearmor(block);
        for (let length = 0; length < container.length; length += 1) {
          assert.equal(verify(armor(container.subarray(0, length))).kind, "unreadable", `${length} bytes`);
        }
        assert.equal(verify(armor(Buffer.concat([container, Buffer.alloc(1)]))).kind, "unreadable");
      });
    });
  }

  it("is bad under the name of another key", () => {
    const [one, two] = [makeKey("one", "-t", "ed25519"), makeKey("two", "-t", "ed25519")];
    const publicKey = (file: string): string =>
      dearmor(signWith(file))
        .subarray(0, 6 + 4 + 4 + 51)
        .toString("hex");
    const mixed = dearmor(signWith(one)).toString("hex").replace(publicKey(one), publicKey(two));
    assert.deepEqual(verify(armor(Buffer.from(mixed, "hex"))), { kind: "bad", signer: fingerprint(two) });
  });

  it("by an RSA key of 1024 bits is unsupported", () => {
    const block = signWith(makeKey("rsa1024", "-t", "rsa", "-b", "1024"));
    assert.deepEqual(verify(block), { kind: "unsupported", detail: "an RSA key of 1024 bits" });
  });
});

describe("the armor", () => {
  let text = "";
  before(() => {
    text = signWith(makeKey("armor", "-t", "ed25519")).toString();
  });
  const rows: readonly (readonly [string, (text: string) => string, SshVerification["kind"]])[] = [
    ["may carry CRLF", (found) => found.replaceAll("\n", "\r\n"), "verified"],
    ["may have blank lines around it", (found) => `\n \r\n${found}\n\n`, "verified"],
    ["may have blanks at line ends", (found) => found.replaceAll("\n", "  \n"), "verified"],
    ["may lack the last line feed", (found) => found.trimEnd(), "verified"],
    ["may have its lines broken elsewhere", (found) => found.replace(/^(U1NI)/m, "$1\n"), "verified"],
    ["is one block, not two", (found) => found + found, "unreadable"],
    ["has nothing before it", (found) => `x\n${found}`, "unreadable"],
    ["has nothing behind it", (found) => `${found}x`, "unreadable"],
    ["has no headers", (found) => found.replace("-----\n", "-----\nComment: x\n"), "unreadable"],
    ["is not that of another kind", (found) => found.replaceAll("SSH", "PGP"), "unreadable"],
    ["has no other letters than those of base64", (found) => found.replace("U1NI", "U1N-"), "unreadable"],
    ["has no letters in the padding", (found) => found.replace(/(.)\n-----END/, "$1=\n-----END"), "unreadable"],
    ["is not empty", () => "-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n", "unreadable"],
    ["is not absent", () => "", "unreadable"],
  ];
  for (const [name, change, kind] of rows) {
    it(name, () => assert.equal(verify(Buffer.from(change(text))).kind, kind));
  }

  it("is read up to 16 KiB", () => {
    const padded = (length: number): Buffer => Buffer.from(text.padEnd(length, "\n"));
    assert.equal(verify(padded(MAX_SSH_SIGNATURE_BYTES)).kind, "verified");
    assert.equal(verify(padded(MAX_SSH_SIGNATURE_BYTES + 1)).kind, "unreadable");
  });
});

/** What a container made by hand holds; everything but the keys has a usual value. */
interface Made {
  readonly publicKey: Uint8Array;
  readonly signData: (data: Uint8Array) => Uint8Array;
  readonly version?: number;
  readonly reserved?: string;
  readonly hash?: string;
}

function container({ publicKey, signData, version = 1, reserved = "", hash = "sha512" }: Made): Buffer {
  const digest = createHash("sha512").update(MESSAGE).digest();
  const fields = [sshString(NAMESPACE), sshString(reserved), sshString(hash)];
  const magic = Buffer.from("SSHSIG");
  const signature = signData(Buffer.concat([magic, ...fields, sshString(digest)]));
  return Buffer.concat([magic, Buffer.from([0, 0, 0, version]), sshString(publicKey), ...fields, sshString(signature)]);
}

function mpint(bytes: Uint8Array): Uint8Array {
  const from = bytes.findIndex((byte) => byte !== 0);
  const short = from < 0 ? new Uint8Array() : bytes.subarray(from);
  return sshString((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), short]) : short);
}

const fromUrl = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");
const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();

describe("a container made by hand", () => {
  const ed25519 = generateKeyPairSync("ed25519");
  const point = fromUrl(ed25519.publicKey.export({ format: "jwk" }).x);
  const ed25519Key = Buffer.concat([sshString("ssh-ed25519"), sshString(point)]);
  const signEd25519 = (data: Uint8Array): Uint8Array =>
    Buffer.concat([sshString("ssh-ed25519"), sshString(sign(null, data, ed25519.privateKey))]);
  const plain: Made = { publicKey: ed25519Key, signData: signEd25519 };

  const rows: readonly (readonly [string, Partial<Made>, SshVerification["kind"], boolean?])[] = [
    ["as ssh-keygen makes it", {}, "verified", true],
    ["of a later version", { version: 2 }, "unsupported"],
    ["of version 0, which OpenSSH takes", { version: 0 }, "unreadable", true],
    ["with a digest that is not allowed", { hash: "sha1" }, "unsupported"],
    [
      "with a key of another kind",
      { publicKey: Buffer.concat([sshString("ssh-dss"), sshString(point)]) },
      "unsupported",
    ],
    [
      "with a certificate for a key",
      { publicKey: Buffer.concat([sshString("ssh-ed25519-cert-v01@openssh.com"), sshString(point)]) },
      "unsupported",
    ],
    [
      "with a key that is too short",
      { publicKey: Buffer.concat([sshString("ssh-ed25519"), sshString(point.subarray(1))]) },
      "unreadable",
    ],
    ["with something behind its key", { publicKey: Buffer.concat([ed25519Key, Buffer.alloc(1)]) }, "unreadable"],
    ["with a reserved field", { reserved: "x" }, "unsupported"],
    [
      "with a signature of another algorithm",
      { signData: (data) => Buffer.concat([sshString("ssh-ed448"), signEd25519(data).subarray(4 + 11)]) },
      "unreadable",
    ],
    [
      "with something behind its signature",
      { signData: (data) => Buffer.concat([signEd25519(data), Buffer.alloc(1)]) },
      "unreadable",
    ],
    [
      "with a signature that is too short",
      { signData: (data) => Buffer.concat([sshString("ssh-ed25519"), sshString(signEd25519(data).subarray(20))]) },
      "unreadable",
    ],
    [
      "with flags and a counter of no security key",
      { signData: (data) => Buffer.concat([signEd25519(data), Buffer.alloc(5)]) },
      "unreadable",
    ],
  ];
  for (const [name, change, kind, openssh] of rows) {
    it(name, () => {
      const block = armor(container({ ...plain, ...change }));
      assert.equal(verify(block).kind, kind);
      if (openssh === true) assert.equal(opensshTakes(block), true);
    });
  }
});

describe("RSA", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n, e } = pair.publicKey.export({ format: "jwk" });
  const key = (exponent: Uint8Array, modulus: Uint8Array = fromUrl(n)): Uint8Array =>
    Buffer.concat([sshString("ssh-rsa"), mpint(exponent), mpint(modulus)]);
  const made = (name: string, hash: string, publicKey: Uint8Array = key(fromUrl(e))): Buffer =>
    armor(
      container({
        publicKey,
        signData: (data) => Buffer.concat([sshString(name), sshString(sign(hash, data, pair.privateKey))]),
      }),
    );

  it("signs with SHA-256 or SHA-512, as its signature says", () => {
    for (const hash of ["256", "512"]) {
      const block = made(`rsa-sha2-${hash}`, `sha${hash}`);
      assert.equal(verify(block).kind, "verified");
      assert.equal(opensshTakes(block), true);
    }
    assert.equal(verify(made("rsa-sha2-256", "sha512")).kind, "bad");
  });

  it("with a signature longer than its key is bad", () => {
    const signData = (data: Uint8Array): Uint8Array =>
      Buffer.concat([
        sshString("rsa-sha2-256"),
        sshString(Buffer.concat([Buffer.alloc(1), sign("sha256", data, pair.privateKey)])),
      ]);
    assert.equal(verify(armor(container({ publicKey: key(fromUrl(e)), signData }))).kind, "bad");
  });

  it("with SHA-1 is unsupported", () => {
    assert.deepEqual(verify(made("ssh-rsa", "sha1")), {
      kind: "unsupported",
      detail: "RSA signatures of type ssh-rsa",
    });
  });

  it("with an exponent of 1, an even one or a very long one is unsupported", () => {
    for (const exponent of [[1], [2], [1, 0, 0, 0, 0, 0, 0, 0, 1]]) {
      const found = verify(made("rsa-sha2-256", "sha256", key(Buffer.from(exponent))));
      assert.deepEqual(found, { kind: "unsupported", detail: "an RSA key of such an exponent" });
    }
  });

  it("with a number that has zeros in front or is negative is unreadable", () => {
    const number = (bytes: Uint8Array): Uint8Array =>
      Buffer.concat([sshString("ssh-rsa"), sshString(bytes), mpint(fromUrl(n))]);
    for (const bytes of [[0, 1, 0, 1], [0], [], [0x81, 0, 1], [0, 0, 0x81]]) {
      assert.equal(
        verify(made("rsa-sha2-256", "sha256", number(Buffer.from(bytes)))).kind,
        "unreadable",
        String(bytes),
      );
    }
  });

  it("with 17000 bits is unsupported", () => {
    const found = verify(made("rsa-sha2-256", "sha256", key(fromUrl(e), Buffer.alloc(2125, 0xff))));
    assert.deepEqual(found, { kind: "unsupported", detail: "an RSA key of 17000 bits" });
  });

  it("without the zeros in front of a signature is verified, as OpenSSH does", () => {
    // A signature whose first byte is zero comes once in 256: the message is varied until one does.
    for (let attempt = 0; attempt < 5000; attempt += 1) {
      const message = Buffer.from(`message ${attempt}`);
      const fields = [sshString(NAMESPACE), sshString(""), sshString("sha512")];
      const digest = createHash("sha512").update(message).digest();
      const magic = Buffer.from("SSHSIG");
      const value = sign("sha256", Buffer.concat([magic, ...fields, sshString(digest)]), pair.privateKey);
      if (value[0] !== 0) continue;
      const signature = Buffer.concat([sshString("rsa-sha2-256"), sshString(value.subarray(1))]);
      const block = armor(
        Buffer.concat([magic, Buffer.from([0, 0, 0, 1]), sshString(key(fromUrl(e))), ...fields, sshString(signature)]),
      );
      assert.equal(verify(block, message).kind, "verified");
      return;
    }
    assert.fail("no signature began with a zero");
  });
});

describe("ECDSA", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = pair.publicKey.export({ format: "jwk" });
  const key = (type: string, curve: string, point: Uint8Array): Uint8Array =>
    Buffer.concat([sshString(type), sshString(curve), sshString(point)]);
  const point = Buffer.concat([Buffer.from([4]), fromUrl(x), fromUrl(y)]);
  const usual = key("ecdsa-sha2-nistp256", "nistp256", point);
  const made = (publicKey: Uint8Array, change: (r: Buffer, s: Buffer) => Uint8Array): SshVerification["kind"] =>
    verify(
      armor(
        container({
          publicKey,
          signData: (data) => {
            const pairOf = sign("sha256", data, { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
            return Buffer.concat([
              sshString("ecdsa-sha2-nistp256"),
              sshString(change(pairOf.subarray(0, 32), pairOf.subarray(32))),
            ]);
          },
        }),
      ),
    ).kind;
  const both = (r: Buffer, s: Buffer): Uint8Array => Buffer.concat([mpint(r), mpint(s)]);

  it("is verified as made", () => assert.equal(made(usual, both), "verified"));

  it("takes no point that is compressed, off the curve or of another curve", () => {
    const compressed = Buffer.concat([Buffer.from([2 + ((point.at(-1) ?? 0) % 2)]), fromUrl(x)]);
    const off = Buffer.from(point);
    off[64] = (off[64] ?? 0) ^ 1;
    assert.equal(made(key("ecdsa-sha2-nistp256", "nistp256", compressed), both), "unreadable");
    assert.equal(made(key("ecdsa-sha2-nistp256", "nistp256", off), both), "unreadable");
    assert.equal(made(key("ecdsa-sha2-nistp256", "nistp384", point), both), "unreadable");
  });

  it("takes no numbers that are zero, negative or too long", () => {
    assert.equal(
      made(usual, (_, s) => Buffer.concat([mpint(Buffer.alloc(32)), mpint(s)])),
      "unreadable",
    );
    assert.equal(
      made(usual, (_, s) => Buffer.concat([sshString(Buffer.alloc(1)), mpint(s)])),
      "unreadable",
    );
    assert.equal(
      made(usual, (r) => Buffer.concat([mpint(r), sshString(Buffer.alloc(32, 0xff))])),
      "unreadable",
    );
    assert.equal(
      made(usual, (r) => Buffer.concat([mpint(r), mpint(Buffer.alloc(33, 1))])),
      "bad",
    );
    assert.equal(
      made(usual, (r, s) => Buffer.concat([mpint(s), mpint(r)])),
      "bad",
    );
  });
});

/** No such device is here: the signatures are made by hand, and OpenSSH itself says that they are right. */
describe("a security key", () => {
  const kinds: readonly (readonly [string, string, { publicKey: KeyObject; privateKey: KeyObject }])[] = [
    ["sk-ssh-ed25519@openssh.com", "ed25519", generateKeyPairSync("ed25519")],
    ["sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ];
  for (const [type, algorithm, pair] of kinds) {
    const { x, y } = pair.publicKey.export({ format: "jwk" });
    const material =
      algorithm === "ed25519"
        ? sshString(fromUrl(x))
        : Buffer.concat([sshString("nistp256"), sshString(Buffer.concat([Buffer.from([4]), fromUrl(x), fromUrl(y)]))]);
    const publicKey = (application: string): Uint8Array =>
      Buffer.concat([sshString(type), material, sshString(application)]);
    const signData =
      (application: string, flags: number) =>
      (data: Uint8Array): Uint8Array => {
        const behind = Buffer.from([flags, 0, 0, 0, 7]);
        const signed = Buffer.concat([sha256(application), behind, sha256(data)]);
        const value =
          algorithm === "ed25519"
            ? sign(null, signed, pair.privateKey)
            : ((): Buffer => {
                const found = sign("sha256", signed, { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
                return Buffer.concat([mpint(found.subarray(0, 32)), mpint(found.subarray(32))]);
              })();
        return Buffer.concat([sshString(type), sshString(value), behind]);
      };

    it(`of type ${type} is verified, touched or not`, () => {
      for (const flags of [1, 0]) {
        const block = armor(container({ publicKey: publicKey("ssh:"), signData: signData("ssh:", flags) }));
        const found = verify(block);
        assert.deepEqual([found.kind, "algorithm" in found && found.algorithm], ["verified", algorithm]);
        assert.equal(opensshTakes(block), true);
      }
    });

    it(`of type ${type} is bad for another application, and never verified once a byte is flipped`, () => {
      const other = armor(container({ publicKey: publicKey("ssh:"), signData: signData("https:", 1) }));
      assert.equal(verify(other).kind, "bad");
      const bytes = container({ publicKey: publicKey("ssh:"), signData: signData("ssh:", 1) });
      for (let at = 0; at < bytes.length; at += 1) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        assert.notEqual(verify(armor(flipped)).kind, "verified", `byte ${at}`);
      }
    });

    it(`of type ${type} has equal material for every application`, () => {
      const [one, two] = ["ssh:", "ssh:work"].map((application) =>
        verify(armor(container({ publicKey: publicKey(application), signData: signData(application, 1) }))),
      );
      assert.ok(one?.kind === "verified" && two?.kind === "verified");
      assert.notEqual(one.signer, two.signer);
      assert.equal(one.material, two.material);
    });
  }
});

describe("anything else", () => {
  let bytes: Buffer = Buffer.alloc(0);
  before(() => {
    bytes = dearmor(signWith(makeKey("junk", "-t", "ecdsa", "-b", "256")));
  });

  it("never throws, and is never verified", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 8 }), fc.uint8Array({ maxLength: 8 }), (at, drop, insert) => {
        const place = at % bytes.length;
        const changed = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + drop)]);
        if (!changed.equals(bytes)) assert.notEqual(verify(armor(changed)).kind, "verified");
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (junk) => verify(armor(junk)).kind !== "verified"));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (junk) => verify(junk).kind === "unreadable"));
  });
});
