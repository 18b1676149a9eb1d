export type TargetId =
  | "gpgv-sha256"
  | "sqv-sha256"
  | "openssl-sha512"
  | "openssl-alone"
  | "why"
  | "verify"
  | "why-certificates"
  | "verify-certificates"
  | "many"
  | "signatures"
  | "while-hashing"
  | "import"
  | "why-large"
  | "sighting"
  | "resident";

interface Target {
  readonly work: string;
  readonly atMost: number;
}

/** What is aimed at: ratios of medians within one run, and one size. */
export const TARGETS: Readonly<Record<TargetId, Target>> = {
  "gpgv-sha256": { work: "1 GiB, SHA-256, through the daemon / gpgv", atMost: 0.25 },
  "sqv-sha256": { work: "the same / sqv", atMost: 1.05 },
  "openssl-sha512": { work: "1 GiB, SHA-512, through the daemon / `openssl dgst -sha512`", atMost: 1.03 },
  "openssl-alone": { work: "1 GiB, without daemon / `openssl dgst`", atMost: 1.1 },
  why: { work: "`tofu why` through the daemon / `node -e 0`", atMost: 1.12 },
  verify: { work: "`tofu verify` of 1 KiB through the daemon / `node -e 0`", atMost: 1.12 },
  "why-certificates": { work: "`tofu why`, both with `NODE_EXTRA_CA_CERTS`", atMost: 1.12 },
  "verify-certificates": { work: "`tofu verify` of 1 KiB, both with `NODE_EXTRA_CA_CERTS`", atMost: 1.12 },
  many: { work: "1,000 small artifacts in one `tofu verify`, warm daemon / 1,000 gpgv runs", atMost: 0.06 },
  signatures: { work: "4 signatures, 2 hashes on 1 GiB / 1 signature", atMost: 1.45 },
  "while-hashing": { work: "1 KiB verified while 1 GiB is being hashed / the same when idle, p50", atMost: 1.3 },
  import: { work: "import of 100,000 pins / parsing the same file", atMost: 3 },
  "why-large": { work: "`tofu why` with 1,000,000 pins / with 1,000", atMost: 1.05 },
  sighting: { work: "sighting number 100,000 of one package / number 100", atMost: 1.2 },
  resident: { work: "daemon's peak resident memory, any file size, after 10,000 requests, MiB", atMost: 120 },
};
