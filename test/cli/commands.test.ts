import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { COMMANDS } from "../../cli/commands/all.ts";
import { main } from "../../cli/main.ts";
import { PROTOCOL_VERSION, type Request } from "../../daemon/protocol/request.ts";
import { envelopeCodec } from "../../daemon/protocol/request-codec.ts";
import { judgement } from "./answers.ts";
import { CLAIMED as claimed, fakeWorld } from "./fake-world.ts";

const FPR = "AEA08C8DE882D15EB8590DC028B8B19AD578A535";
const GROUPS = ["AEA0", "8C8D", "E882", "D15E", "B859", "0DC0", "28B8", "B19A", "D578", "A535"];
const because = "bar";

const verify: Request = {
  do: "verify",
  files: ["/some/here/a.tar.gz"],
  package: undefined,
  release: undefined,
  signatures: [],
  keys: [],
  handover: undefined,
  dryRun: false,
  offline: false,
  gnupgHome: undefined,
  policyFile: undefined,
  via: "verify",
  from: undefined,
  claimed,
};
const trust: Request = {
  do: "trust",
  package: "sunpy",
  fingerprint: FPR,
  because,
  keys: [],
  file: undefined,
  replaces: undefined,
  role: undefined,
  undoDistrust: false,
  until: undefined,
  gnupgHome: undefined,
  claimed,
};
const require: Request = {
  do: "require",
  package: "sunpy",
  because,
  firstUse: undefined,
  releaseThreshold: undefined,
  allow: [],
  unsignedOk: [],
  noRollback: false,
  noHandover: false,
  expired: undefined,
  claimed,
};
const list: Request = { do: "list", pattern: undefined, stale: false, weak: false, single: false };

const apply: Request = {
  do: "handover",
  action: "apply",
  from: "/some/here/TOFU-HANDOVERS",
  package: undefined,
  because: undefined,
  keys: [],
  offline: false,
  gnupgHome: undefined,
  policyFile: undefined,
  claimed,
};
const { because: _, ...asked } = apply;

/** Each command line, and the question it asks. */
const ASKED: readonly (readonly [line: readonly string[], request: Request])[] = [
  [["verify", "a.tar.gz"], verify],
  [["verify", "/b", "c/../d"], { ...verify, files: ["/b", "/some/here/d"] }],
  [["verify", "0123", "1e5", "6.10"], { ...verify, files: ["0123", "1e5", "6.10"].map((f) => `/some/here/${f}`) }],
  [["verify", "a.tar.gz", "--handover", "../H"], { ...verify, handover: "/some/H" }],
  [["handover", "apply", "TOFU-HANDOVERS"], apply],
  [
    ["handover", "apply", "TOFU-HANDOVERS", "--package", "sunpy", "--key", "K"],
    { ...apply, package: "sunpy", keys: ["/some/here/K"] },
  ],
  [
    ["handover", "apply", "--package", "sunpy", "--because", because],
    { ...apply, from: undefined, package: "sunpy", because },
  ],
  [["handover", "show", "TOFU-HANDOVERS"], { ...asked, action: "show" }],
  [
    ["handover", "check", "TOFU-HANDOVERS", "--file", "a.tar.gz", "--release", "6.0"],
    { ...asked, action: "check", file: "/some/here/a.tar.gz", release: "6.0" },
  ],
  [["handover", "fetch", "sunpy"], { ...asked, action: "fetch", from: undefined, package: "sunpy" }],
  [
    ["handover", "fetch", "sunpy", "--from", "https://sunpy.example/TOFU-HANDOVERS", "--offline"],
    { ...asked, action: "fetch", from: "https://sunpy.example/TOFU-HANDOVERS", package: "sunpy", offline: true },
  ],
  [["handover", "fetch", "--from", "clone"], { ...asked, action: "fetch", from: "/some/here/clone" }],
  [
    ["resolve", "sunpy", "--keep", "theirs", "--because", because],
    { do: "resolve", package: "sunpy", keep: "theirs", because, claimed },
  ],
  [["verify", "--", "-odd", "--json"], { ...verify, files: ["/some/here/-odd", "/some/here/--json"] }],
  [
    ["verify", "--signature", "s1", "a.tar.gz", "--signature", "/s2", "--key", "k", "--offline", "--dry-run"],
    {
      ...verify,
      signatures: ["/some/here/s1", "/s2"],
      keys: ["/some/here/k"],
      offline: true,
      dryRun: true,
    },
  ],
  [["verify", "a.tar.gz", "--package", "sunpy", "--release", "6.10"], { ...verify, package: "sunpy", release: "6.10" }],
  [["--policy", "p.toml", "verify", "a.tar.gz"], { ...verify, policyFile: "/some/here/p.toml" }],
  [["why", "sunpy"], { do: "why", package: "sunpy", release: undefined, prove: false }],
  [["why", "sunpy", "6.10", "--prove"], { do: "why", package: "sunpy", release: "6.10", prove: true }],
  [
    ["why", "sunpy", "--prove", "--file", "a.tar.gz", "--file", "/b.tar.gz"],
    { do: "why", package: "sunpy", release: undefined, prove: true, files: ["/some/here/a.tar.gz", "/b.tar.gz"] },
  ],
  [["audit"], { do: "audit", package: undefined, signer: undefined, since: undefined, until: undefined }],
  [
    ["audit", "sunpy", "--signer", "AEA08C8D", "--since", "2026-01-01", "--until", "2026-02-01"],
    { do: "audit", package: "sunpy", signer: "AEA08C8D", since: "2026-01-01", until: "2026-02-01" },
  ],
  [["list"], list],
  [["list", "pkg:pypi/*", "--weak", "--single"], { ...list, pattern: "pkg:pypi/*", weak: true, single: true }],
  [["list", "--stale"], { ...list, stale: true }],
  [["log"], { do: "log", package: undefined, since: undefined }],
  [["log", "sunpy", "--since", "2026-01-01"], { do: "log", package: "sunpy", since: "2026-01-01" }],
  [["log", "--follow"], { do: "log", package: undefined, since: undefined, follow: true }],
  [["watch"], { do: "watch", folders: [] }],
  [["watch", "in", "/srv"], { do: "watch", folders: ["/some/here/in", "/srv"] }],
  [["status"], { do: "status", packages: [] }],
  [["status", "sunpy", "curl"], { do: "status", packages: ["sunpy", "curl"] }],
  [["trust", "sunpy", FPR, "--because", because], trust],
  [["trust", "sunpy", "0000 1111", "--because", because], { ...trust, fingerprint: "0000 1111" }],
  [["trust", "sunpy", ...GROUPS, "--because", because], { ...trust, fingerprint: GROUPS.join(" ") }],
  [["trust", "sunpy", "0000", "1111", "1e10", "--because", because], { ...trust, fingerprint: "0000 1111 1e10" }],
  [
    [
      "trust",
      "sunpy",
      FPR,
      "--because",
      because,
      "--key",
      "k",
      "--file",
      "f",
      "--until",
      "2027-01-01",
      "--undo-distrust",
    ],
    {
      ...trust,
      keys: ["/some/here/k"],
      file: "/some/here/f",
      until: "2027-01-01",
      undoDistrust: true,
    },
  ],
  [
    ["trust", "sunpy", FPR, "--because", because, "--replaces", FPR, "--role", "handover"],
    { ...trust, replaces: FPR, role: "handover" },
  ],
  [
    ["distrust", "*", FPR, "--because", because],
    { do: "distrust", package: "*", fingerprint: FPR, because, since: undefined, claimed },
  ],
  [
    ["distrust", "sunpy", ...GROUPS, "--since", "2026-01-01", "--because", because],
    { do: "distrust", package: "sunpy", fingerprint: GROUPS.join(" "), because, since: "2026-01-01", claimed },
  ],
  [["require", "sunpy", "--no-rollback", "--because", because], { ...require, noRollback: true }],
  [["require", "sunpy", "--no-handover", "--because", because], { ...require, noHandover: true }],
  [
    ["require", "sunpy", "--allow", "sha1", "--allow", "dsa", "--because", because],
    { ...require, allow: ["sha1", "dsa"] },
  ],
  [
    ["require", "sunpy", "--unsigned-ok", "--release", "6.0", "--release", "6.10", "--because", because],
    { ...require, unsignedOk: ["6.0", "6.10"] },
  ],
  [
    [
      "require",
      "sunpy",
      "--expired",
      "decide",
      "--release-threshold",
      "2",
      "--first-use",
      "witnesses:2",
      "--because",
      because,
    ],
    { ...require, expired: "decide", releaseThreshold: 2, firstUse: "witnesses:2" },
  ],
  [["forget", "sunpy", "--because", because], { do: "forget", package: "sunpy", because, claimed }],
  [["key", "import", "a", "/b"], { do: "key-import", files: ["/some/here/a", "/b"], claimed }],
  [["key", "show", FPR.toLowerCase()], { do: "key-show", key: FPR.toLowerCase() }],
  [["key", "show", "AEA0", "8C8D"], { do: "key-show", key: "AEA0 8C8D" }],
  [["key", "show", `openpgp:${FPR}`], { do: "key-show", key: FPR }],
  [["key", "show", "./AEA0"], { do: "key-show", key: "AEA0", file: "/some/here/AEA0" }],
  [["key", "show", "keys/bob.asc"], { do: "key-show", key: "bob.asc", file: "/some/here/keys/bob.asc" }],
  [["completion", "words", "--", "why", "sun"], { do: "names", prefix: "sun" }],
  [["completion", "words", "--", "--json", "trust", ""], { do: "names", prefix: "" }],
  [["completion", "words", "--", "--store", "why", "status", "a", "b"], { do: "names", prefix: "b" }],
];

for (const [line, request] of ASKED)
  test(`asks: tofu ${line.join(" ")}`, async () => {
    const files = request.do === "verify" ? request.files : [];
    const { world, requests, stderr } = fakeWorld({
      answers: files.map((path) => judgement({ artifact: { path, sha256: "00", size: 0 } })),
    });
    assert.equal(await main(line, world), 0, stderr());
    assert.deepEqual(
      requests.map((asked) => asked.request),
      [request],
    );
    const envelope = { v: PROTOCOL_VERSION, request } as const;
    assert.ok(envelopeCodec.parse(JSON.parse(JSON.stringify(envelopeCodec.encode(envelope))), "").ok);
  });

/** Each wrong command line, and what is said about it. */
const REFUSED: readonly (readonly [line: readonly string[], sentence: string, hint?: string])[] = [
  [[], "say what to do", "tofu help"],
  [["verfiy", "a"], "there is no tofu verfiy", "tofu verify"],
  [["zzzz"], "there is no tofu zzzz", "tofu help"],
  [["a\u001b[2Jb"], "there is no tofu a\\x1b[2Jb", "tofu help"],
  [["key"], "tofu key needs a second word", "tofu key import, tofu key show"],
  [["key", "improt"], "there is no tofu key improt", "tofu key import"],
  [["exec", "--", "pip"], "there is no tofu exec", "tofu help"],
  [["verify"], "tofu verify needs a file", "tofu verify FILE…"],
  [["verify", "a", "--sinature", "s"], "tofu verify has no option --sinature", "--signature"],
  [["verify", "a", "--stale"], "tofu verify has no option --stale"],
  [["verify", "a", "-x"], "tofu verify has no option -x"],
  [["verify", "a", "--__proto__", "x"], "there is no option --__proto__"],
  [["verify", "a", "--constructor=x"], "there is no option --constructor"],
  [["verify", "a", "--get-yargs-completions"], "there is no option --get-yargs-completions"],
  [["verify", "a", "--no-json"], "tofu verify has no option --no-json"],
  [["verify", "a", "--at"], "--at needs a value"],
  [["verify", "a", "--release", "--dry-run"], "--release needs a value"],
  [["verify", "a", "--release", "1", "--release", "2"], "--release was given 2 times"],
  [["verify", "a", "--annotate", "gitlab"], "--annotate has no gitlab", "--annotate github"],
  [["verify", "-"], "standard input has no name: say which package it is", "tofu verify - --package PACKAGE"],
  [["verify", "-", "-", "--package", "p"], "standard input can be judged once", "tofu verify FILE…"],
  [["verify", "a", "b", "--signature", "s"], "--signature goes with one file", "tofu verify FILE --signature FILE"],
  [["verify", ""], "a path is empty"],
  [["why", "a", "--file", "f"], "--file goes with --prove", "tofu why PACKAGE --prove --file FILE"],
  [["audit", "a", "b"], "tofu audit has no use for b", "tofu audit [PACKAGE]"],
  [["why"], "tofu why needs a package", "tofu why PACKAGE [VERSION]"],
  [["why", "a", "b", "c"], "tofu why has no use for c", "tofu why PACKAGE [VERSION]"],
  [["handover", "apply"], "tofu handover apply needs a file", "tofu handover apply FILE"],
  [["handover", "apply", "a", "--because", " "], "--because needs a reason", "--because TEXT"],
  [
    ["handover", "check"],
    "tofu handover check needs statements or a release",
    "tofu handover check FILE --file RELEASE",
  ],
  [["handover", "fetch"], "tofu handover fetch needs a package or a place", "tofu handover fetch PACKAGE"],
  [
    ["resolve", "p", "--because", "x"],
    "tofu resolve needs to know which one holds",
    "--keep mine, theirs or sha256:STATEMENT",
  ],
  [["trust", "p"], "tofu trust needs a whole fingerprint", "tofu trust PACKAGE FINGERPRINT --because TEXT"],
  [["trust", "p", FPR], "tofu trust needs a reason", "--because TEXT"],
  [["trust", "p", FPR, "--because", "  "], "tofu trust needs a reason", "--because TEXT"],
  [
    ["trust", "p", "AEA0", "more", "--because", "b"],
    "more is no part of a fingerprint",
    "tofu trust PACKAGE FINGERPRINT --because TEXT",
  ],
  [["trust", "p", FPR, "--because", "b", "--role", "release"], "--role has no release", "--role handover"],
  [
    ["trust", "p", FPR, "--because", "b", "--file", "f", "--replaces", FPR],
    "--file accepts one file and changes no roles",
  ],
  [["require", "p", "--because", "b"], "tofu require changes nothing: name a setting", "tofu require --help"],
  [
    ["require", "p", "--because", "b", "--unsigned-ok"],
    "--unsigned-ok needs the versions it is for",
    "--unsigned-ok --release VERSION",
  ],
  [
    ["require", "p", "--because", "b", "--release", "1"],
    "--release goes with --unsigned-ok",
    "--unsigned-ok --release VERSION",
  ],
  [["require", "p", "--because", "b", "--release-threshold", "0"], "--release-threshold takes a number from 1 to 100"],
  [
    ["require", "p", "--because", "b", "--release-threshold", "101"],
    "--release-threshold takes a number from 1 to 100",
  ],
  [["require", "p", "--because", "b", "--expired", "deny"], "--expired has no deny", "--expired decide"],
  [["forget"], "tofu forget needs a package", "tofu forget PACKAGE"],
  [["key", "import"], "tofu key import needs a file", "tofu key import FILE…"],
  [["key", "show", "a.asc", "b.asc"], "tofu key show shows one certificate", "tofu key show FILE"],
  [["completion", "tcsh"], "there is no completion for that shell", "bash, zsh or fish"],
  [["help", "verfy"], "there is no help about verfy", "tofu help verify"],
  [["list", "--color", "--no-color"], "--color and --no-color exclude each other"],
  [["list", "--at", "2026-01-01"], "--at needs a store given by hand", "--store DIR, a store that was begun with --at"],
  [["list", "--at", "yesterday", "--store", "s"], "--at takes a UTC time", "2026-09-14 or 2026-09-14T06:00:00Z"],
];

for (const [line, sentence, hint] of REFUSED)
  test(`refuses: tofu ${line.join(" ")}`, async () => {
    const text = fakeWorld();
    assert.equal(await main(line, text.world), 2);
    assert.equal(text.stdout(), "");
    assert.equal(text.stderr(), `usage    ${sentence}\n${hint === undefined ? "" : `         ${hint}\n`}`);
    const json = fakeWorld();
    assert.equal(await main(["--json", ...line], json.world), 2);
    assert.equal(json.stderr(), "");
    assert.deepEqual(JSON.parse(json.stdout()), {
      schemaVersion: 1,
      type: "usage",
      sentence,
      exit: 2,
      ...(hint === undefined ? {} : { hint }),
    });
    assert.deepEqual([...text.requests, ...json.requests], []);
  });

/** What is printed without asking anybody. */
const PRINTED: readonly (readonly [line: readonly string[], text: string])[] = [
  [["--version"], "tofu 0.0.0\n"],
  [["completion", "words", "--", "ver"], "verify\n"],
  [["completion", "words", "--", "key", ""], "import\nshow\n"],
  [["completion", "words", "--", "trust", "p", "--ro"], "--role\n"],
  [["completion", "words", "--", "trust", "p", "--role", ""], "handover\n"],
  [["completion", "words", "--", "verify", "a"], ""],
  [["completion", "words", "--", "verify", "--signature", "a"], ""],
  [["completion", "words", "--", "why", "sunpy", "6"], ""],
  [["completion", "words", "--", "completion", "z"], "zsh\n"],
  [["completion", "words", "--", "help", "st"], "status\n"],
  [["completion", "words", "--", "help", "key", "i"], "import\n"],
];

for (const [line, expected] of PRINTED)
  test(`prints: tofu ${line.join(" ")}`, async () => {
    const { world, requests, stdout } = fakeWorld();
    assert.equal(await main(line, world), 0);
    assert.equal(stdout(), expected);
    assert.deepEqual(requests, []);
  });

test("every help text fits 80 columns and names every option of its command", async () => {
  for (const line of [["help"], ["--help"], ["verify", "-h"], ["key"], ["help", "key"], ["trust", "--help"]]) {
    const { world, stdout } = fakeWorld();
    await main(line.length === 1 && line[0] === "key" ? ["help", "key", "import"] : line, world);
    for (const row of stdout().split("\n")) assert.ok(row.length <= 80, row);
  }
  const { world, stdout } = fakeWorld();
  await main(["require", "--help"], world);
  for (const option of ["--because", "--release-threshold", "--first-use", "--allow", "--unsigned-ok", "--release"])
    assert.ok(stdout().includes(`${option} `), option);
});

const USAGE = 2;

for (const command of COMMANDS)
  test(`the help of tofu ${command.name} has examples that work, and fits 80 columns`, async () => {
    const { world, stdout } = fakeWorld();
    assert.equal(await main([...command.name.split(" "), "--help"], world), 0);
    for (const row of stdout().split("\n")) assert.ok(row.length <= 80, row);
    for (const example of command.examples) {
      assert.ok(stdout().replaceAll(" \\\n   ", "").includes(example), example);
      // A shell takes the line apart, as it would for whoever copies it.
      const line = example.replace(/^source <\((.*)\)$/, "$1");
      const words = execFileSync("sh", ["-c", `tofu() { printf '%s\\0' "$@"; }; ${line}`], { encoding: "utf8" });
      const scene = fakeWorld();
      assert.notEqual(await main(words.split("\0").slice(0, -1), scene.world), USAGE, example + scene.stderr());
    }
  });
