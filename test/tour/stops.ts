/** A file of the corpus, and the name it arrives under: upstream's own. */
export interface Arrival {
  readonly from: string;
  readonly as: string;
  /** One byte in the middle is turned over on the way. */
  readonly tampered?: true;
}

/** One command of the tour, and what tofu must answer to it. */
export interface Stop {
  /** What has happened, for the reader; absent where the command goes on from the one before. */
  readonly story?: string;
  readonly arrivals: readonly Arrival[];
  readonly words: readonly string[];
  readonly verdict?: string;
  readonly exit: number;
}

const archive = (name: string, version: string, kind: string): readonly Arrival[] => {
  const from = `${name}/${version}/${name}_${version}.orig.tar.${kind}`;
  const as = `${name}-${version}.tar.${kind}`;
  return [
    { from, as },
    { from: `${from}.asc`, as: `${as}.asc` },
  ];
};
const keyring = (name: string, version: string): Arrival => ({
  from: `${name}/${version}/keyring.asc`,
  as: `${name}.keys`,
});
const sums = (version: string): readonly Arrival[] => {
  const from = `bitcoin-builder-guggero/${version}/noncodesigned.SHA256SUMS`;
  return [
    { from, as: `bitcoin-${version}.SHA256SUMS` },
    { from: `${from}.asc`, as: `bitcoin-${version}.SHA256SUMS.asc` },
  ];
};
const verifySums = (version: string): readonly string[] => [
  ...["verify", `bitcoin-${version}.SHA256SUMS`, "--package", "generic/guix-bitcoin", "--release", version],
];

/** The second releaser of libseccomp: named in the README inside the archive of 2.5.4, which the first one signed. */
const SECOND_RELEASER = "7100AADFAE6E6E940D2E0AD655E45A5AE8CA7C8A";

/** The tour, in order; a stop rests on all before it. */
export const STOPS: readonly Stop[] = [
  {
    story: "A package arrives for the first time. Its signer is remembered.",
    arrivals: [...archive("ccid", "1.6.2", "xz"), keyring("ccid", "1.6.2")],
    words: ["verify", "ccid-1.6.2.tar.xz", "--key", "ccid.keys"],
    verdict: "first-use",
    exit: 0,
  },
  {
    story: "The next release, by the same signer. A quiet day is one line.",
    arrivals: archive("ccid", "1.8.4", "xz"),
    words: ["verify", "ccid-1.8.4.tar.xz"],
    verdict: "match",
    exit: 0,
  },
  {
    story: "A signer whose certificate has several keys: this release is signed with the primary key …",
    arrivals: [...sums("23.0"), { from: "bitcoin-core/keyring.asc", as: "builders.keys" }],
    words: [...verifySums("23.0"), "--key", "builders.keys"],
    verdict: "first-use",
    exit: 0,
  },
  {
    story: "… and the one before it with a subkey. The certificate is what is pinned, so nothing alarms.",
    arrivals: sums("22.0"),
    words: verifySums("22.0"),
    verdict: "match-new-subkey",
    exit: 0,
  },
  {
    story: "A file with one byte turned over on the way.",
    arrivals: sums("24.0").map((file) => (file.as.endsWith(".asc") ? file : { ...file, tampered: true })),
    words: verifySums("24.0"),
    verdict: "bad-signature",
    exit: 5,
  },
  {
    story: "The same file, downloaded again from another place.",
    arrivals: sums("24.0"),
    words: verifySums("24.0"),
    verdict: "match",
    exit: 0,
  },
  {
    story: "A project that gets a second releaser: one maintainer signs …",
    arrivals: [...archive("libseccomp", "2.5.4", "gz"), keyring("libseccomp", "2.5.4")],
    words: ["verify", "libseccomp-2.5.4.tar.gz", "--key", "libseccomp.keys"],
    verdict: "first-use",
    exit: 0,
  },
  {
    story: "… and years later another. tofu stops, and says what it knows of the newcomer.",
    arrivals: archive("libseccomp", "2.6.0", "gz"),
    words: ["verify", "libseccomp-2.6.0.tar.gz", "--key", "libseccomp.keys"],
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    story: "The README inside 2.5.4 names both keys. You compare the whole fingerprint, and say so: now both may sign.",
    arrivals: [],
    words: ["trust", "libseccomp", SECOND_RELEASER, "--because", "named in the README of 2.5.4, which verified"],
    exit: 0,
  },
  {
    arrivals: [],
    words: ["verify", "libseccomp-2.6.0.tar.gz"],
    verdict: "match-new-subkey",
    exit: 0,
  },
  {
    story: "An old release with an old signature: the right signer, but cryptography that can be forged.",
    arrivals: [...archive("chrony", "4.0", "gz"), keyring("chrony", "4.0")],
    words: ["verify", "chrony-4.0.tar.gz", "--key", "chrony.keys"],
    verdict: "weak-crypto",
    exit: 3,
  },
  {
    story: "You may allow it for this one package, with a reason.",
    arrivals: [],
    words: [
      "require",
      "chrony",
      "--allow",
      "sha1",
      "--allow",
      "dsa",
      "--because",
      "no stronger signature of 4.0 exists",
    ],
    exit: 0,
  },
  {
    arrivals: [],
    words: ["verify", "chrony-4.0.tar.gz", "--key", "chrony.keys"],
    verdict: "first-use",
    exit: 0,
  },
  {
    story: "Its next release is signed by a key that nobody announced. Nothing passes until you have asked.",
    arrivals: [...archive("chrony", "4.3", "gz"), keyring("chrony", "4.3")],
    words: ["verify", "chrony-4.3.tar.gz", "--key", "chrony.keys"],
    verdict: "unexpected-signer",
    exit: 4,
  },
  {
    story: "What is known about a package, and since when.",
    arrivals: [],
    words: ["why", "libseccomp"],
    exit: 0,
  },
  {
    arrivals: [],
    words: ["list"],
    exit: 0,
  },
];
