import type { Benchmark } from "./benchmark.ts";
import { command, interleave, ratioOf, runCommand } from "./clock.ts";
import { together } from "./place.ts";

const GIB: number = 2 ** 30;

/** Four signatures of four signers with two hashes, against one: a file is read once, and each hash made once. */
export const signatures: Benchmark = {
  name: "signatures",
  about: "four signatures with two hashes on 1 GiB against one signature",
  run: async ({ place, extent, random, report }) => {
    const served = await place.serve("signatures");
    const file = place.artifact("signed-1.0.tar.gz", extent.bytes(GIB));
    const each = place.signers.slice(0, 4).map((signer, index) => {
      const as = `${file}.${index}`;
      return place.sign(file, { signer, digest: index % 2 === 0 ? "SHA512" : "SHA256", as });
    });
    const [one = ""] = each;
    const four = together(`${file}.four`, each);
    const verify = (name: string, signature: string) => {
      const words = ["--signature", signature, "--package", `generic/${name}`, "--release", "1.0"];
      runCommand(place.tofu(name, served.env, "verify", file, ...words, "--key", place.keys));
      return place.tofu(name, served.env, "verify", file, ...words);
    };
    const times = await interleave(
      [
        verify("tofu-1-signature", one),
        verify("tofu-4-signatures", four),
        place.peer("gpgv, 1 signature", "gpgv", "-q", "--keyring", place.ring, one, file),
        place.peer("gpgv, 4 signatures", "gpgv", "-q", "--keyring", place.ring, four, file),
        place.peer("sqv, 4 signatures", "sqv", "--keyring", place.ring, four, file),
        place.peer("openssl dgst -sha512", "openssl", "dgst", "-sha512", file),
      ].map(command),
      { rounds: extent.rounds(3), random },
    );
    const [single, quadruple] = times;
    report.times("1 GiB, one signature (SHA-512) and four (two SHA-512, two SHA-256)", times, ["tofu-1-signature"]);
    if (single !== undefined && quadruple !== undefined) report.measured("signatures", ratioOf(quadruple, single));
    place.remove(file, four, ...each);
    await served.stop();
  },
};
