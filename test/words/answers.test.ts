import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../../daemon/protocol/answer.ts";
import type { Request } from "../../daemon/protocol/request.ts";
import { textPrinter } from "../../daemon/words/printer.ts";
import type { Style } from "../../daemon/words/style.ts";
import { judgement, NEW, OLD, PLAIN, V6 } from "../cli/answers.ts";
import { SAMPLES } from "../cli/samples.ts";

interface Row {
  readonly name: string;
  readonly answers: readonly Answer[];
  readonly request?: Request;
  readonly style?: Partial<Style>;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly annotate?: "github";
}

const list: Request = { do: "list", stale: false, weak: false, single: false };
const summary = { schemaVersion: 1, type: "summary", judged: 1, ok: 1, decide: 0, refused: 0, unchecked: 0 } as const;
const fault = { schemaVersion: 1, type: "fault", code: "store-in-use", exit: 1 } as const;

function importOf(rest: { readonly dryRun: boolean }): Request {
  return {
    do: "import",
    file: "/some/here/known_keys",
    isStdin: false,
    label: "known_keys",
    from: "known_keys",
    keys: [],
    preferImported: false,
    claimed: { pid: 1, parent: "sh" },
    ...rest,
  };
}

const TABLE: readonly Row[] = [
  {
    name: "why tells the story of a pin, oldest first",
    answers: [SAMPLES.why],
    stdout: `sunpy (pkg:pypi/sunpy) has 2 signers; 1 must sign a release, 2 a handover

  2024-03-02  first use    AEA0 … A535 signed 5.0.1
              by           tofu verify, on this machine
  2026-08-30  trusted      135E 14B1 … 132C F20F may sign releases
              reason       "Nabil joins as releaser"
  2026-09-14  refused      6.2.0 by 0D7B … 9C3E, 2 times
              requires     2 signers for a release
              also signs   AEA0 8C8D … D578 A535 signs astropy, ndcube here too
`,
  },
  {
    name: "why --prove says of each line what came of verifying it again",
    answers: [
      {
        ...SAMPLES.why,
        story: [
          {
            at: "2024-03-02T10:11:12Z",
            head: "first use",
            sentence: "AEA0 … A535 signed 5.0.1",
            notes: [],
            events: [1],
            proof: { state: "bytes not kept", detail: "1 signature read again; the file itself is not kept" },
          },
          {
            at: "2026-08-30T10:11:12Z",
            head: "handover",
            sentence: "statement 1",
            notes: [],
            events: [2],
            proof: { state: "failed", detail: "its stored signatures are missing" },
          },
        ],
        requirements: [],
        siblings: [],
      },
    ],
    stdout: `sunpy (pkg:pypi/sunpy) has 2 signers; 1 must sign a release, 2 a handover

  2024-03-02  first use    AEA0 … A535 signed 5.0.1
              proof        bytes not kept: 1 signature read again; the file
                           itself is not kept
  2026-08-30  handover     statement 1
              failed       its stored signatures are missing
`,
  },
  {
    name: "audit lists what rests on what was asked, and ends with how much that is",
    request: { do: "audit" },
    answers: [
      SAMPLES.audit,
      { ...SAMPLES.audit, about: "statement", name: "statement 2", version: undefined, why: "statement", source: "x" },
      { ...SAMPLES.audit, about: "decision", name: "trust", why: "decided", source: "user:me", detail: "by phone" },
    ],
    stdout: `2026-09-14  pypi/sunpy      after-since    6.0.5 by AEA0 8C8D … D578 A535
2026-09-14  pypi/sunpy      statement      statement 2 from x by
            AEA0 8C8D … D578 A535
2026-09-14  pypi/sunpy      decided        trust AEA0 8C8D … D578 A535, by
            user:me: "by phone"
1 file of 1 package, 1 statement
`,
  },
  {
    name: "audit --verbose names the file and its digest",
    request: { do: "audit" },
    style: { verbose: true, width: 100 },
    answers: [SAMPLES.audit],
    stdout: `2026-09-14  pypi/sunpy      after-since    6.0.5 by AEA0 8C8D E882 D15E B859
            0DC0 28B8 B19A D578 A535
            sunpy-6.0.5.tar.gz, sha256
            ${"ab".repeat(32)}
1 file of 1 package
`,
  },
  {
    name: "audit that found nothing says so",
    request: { do: "audit" },
    answers: [],
    stdout: "nothing here is in doubt\n",
  },
  {
    name: "audit of a signer that nothing rests on says so",
    request: { do: "audit", signer: "AEA08C8D" },
    answers: [],
    stdout: "nothing here rests on it\n",
  },
  {
    name: "why --verbose adds whole fingerprints, claims and journal numbers",
    answers: [SAMPLES.why],
    style: { verbose: true, width: 100 },
    stdout: `sunpy (pkg:pypi/sunpy) has 2 signers; 1 must sign a release, 2 a handover

  2024-03-02  signer       AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535
                           active; may sign releases and hand over; remembered at first use
                           12 releases on 9 days
                           claims to be "Stuart <stuart@sunpy.example>"
  2024-03-02  first use    AEA0 … A535 signed 5.0.1
              by           tofu verify, on this machine
              journal      1
  2026-08-30  trusted      135E 14B1 … 132C F20F may sign releases
              reason       "Nabil joins as releaser"
              journal      14
  2026-09-14  refused      6.2.0 by 0D7B … 9C3E, 2 times
              journal      15, 16
              requires     2 signers for a release
              also signs   AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535 signs astropy, ndcube
                           here too
`,
  },
  {
    name: "list is a table",
    request: list,
    answers: [
      SAMPLES.pin,
      { ...SAMPLES.pin, package: "pkg:generic/curl", signers: 1, releases: 31, basis: "image pins", state: "ok" },
      { ...SAMPLES.pin, package: "pkg:generic/x", last: undefined },
    ],
    stdout: `PACKAGE         SIGNERS  RELEASES  LAST        BASIS          STATE
pypi/sunpy      2        13        2026-09-14  first use      1 refused
generic/curl    1        31        2026-09-14  image pins     ok
generic/x       2        13                    first use      1 refused
`,
  },
  {
    name: "a name too long for its column stands on a line of its own",
    request: list,
    answers: [SAMPLES.pin, { ...SAMPLES.pin, package: `pkg:maven/${"long.".repeat(9)}name` }],
    stdout: `PACKAGE                  SIGNERS  RELEASES  LAST        BASIS          STATE
pypi/sunpy               2        13        2026-09-14  first use      1 refused
maven/long.long.long.long.long.long.long.long.long.name
                         2        13        2026-09-14  first use      1 refused
`,
  },
  { name: "an empty list says so", request: list, answers: [], stdout: "no pins\n" },
  {
    name: "a list that failed is no empty list",
    request: list,
    answers: [{ ...fault, sentence: "the store is in use by another tofu (pid 812)" }],
    stderr: "fault    the store is in use by another tofu (pid 812)\n",
  },
  {
    name: "the journal comes line by line",
    answers: [SAMPLES.event],
    stdout: "2026-09-14  pypi/sunpy      refusal      6.2.0 refused: unexpected signer\n            0D7B … 9C3E\n",
  },
  {
    name: "the journal with --verbose says where each event stands",
    answers: [SAMPLES.event],
    style: { verbose: true },
    stdout: `2026-09-14  pypi/sunpy      refusal      6.2.0 refused: unexpected signer
            0D7B … 9C3E
            number 4812, 14 of its package, 2026-09-14T07:00:00Z, by user:me,
            sha256
            ${"ab".repeat(32)}
`,
  },
  {
    name: "status says whether the daemon runs and what waits, with its command beside it",
    answers: [SAMPLES.status],
    stdout: `tofud runs (pid 812, since 2026-11-20), watches 2 folders, keeps 214 pins
degraded    /srv/in is not there; it is watched as soon as it is
waits       /home/u/Downloads/curl-8.1.tar.gz for its signature, until
            2026-11-21 12:30 UTC
waits       and 1 more file
you      2  sunpy 6.2.0 refused on 2026-09-14  tofu why sunpy 6.2.0
            curl 8.1 waits for its signature
soon     1  curl's key expires in 24 days, no successor named
`,
  },
  {
    name: "status without a daemon",
    answers: [{ ...SAMPLES.status, daemon: undefined, watch: undefined, packages: 1, you: [], soon: [] }],
    stdout: "no tofud answers; the store keeps 1 pin\n",
  },
  {
    name: "what trust did, and what stays as it was",
    answers: [SAMPLES.recorded],
    stdout: `ok       sunpy: 77AA … 04D9 may sign releases
         6.2.0, refused before, is signed by another key and stays refused
`,
  },
  { name: "what trust did is nothing to tell with --quiet", answers: [SAMPLES.recorded], style: { quiet: true } },
  {
    name: "what trust would not do",
    answers: [
      {
        ...SAMPLES.recorded,
        class: "refused",
        exit: 4,
        sentence: "sunpy: this key was revoked",
        details: [],
        next: ["tofu", "why", "it's"],
      },
    ],
    style: { quiet: true },
    stdout: `refused  sunpy: this key was revoked
         Next: tofu why 'it'\\''s'
`,
  },
  {
    name: "a certificate",
    answers: [SAMPLES.certificate],
    stdout: `AEA0 8C8D E882 D15E B859  0DC0 28B8 B19A D578 A535
                    claims to be "Stuart <stuart@sunpy.example>"
         made       2015-01-02, rsa4096, until 2027-01-01
         revoked    on 2026-09-01: compromised; earlier signatures count for
                    nothing either
         subkey     0D7B 6A11 0011 2233 4455  6677 8899 AABB 52F0 9C3E, signs,
                    made 2016-01-01
         pinned for sunpy
         kept       in this journal
`,
  },
  {
    name: "a fault is one line on stderr, however long",
    answers: [{ ...fault, sentence: `the store at /${"long/".repeat(40)} is in use; nothing was judged` }],
    stderr: `fault    the store at /${"long/".repeat(40)} is in use; nothing was judged\n`,
  },
  {
    name: "a fault that was escaped already is not escaped again",
    answers: [{ ...fault, sentence: "a\\x1b[2J\n\u202eb" }],
    stderr: "fault    a\\x1b[2J\\x0a\\u{202e}b\n",
  },
  {
    name: "wrong use goes to stderr with what may be meant",
    answers: [
      {
        schemaVersion: 1,
        type: "usage",
        sentence: "sunpy is two packages",
        hint: "say which",
        candidates: ["pypi/sunpy", "conda/sunpy"],
        exit: 2,
      },
    ],
    stderr: `usage    sunpy is two packages
         say which
         pypi/sunpy
         conda/sunpy
`,
  },
  { name: "one file needs no summary", answers: [{ ...summary, faults: 0, exit: 0 }] },
  { name: "one file that broke needs none either", answers: [{ ...summary, ok: 0, faults: 1, exit: 1 }] },
  {
    name: "several files are summed up",
    answers: [{ ...summary, judged: 4, refused: 2, unchecked: 1, faults: 1, exit: 4 }],
    stdout: "5 files: 1 ok, 2 refused, 1 unchecked, 1 fault\n",
  },
  {
    name: "several good files are no news with --quiet",
    answers: [{ ...summary, judged: 4, ok: 4, faults: 0, exit: 0 }],
    style: { quiet: true },
  },
  {
    name: "a pin file that was only tried says so",
    answers: [{ ...summary, judged: 2, faults: 0, decide: 1, exit: 3 }],
    request: importOf({ dryRun: true }),
    stdout: "2 packages: 1 ok, 1 to decide; a dry run, nothing was recorded\n",
  },
  {
    name: "a pin file that was taken is summed up",
    answers: [{ ...summary, faults: 0, exit: 0 }],
    request: importOf({ dryRun: false }),
    stdout: "1 package: 1 ok\n",
  },
  {
    name: "package names complete in the form the user began with",
    answers: ["pkg:pypi/sunpy", "pkg:generic/sunset", "pkg:pypi/moon"].map((name) => ({
      schemaVersion: 1,
      type: "name",
      package: name,
    })),
    request: { do: "names", prefix: "sun" },
    stdout: "sunpy\nsunset\n",
  },
  {
    name: "package names complete behind their ecosystem too",
    answers: [{ schemaVersion: 1, type: "name", package: "pkg:pypi/sunpy" }],
    request: { do: "names", prefix: "pypi/s" },
    stdout: "pypi/sunpy\n",
  },
  {
    name: "an annotation stands before its answer and cannot be forged",
    answers: [
      judgement({
        class: "refused",
        exit: 4,
        verdict: "unsigned-downgrade",
        artifact: { path: "/a,b:c::d%", sha256: "00", size: 1 },
        sentence: "x\n::set-env name=A::1 100%",
      }),
      judgement({ sentence: "::error::all is lost ##[error]" }),
    ],
    annotate: "github",
    stdout: `::error file=/a%2Cb%3Ac%3A\\x3ad%25,title=tofu::x\\x0a:\\x3aset-env name=A:\\x3a1 100%25
refused  x\\x0a:\\x3aset-env name=A:\\x3a1 100%
ok       :\\x3aerror:\\x3aall is lost ##\\x5berror]
`,
  },
  {
    name: "a decision is a warning",
    answers: [judgement({ class: "decide", exit: 3, sentence: "look", got: [] })],
    annotate: "github",
    stdout: "::warning file=/some/here/sunpy-6.0.5.tar.gz,title=tofu::look\ndecide   look\n",
  },
  { name: "progress and the end are no answers", answers: [SAMPLES.progress, SAMPLES.end] },
];

for (const { name, answers, request, style, annotate, stdout = "", stderr = "" } of TABLE)
  test(name, () => {
    const written = { stdout: "", stderr: "" };
    const output = (stream: "stdout" | "stderr") => ({
      isTerminal: false,
      columns: undefined,
      write: (text: string) => {
        written[stream] += text;
      },
    });
    const outputs = { stdout: output("stdout"), stderr: output("stderr"), annotate };
    const both = { ...PLAIN, ...style };
    const printer = textPrinter(outputs, { stdout: both, stderr: both }, request);
    for (const answer of answers) printer.tell(answer);
    printer.finish();
    assert.deepEqual(written, { stdout, stderr });
  });

test("every signer in the samples is one of three", () => {
  const text = JSON.stringify(SAMPLES);
  for (const [signer = ""] of text.matchAll(/openpgp:[0-9A-F]+/g)) assert.ok([OLD, NEW, V6].includes(signer));
});
