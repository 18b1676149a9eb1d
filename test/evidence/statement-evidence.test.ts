import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { findCertificates } from "../../daemon/certificates/certificate-file.ts";
import { mergeCopies } from "../../daemon/certificates/merge.ts";
import type { StatementSignature } from "../../daemon/core/offer.ts";
import { parseSha256, type Sha256 } from "../../daemon/core/sha256.ts";
import { type UnixMs, unixMs } from "../../daemon/core/time.ts";
import { readSshPublicKey } from "../../daemon/evidence/ssh-public-key.ts";
import { sshString } from "../../daemon/evidence/ssh-wire.ts";
import { gatherChain } from "../../daemon/evidence/statement-evidence.ts";
import type { ChainOptions, ChainWorld, GatheredChain } from "../../daemon/evidence/statement-gathering.ts";
import { type GpgPlace, openGpgPlace } from "./gpg.ts";
import { gpgBlock, makeSshKey, type SshKey, sshBlock, statementText } from "./statements.ts";

const NOW = unixMs(Date.now());
const DAY = 86_400_000;
const NOBODY: ChainWorld = {
  storedCertificate: async () => undefined,
  storedPrimaryOf: async () => undefined,
  keyring: undefined,
};

let place: GpgPlace;
let alice = "";
let bob = "";
let ssh: SshKey;
let text = "";

before(() => {
  place = openGpgPlace();
  alice = place.makeKey("Alice <alice@example.org>");
  bob = place.makeKey("Bob <bob@example.org>");
  place.gpg("--quick-add-key", alice, "ed25519", "sign", "never");
  place.write("TOFU-KEYS", place.gpg("--armor", "--export", alice, bob));
  ssh = makeSshKey(place, "id_ed25519");
  text = statementText({ keys: [`openpgp:${alice} release,handover`] });
});
after(() => place.close());

function gather(
  file: string | Uint8Array,
  options: ChainOptions & {
    readonly now?: UnixMs;
    readonly keys?: readonly string[];
    readonly world?: ChainWorld;
  } = {},
): Promise<GatheredChain> {
  const { now = NOW, keys = [place.path("TOFU-KEYS")], world = NOBODY, ...rest } = options;
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  return gatherChain({ bytes, place: "/here/TOFU-HANDOVERS", keyFiles: keys }, world, now, rest);
}

async function signaturesOf(file: string): Promise<readonly StatementSignature[]> {
  const { chain } = await gather(file);
  return chain.offers[0]?.signatures ?? [];
}

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("a statement signed by two primaries, a block each", async () => {
  const blocks = [alice, bob].map((key) => gpgBlock(place, text, `${key}!`));
  const gathered = await gather(text + blocks.join(""));
  const [offer, ...others] = gathered.chain.offers;
  assert.equal(others.length, 0);
  assert.equal(gathered.chain.isCut, false);
  assert.equal(offer?.sha256, sha256(text));
  assert.equal(offer.text, text);
  assert.equal(offer.parsed.ok, true);
  assert.deepEqual(
    offer.signatures.map(({ createdAt, material, ...rest }) => rest),
    [alice, bob].map((key) => ({
      signer: `openpgp:${key}`,
      byPrimary: true,
      isBinary: true,
      isForHandover: true,
      isWeak: false,
      isEntitled: true,
      isExpired: false,
      revoked: undefined,
      retiredAt: undefined,
    })),
  );
  assert.notEqual(offer.signatures[0]?.material, offer.signatures[1]?.material);
  assert.deepEqual(
    gathered.certificates.map(({ primary }) => primary),
    [alice, bob],
  );
  assert.equal(gathered.objects.length, 1);
  assert.equal(offer.blocks, sha256(gathered.objects[0] ?? ""));
  assert.deepEqual(
    Buffer.from(gathered.objects[0] ?? "")
      .toString()
      .match(/BEGIN PGP SIGNATURE/g)?.length,
    2,
  );
});

test("two packets in one block are two signatures", async () => {
  const options = ["--sig-notation", "purpose@tofu.invalid=handover", "--local-user", `${bob}!`];
  const found = await signaturesOf(text + gpgBlock(place, text, `${alice}!`, options));
  assert.deepEqual(found.map(({ signer }) => signer).sort(), [`openpgp:${alice}`, `openpgp:${bob}`].sort());
});

type Claim = Partial<StatementSignature> | undefined;
const NOTED = ["--sig-notation", "purpose@tofu.invalid=handover"];

/** One signature each, and what differs from one that counts; `undefined`: it is as if absent. */
const SIGNATURES: readonly (readonly [string, () => string, Claim])[] = [
  ["by the primary counts", () => gpgBlock(place, text, `${alice}!`), {}],
  ["by a subkey says so", () => gpgBlock(place, text, alice), { byPrimary: false }],
  [
    "in text mode is not binary",
    () => gpgBlock(place, text, `${alice}!`, ["--textmode", ...NOTED]),
    { isBinary: false },
  ],
  ["without the notation has no purpose", () => gpgBlock(place, text, `${alice}!`, []), { isForHandover: false }],
  [
    "with another purpose has not this one",
    () => gpgBlock(place, text, `${alice}!`, ["--sig-notation", "purpose@tofu.invalid=pins"]),
    { isForHandover: false },
  ],
  [
    "with two purposes has not this one",
    () => gpgBlock(place, text, `${alice}!`, [...NOTED, "--sig-notation", "purpose@tofu.invalid=pins"]),
    { isForHandover: false },
  ],
  ["over a release is as if absent", () => gpgBlock(place, "a release\n", `${alice}!`), undefined],
  [
    "over a re-ordered statement is as if absent",
    () => gpgBlock(place, text.replace("seq 1\nprev none", "prev none\nseq 1"), `${alice}!`),
    undefined,
  ],
  [
    "that states an expiry which has passed is not entitled any more",
    () => {
      const past = ["--faked-system-time", "20240101T000000!", "--default-sig-expire", "1d"];
      return gpgBlock(place, text, `${older()}!`, [...NOTED, ...past]);
    },
    { isEntitled: false },
  ],
  [
    "with SHA-1 is weak",
    () => gpgBlock(place, text, `${rsa()}!`, [...NOTED, "--allow-weak-digest-algos", "--digest-algo", "sha1"]),
    { isWeak: true },
  ],
];

function older(): string {
  place.gpg(
    "--faked-system-time",
    "20230101T000000!",
    "--quick-gen-key",
    "Old <old@example.org>",
    "ed25519",
    "sign,cert",
    "never",
  );
  return exported("old@example.org");
}

function rsa(): string {
  place.gpg("--quick-gen-key", "Rsa <rsa@example.org>", "rsa2048", "sign,cert", "never");
  return exported("rsa@example.org");
}

/** A key whose certificate lies with the others from now on. */
function exported(userId: string): string {
  const lines = place.gpg("--list-keys", "--with-colons", userId).toString().split("\n");
  place.write("TOFU-KEYS", place.gpg("--armor", "--export"));
  return lines.find((line) => line.startsWith("fpr:"))?.split(":")[9] ?? "";
}

describe("a signature", () => {
  for (const [name, block, wanted] of SIGNATURES)
    test(name, async () => {
      const found = await signaturesOf(text + block());
      if (wanted === undefined) {
        assert.deepEqual(found, []);
        return;
      }
      const good = { byPrimary: true, isBinary: true, isForHandover: true, isWeak: false, isEntitled: true };
      assert.equal(found.length, 1);
      assert.deepEqual({ ...found[0], ...good, ...wanted }, found[0]);
    });

  test("of an unknown kind, or damaged, or by nobody at hand is left out, and the others count", async () => {
    const unknown = "-----BEGIN MINISIGN SIGNATURE-----\nAAAA\n-----END MINISIGN SIGNATURE-----\n";
    const damaged = gpgBlock(place, text, `${alice}!`).replace(/\n\n..../, "\n\nAAAA");
    const found = await signaturesOf(text + unknown + damaged + gpgBlock(place, text, `${bob}!`));
    assert.deepEqual(
      found.map(({ signer }) => signer),
      [`openpgp:${bob}`],
    );
    const { chain } = await gather(text + gpgBlock(place, text, `${bob}!`), { keys: [] });
    assert.deepEqual(chain.offers[0]?.signatures, []);
  });

  test("by an expired primary counts, and says so", async () => {
    const past = ["--faked-system-time", "20230101T000000!"];
    place.gpg(...past, "--quick-gen-key", "Late <late@example.org>", "ed25519", "sign,cert", "20230601T000000");
    const late = exported("late@example.org");
    const before = gpgBlock(place, text, `${late}!`, [...NOTED, "--faked-system-time", "20230301T000000!"]);
    const [found] = await signaturesOf(text + before);
    assert.deepEqual([found?.isEntitled, found?.isExpired], [true, true]);
  });

  test("by a key that was revoked since says how", async () => {
    const key = place.makeKey("Gone <gone@example.org>");
    const block = gpgBlock(place, text, `${key}!`);
    place.write(
      "gone.rev",
      Buffer.from(place.read(`openpgp-revocs.d/${key}.rev`))
        .toString()
        .replace(":-----", "-----"),
    );
    place.gpg("--import", place.path("gone.rev"));
    place.write("TOFU-KEYS", place.gpg("--armor", "--export"));
    const [found] = await signaturesOf(text + block);
    assert.equal(found?.revoked, "no-reason");
  });
});

describe("an ssh signature", () => {
  test("counts for its key", async () => {
    const statement = statementText({ keys: [`${ssh.signer} release,handover`] });
    const [found, ...others] = await signaturesOf(statement + sshBlock(statement, ssh));
    assert.equal(others.length, 0);
    assert.deepEqual(
      [found?.signer, found?.byPrimary, found?.isForHandover, found?.createdAt],
      [ssh.signer, true, true, undefined],
    );
  });

  test("beside an OpenPGP one: both count", async () => {
    const found = await signaturesOf(text + sshBlock(text, ssh) + gpgBlock(place, text, `${alice}!`));
    assert.deepEqual(found.map(({ signer }) => signer).sort(), [`openpgp:${alice}`, ssh.signer].sort());
  });

  test("made for something else is as if absent", async () => {
    assert.deepEqual(await signaturesOf(text + sshBlock(text, ssh, "git")), []);
  });

  for (const [algorithm, blob] of [
    ["ed25519", (body: Buffer): Buffer => Buffer.concat([sshString("ssh-ed25519"), sshString(body.subarray(-32))])],
    [
      "nistp256",
      (body: Buffer): Buffer =>
        Buffer.concat([sshString("ecdsa-sha2-nistp256"), sshString("nistp256"), sshString(body.subarray(-65))]),
    ],
    [
      "rsa2048",
      (body: Buffer): Buffer => {
        const modulus = body.subarray(8, 8 + 256);
        const exponent = body.subarray(8 + 256 + 2);
        const positive = Buffer.concat([Buffer.from([0]), modulus]);
        return Buffer.concat([sshString("ssh-rsa"), sshString(exponent), sshString(positive)]);
      },
    ],
  ] as const)
    test(`has the material of the same ${algorithm} key in a certificate`, async () => {
      place.gpg("--quick-gen-key", `${algorithm} <${algorithm}@same.example>`, algorithm, "sign,cert", "never");
      const [copy] = findCertificates(place.gpg("--export", `${algorithm}@same.example`)).certificates;
      const certificate = copy === undefined ? undefined : await mergeCopies([copy]);
      assert.ok(certificate);
      const { body, material } = certificate.primary;
      assert.equal(readSshPublicKey(blob(Buffer.from(body))).material, material);
    });
});

describe("transport", () => {
  test("a file with CRLF is the same statement, and its signatures fit", async () => {
    const block = gpgBlock(place, text, `${alice}!`);
    const { chain } = await gather(`\uFEFF${(text + block).replaceAll("\n", "\r\n")}`);
    assert.equal(chain.offers[0]?.sha256, sha256(text));
    assert.equal(chain.offers[0].signatures.length, 1);
    assert.equal(chain.offers[0].fitsOnlyRaw, false);
  });

  test("a signature made over CRLF does not count, and the answer says why", async () => {
    const crlf = text.replaceAll("\n", "\r\n");
    const { chain } = await gather(crlf + gpgBlock(place, crlf, `${alice}!`));
    assert.deepEqual(chain.offers[0]?.signatures, []);
    assert.equal(chain.offers[0]?.fitsOnlyRaw, true);
  });
});

describe("a chain", () => {
  const second = (): string =>
    statementText({ seq: 2, previous: `sha256:${sha256(text)}`, keys: [`openpgp:${alice} release,handover`] });

  test("of two statements gives two, each with its own signatures", async () => {
    const next = second();
    const { chain, objects } = await gather(
      text + gpgBlock(place, text, `${alice}!`) + next + gpgBlock(place, next, `${bob}!`),
    );
    assert.deepEqual(
      chain.offers.map(({ signatures }) => signatures.map(({ signer }) => signer)),
      [[`openpgp:${alice}`], [`openpgp:${bob}`]],
    );
    assert.equal(objects.length, 2);
  });

  test("is not verified again where it is known, and what follows is", async () => {
    const next = second();
    const known: ReadonlySet<Sha256> = new Set([digest(text)]);
    const { chain, objects } = await gather(
      text + gpgBlock(place, text, `${alice}!`) + next + gpgBlock(place, next, `${bob}!`),
      { known },
    );
    assert.deepEqual(
      chain.offers.map(({ signatures }) => signatures.length),
      [0, 1],
    );
    assert.equal(objects.length, 1);
  });

  test("that is known behind one that is not is verified", async () => {
    const next = second();
    const file = next + gpgBlock(place, next, `${bob}!`) + text + gpgBlock(place, text, `${alice}!`);
    const { chain } = await gather(file, { known: new Set([digest(text)]) });
    assert.deepEqual(
      chain.offers.map(({ signatures }) => signatures.length),
      [1, 1],
    );
  });

  test("ends at the first statement that is none", async () => {
    const bad = second().replace("reason", "raison");
    const file = text + gpgBlock(place, text, `${alice}!`) + bad + gpgBlock(place, bad, `${alice}!`);
    const { chain } = await gather(file + text + gpgBlock(place, text, `${alice}!`));
    assert.deepEqual(
      chain.offers.map(({ parsed }) => parsed.ok),
      [true, false],
    );
    assert.equal(chain.isCut, true);
  });

  test("that breaks off gives what stands before", async () => {
    const { chain, fault } = await gather(text + gpgBlock(place, text, `${alice}!`) + second());
    assert.equal(chain.offers.length, 1);
    assert.equal(chain.isCut, true);
    assert.equal(fault?.code, "no-signature");
  });

  test("of a later format is no fault of the file", async () => {
    const later = text.replace("tofu-handover 1", "tofu-handover 2");
    const { chain } = await gather(later + gpgBlock(place, later, `${alice}!`));
    assert.equal(chain.isCut, false);
    assert.equal(chain.offers.length, 1);
  });

  test("of one statement that nobody signed yet is that statement", async () => {
    const { chain } = await gather(text);
    assert.equal(chain.offers[0]?.sha256, sha256(text));
    assert.equal(chain.isCut, false);
  });

  test("of nothing has no statement", async () => {
    for (const file of ["", "<!DOCTYPE html>\n-----BEGIN", "-----BEGIN PGP SIGNATURE-----\n"]) {
      const { chain, fault } = await gather(file);
      assert.ok(chain.offers.length === 0 || !chain.offers[0]?.parsed.ok, file);
      assert.ok(fault, file);
    }
  });
});

test("certificates come from the journal and from the keyring too", async () => {
  const file = text + gpgBlock(place, text, `${bob}!`);
  const certificate = new Uint8Array(place.gpg("--export", bob));
  for (const world of [
    { ...NOBODY, storedCertificate: async () => certificate },
    { ...NOBODY, keyring: async () => certificate },
  ]) {
    const { chain } = await gather(file, { keys: [], world });
    assert.equal(chain.offers[0]?.signatures.length, 1);
  }
});

test("a signature dated ahead says when", async () => {
  const block = gpgBlock(place, text, `${alice}!`);
  const { chain } = await gather(text + block, { now: unixMs(NOW - 2 * DAY) });
  const [found] = chain.offers[0]?.signatures ?? [];
  assert.ok(found?.createdAt !== undefined && found.createdAt > NOW - DAY);
});

function digest(bytes: string): Sha256 {
  const parsed = parseSha256(sha256(bytes));
  assert.ok(parsed.ok);
  return parsed.value;
}
