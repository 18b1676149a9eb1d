import type { Bench, Benchmark } from "./benchmark.ts";
import { command, interleave, ratioOf, runCommand, type Times } from "./clock.ts";
import type { Digest } from "./place.ts";

const MIB: number = 2 ** 20;
/** Sizes with how often each is measured: the longest takes 20 s a round. */
const SIZES: readonly { readonly name: string; readonly bytes: number; readonly rounds: number }[] = [
  { name: "1 KiB", bytes: 1024, rounds: 31 },
  { name: "10 MiB", bytes: 10 * MIB, rounds: 15 },
  { name: "200 MiB", bytes: 200 * MIB, rounds: 7 },
  { name: "1 GiB", bytes: 1024 * MIB, rounds: 5 },
];
const DIGESTS: readonly Digest[] = ["SHA256", "SHA512"];

/** One file and its signature, verified by each program from its start to its end. */
export const oneFile: Benchmark = {
  name: "one-file",
  about: "one artifact of 1 KiB to 1 GiB against gpgv, sqv, minisign and openssl dgst",
  run: async (bench) => {
    const served = await bench.place.serve("one-file");
    const alone = bench.place.home("one-file-alone");
    // Where all are 1 KiB, one is as good as four.
    for (const size of bench.extent.quick ? SIZES.slice(-1) : SIZES)
      for (const digest of DIGESTS) await measure(bench, { ...size, digest }, { daemon: served.env, alone });
    await served.stop();
  },
};

interface Envs {
  readonly daemon: Readonly<Record<string, string>>;
  readonly alone: Readonly<Record<string, string>>;
}

async function measure(
  { place, extent, random, report }: Bench,
  { name, bytes, rounds, digest }: (typeof SIZES)[number] & { readonly digest: Digest },
  { daemon, alone }: Envs,
): Promise<void> {
  const file = place.artifact(`one-${bytes}-${digest.toLowerCase()}.0.tar.gz`, extent.bytes(bytes));
  const signature = place.sign(file, { digest });
  const publicKey = place.minisign(file);
  for (const env of [daemon, alone]) runCommand(place.tofu("first", env, "verify", file, "--key", place.keys));
  const hash = digest.toLowerCase();
  const times = await interleave(
    [
      place.peer("gpgv", "gpgv", "-q", "--keyring", place.ring, signature, file),
      place.peer("sqv", "sqv", "--keyring", place.ring, signature, file),
      place.peer("minisign", "minisign", "-V", "-q", "-p", publicKey, "-m", file),
      place.peer("openssl dgst", "openssl", "dgst", `-${hash}`, file),
      place.peer("node -e 0", process.execPath, "-e", "0"),
      place.tofu("tofu, daemon", daemon, "verify", file),
      place.tofu("tofu alone", alone, "verify", file, "--no-daemon"),
    ].map(command),
    { rounds: extent.rounds(rounds), random },
  );
  place.remove(file, signature, `${file}.minisig`);
  const peers = ["gpgv", "sqv", "openssl dgst", "node -e 0"];
  report.times(`${name}, ${digest} (minisign: BLAKE2b)`, times, peers);
  if (name === "1 GiB") compare(report, digest, times);
}

function compare(report: Bench["report"], digest: Digest, times: readonly Times[]): void {
  const [gpgv, sqv, , openssl, , tofu, alone] = times;
  if (gpgv === undefined || sqv === undefined || openssl === undefined || tofu === undefined || alone === undefined)
    throw new Error("a program was not measured");
  if (digest === "SHA256") {
    report.measured("gpgv-sha256", ratioOf(tofu, gpgv));
    report.measured("sqv-sha256", ratioOf(tofu, sqv));
  } else {
    report.measured("openssl-sha512", ratioOf(tofu, openssl));
    report.measured("openssl-alone", ratioOf(alone, openssl));
  }
}
