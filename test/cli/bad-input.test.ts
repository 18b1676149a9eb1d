import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { PROJECT } from "../checks/places.ts";
import { type RealHome, realHome } from "./real-home.ts";

const RELEASE = join(PROJECT, "test/corpus/releases/ccid/1.6.2");
const ARTIFACT = "ccid_1.6.2.orig.tar.xz";
const FILE = "ccid-1.6.2.tar.xz";
const PICTURE = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
/** A file that its owner, even root, may only write to. */
const WRITE_ONLY = "/proc/sys/vm/compact_memory";

interface Row {
  readonly name: string;
  /** Puts the bad thing into a home that has a release, its signature (under another name) and a keyring. */
  readonly given?: (home: RealHome) => void | Promise<void>;
  readonly words: readonly string[];
  readonly exit: 1 | 2;
  readonly says: RegExp;
  /** A store that is opened on the way: LevelDB then tidies up its own files, so its events are compared instead. */
  readonly opens?: string;
  /** Also tried with `--json`: one row for each place that an error can come from. */
  readonly json?: true;
  /** Why it can't be tried here. */
  readonly skip?: string | false;
}

/** Begins a store with one event in it, by the command line itself. */
async function begin(home: RealHome, ...more: readonly string[]): Promise<void> {
  const key = ["--key", "keys", "--signature", "signature"];
  const { exit, stderr } = await home.tofu("verify", FILE, ...key, "--package", "generic/ccid", ...more);
  assert.equal(exit, 0, stderr);
}

const verify = ["verify", FILE, "--signature", "signature", "--key", "keys"];

const ROWS: readonly Row[] = [
  {
    name: "a missing file",
    json: true,
    words: ["verify", "gone-1.0.tar.gz"],
    exit: 1,
    says: /there is no file \S+\/gone-1\.0/,
  },
  {
    name: "a link to nothing",
    given: ({ folder }) => symlinkSync("nowhere", join(folder, "link-1.0.tar.gz")),
    words: ["verify", "link-1.0.tar.gz"],
    exit: 1,
    says: /there is no file \S+\/link-1\.0\.tar\.gz; check the path/,
  },
  {
    name: "a directory",
    given: ({ folder }) => mkdirSync(join(folder, "dir-1.0.tar.gz")),
    words: ["verify", "dir-1.0.tar.gz"],
    exit: 1,
    says: /dir-1\.0\.tar\.gz is a directory; name a regular file/,
  },
  {
    name: "a FIFO that nobody writes to",
    given: ({ folder }) => void execFileSync("mkfifo", [join(folder, "pipe-1.0.tar.gz")]),
    json: true,
    words: ["verify", "pipe-1.0.tar.gz"],
    exit: 1,
    says: /pipe-1\.0\.tar\.gz is a FIFO; name a regular file/,
  },
  {
    name: "a FIFO in place of the signature",
    given: ({ folder }) => void execFileSync("mkfifo", [join(folder, "pipe.asc")]),
    words: ["verify", FILE, "--signature", "pipe.asc"],
    exit: 1,
    says: /pipe\.asc is a FIFO; name a regular file/,
  },
  {
    name: "a device",
    words: ["verify", "/dev/zero", "--package", "generic/x"],
    exit: 1,
    says: /\/dev\/zero is a (character )?device; name a regular file/,
  },
  {
    name: "a file that may not be read",
    words: ["verify", WRITE_ONLY, "--package", "generic/x", "--release", "1"],
    exit: 1,
    says: /compact_memory/,
    skip: !existsSync(WRITE_ONLY) && "this system has no file that even root may not read",
  },
  {
    name: "a missing signature file",
    words: ["verify", FILE, "--signature", "gone.asc"],
    exit: 1,
    says: /there is no file \S+\/gone\.asc/,
  },
  {
    name: "a missing key file",
    json: true,
    words: ["verify", FILE, "--key", "gone"],
    exit: 1,
    says: /there is no file \S+\/gone;/,
  },
  {
    name: "a picture as a certificate to keep",
    given: ({ folder }) => writeFileSync(join(folder, "cat.png"), PICTURE),
    json: true,
    words: ["key", "import", "cat.png"],
    exit: 2,
    says: /cat\.png holds no certificate\n/,
  },
  {
    name: "a picture as a certificate to show",
    given: ({ folder }) => writeFileSync(join(folder, "cat.png"), PICTURE),
    words: ["key", "show", "cat.png"],
    exit: 2,
    says: /cat\.png holds no certificate\n/,
  },
  {
    name: "a web address",
    words: ["verify", "https://x.example/a-1.tar.gz"],
    exit: 2,
    says: /reads files.*\n.*download/,
  },
  {
    name: "a file whose name tells no package",
    given: ({ folder }) => writeFileSync(join(folder, "thing.bin"), "x"),
    words: ["verify", "thing.bin"],
    exit: 2,
    says: /say --package/,
  },
  {
    name: "a store that is a file",
    json: true,
    words: ["list", "--store", FILE],
    exit: 1,
    says: /the store \S+ is not a folder/,
  },
  {
    name: "a store that others can enter",
    given: ({ folder }) => {
      mkdirSync(join(folder, "open"));
      chmodSync(join(folder, "open"), 0o755);
    },
    words: ["list", "--store", "open"],
    exit: 1,
    says: /other users can get at \S+\/open; if that was a mistake: chmod 0700/,
  },
  {
    name: "a store full of something else",
    given: ({ folder }) => {
      mkdirSync(join(folder, "odd", "journal"), { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, "odd", "journal", "CURRENT"), "no database\n");
    },
    opens: "odd",
    words: ["list", "--store", "odd"],
    exit: 1,
    says: /the store \S+\/odd is damaged and can't be opened/,
  },
  {
    name: "a store whose events were taken away",
    given: async (home) => {
      await begin(home);
      rmSync(home.store, { recursive: true });
    },
    opens: "state",
    words: ["list"],
    exit: 1,
    says: /store/,
  },
  {
    name: "a socket that others may speak to",
    given: async ({ socket }) => {
      mkdirSync(join(socket, ".."), { mode: 0o700 });
      const server = createServer();
      await once(server.listen(socket), "listening");
      chmodSync(socket, 0o666);
      servers.push(() => server.close());
    },
    json: true,
    words: ["list"],
    exit: 1,
    says: /socket has mode 0666, so nothing is sent there: remove it and start tofud again/,
  },
  {
    name: "a socket folder that others can enter",
    given: ({ socket }) => {
      mkdirSync(join(socket, ".."));
      chmodSync(join(socket, ".."), 0o755);
      writeFileSync(socket, "");
    },
    words: ["list"],
    exit: 1,
    says: /tofu has mode 0755, so nothing is sent there: chmod 0700/,
  },
  { name: "nothing to do", words: [], exit: 2, says: /say what to do\n\s+tofu help/ },
  {
    name: "an unknown command",
    json: true,
    words: ["verfy", FILE],
    exit: 2,
    says: /there is no tofu verfy\n\s+tofu verify/,
  },
  { name: "half a command", words: ["key"], exit: 2, says: /tofu key needs a second word\n/ },
  {
    name: "an unknown option",
    json: true,
    words: ["verify", FILE, "--pakage", "x"],
    exit: 2,
    says: /no option --pakage\n\s+--package/,
  },
  { name: "an option without its value", words: ["verify", FILE, "--key"], exit: 2, says: /--key needs a value/ },
  { name: "no file", words: ["verify"], exit: 2, says: /needs a file\n\s+tofu verify FILE/ },
  { name: "an empty path", words: ["verify", ""], exit: 2, says: /a path is empty/ },
  {
    name: "a time that is none",
    words: ["list", "--at", "soon", "--store", "new"],
    exit: 2,
    says: /--at takes a UTC time\n/,
  },
  {
    name: "a time without a store",
    json: true,
    words: ["list", "--at", "2026-01-01"],
    exit: 2,
    says: /--at needs a store given by hand\n/,
  },
  {
    name: "a time for a live store",
    given: (home) => begin(home, "--store", "live"),
    opens: "live",
    words: [...verify, "--at", "2026-01-01", "--store", "live"],
    exit: 1,
    says: /was begun without --at: its history can't be backdated/,
  },
  {
    name: "a replay store without its time",
    given: (home) => begin(home, "--at", "2026-01-01", "--store", "replay"),
    opens: "replay",
    words: [...verify, "--store", "replay"],
    exit: 1,
    says: /was begun with --at; say --at again/,
  },
  {
    name: "settings with a word that is not known",
    given: ({ folder }) => writeFileSync(join(folder, "c.toml"), '[policy]\n\nfrist-use = "deny"\n', { mode: 0o600 }),
    json: true,
    words: ["list", "--config", "c.toml"],
    exit: 2,
    says: /c\.toml, line 3: there is no setting policy\.frist-use/,
  },
  {
    name: "settings that are no settings",
    given: ({ folder }) => writeFileSync(join(folder, "c.toml"), "[policy\n", { mode: 0o600 }),
    words: ["list", "--config", "c.toml"],
    exit: 2,
    says: /c\.toml, line 1/,
  },
  { name: "settings that are not there", words: ["list", "--config", "gone.toml"], exit: 2, says: /gone\.toml/ },
  { name: "a policy that is not there", words: ["list", "--policy", "gone.toml"], exit: 2, says: /gone\.toml/ },
  {
    name: "an unknown package",
    json: true,
    words: ["why", "sunpyy"],
    exit: 2,
    says: /no package named "sunpyy" is known here\n/,
  },
  { name: "a package that can be none", words: ["why", "a b"], exit: 2, says: /no package named "a b"/ },
  {
    name: "a package without a pin",
    words: ["forget", "pypi/gone", "--because", "x"],
    exit: 2,
    says: /no pin of yours to forget/,
  },
  {
    name: "a key ID to trust",
    words: ["trust", "pypi/x", "28B8B19AD578A535", "--because", "x"],
    exit: 2,
    says: /key ID of 16 digits/,
  },
  { name: "no reason", words: ["trust", "pypi/x", "A".repeat(40)], exit: 2, says: /needs a reason\n\s+--because/ },
  { name: "a date that is none", words: ["log", "--since", "soon"], exit: 2, says: /--since takes a date/ },
  {
    name: "an unknown certificate",
    words: ["key", "show", "0123456789ABCDEF"],
    exit: 2,
    says: /0123456789ABCDEF|0123 4567/,
  },
  { name: "a shell that is not known", words: ["completion", "tcsh"], exit: 2, says: /no completion for that shell/ },
];

const servers: (() => void)[] = [];
after(() => {
  for (const close of servers) close();
});

function prepared(t: Parameters<typeof realHome>[0]): RealHome {
  const home = realHome(t);
  copyFileSync(join(RELEASE, ARTIFACT), join(home.folder, FILE));
  copyFileSync(join(RELEASE, `${ARTIFACT}.asc`), join(home.folder, "signature"));
  copyFileSync(join(RELEASE, "keyring.asc"), join(home.folder, "keys"));
  return home;
}

/** What lies in the home, but for the inside of a store that the row opens. */
function outside(home: RealHome, { opens }: Row): readonly string[] {
  return home.look().filter((line) => opens === undefined || !line.startsWith(opens));
}

describe("bad input is named in one line, with what to do, and nothing is written", () => {
  for (const row of ROWS)
    test(row.name, { skip: row.skip ?? false }, async (t) => {
      const home = prepared(t);
      await row.given?.(home);
      const before = outside(home, row);
      const { exit, stdout, stderr } = await home.tofu(...row.words);
      assert.deepEqual([exit, stdout], [row.exit, ""], stderr);
      assert.match(stderr, exit === 1 ? /^fault {4}[^\n]+\n$/ : /^usage {4}[^\n]+\n( {9}[^\n]+\n)?$/);
      assert.match(stderr, row.says);
      assert.doesNotMatch(stderr, /^\s+at |node:|failed inside/m);
      assert.deepEqual(outside(home, row), before);
    });

  for (const row of ROWS.filter(({ json }) => json))
    test(`${row.name}, with --json`, async (t) => {
      const home = prepared(t);
      await row.given?.(home);
      const before = outside(home, row);
      const { exit, stdout, stderr } = await home.tofu("--json", ...row.words);
      assert.deepEqual([exit, stderr], [row.exit, ""], stdout);
      const [answer, ...more] = stdout
        .trimEnd()
        .split("\n")
        .map((line): { readonly type?: string; readonly exit?: number } => JSON.parse(line));
      assert.deepEqual([answer?.type, answer?.exit], [row.exit === 1 ? "fault" : "usage", row.exit]);
      // A fault with one file of several is followed by the count of all.
      assert.ok(
        more.every(({ type }) => type === "summary"),
        stdout,
      );
      assert.deepEqual(outside(home, row), before);
    });
});

for (const [name, begun, asked] of [
  ["live", [], ["--at", "2026-01-01"]],
  ["replay", ["--at", "2026-01-01"], []],
] as const)
  test(`a refused time adds no event to a ${name} store`, async (t) => {
    const home = prepared(t);
    await begin(home, ...begun, "--store", "kept");
    const events = (await home.tofu("log", "--json", "--store", "kept")).stdout;
    assert.equal((await home.tofu(...verify, ...asked, "--store", "kept")).exit, 1);
    assert.match(events, /"kind":"first-use"/);
    assert.equal((await home.tofu("log", "--json", "--store", "kept")).stdout, events);
  });

test("what a command keeps is kept for its owner alone, under any umask", async (t) => {
  const home = prepared(t);
  const before = process.umask(0);
  t.after(() => process.umask(before));
  await begin(home);
  const kept = home.look().filter((line) => line.startsWith("state/tofu"));
  assert.ok(kept.length > 5, kept.join("\n"));
  assert.deepEqual(
    kept.filter((line) => !/ (?:40700|100600) /.test(line)),
    [],
  );
});

describe("a signature that can't be read is unchecked, and nobody is remembered", () => {
  const rows = [
    { name: "cut short", change: (path: string) => truncateSync(path, 200), found: /signature: it is damaged/ },
    { name: "empty", change: (path: string) => truncateSync(path, 0), found: /signature: it holds no OpenPGP data/ },
    {
      name: "a picture",
      change: (path: string) => writeFileSync(path, PICTURE),
      found: /signature: it (holds no|is no|is damaged)/,
    },
    {
      name: "a certificate",
      change: (path: string) => copyFileSync(join(path, "..", "keys"), path),
      found: /found +signature: /,
    },
  ] as const;
  for (const { name, change, found } of rows)
    test(name, async (t) => {
      const home = prepared(t);
      change(join(home.folder, "signature"));
      const { exit, stdout, stderr } = await home.tofu(...verify);
      assert.deepEqual([exit, stderr], [6, ""], stdout);
      assert.match(stdout, /^unchecked ccid 1\.6\.2: its signature file holds no signature of a release\n/);
      assert.match(stdout, found);
      assert.equal((await home.tofu("list")).stdout, "no pins\n");
    });

  test("a picture as a key file is named among what was asked", async (t) => {
    const home = prepared(t);
    renameSync(join(home.folder, "keys"), join(home.folder, "elsewhere"));
    writeFileSync(join(home.folder, "keys"), PICTURE);
    const { exit, stdout } = await home.tofu(...verify);
    assert.equal(exit, 6, stdout);
    assert.match(stdout, /asked +this journal, keys \(which holds no certificate\),/);
  });
});

test("looking into a home without a store leaves it without one", async (t) => {
  const home = prepared(t);
  const before = home.look();
  for (const words of [["list"], ["log"], ["status"], ["key", "show", "keys"], [...verify, "--dry-run"]])
    assert.equal((await home.tofu(...words)).exit, 0, words.join(" "));
  assert.deepEqual(home.look(), before);
});
