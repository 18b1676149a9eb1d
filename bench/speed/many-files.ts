import type { Benchmark } from "./benchmark.ts";
import { command, interleave, ratioOf, runCommand } from "./clock.ts";

/** A thousand small files in one command against a thousand runs of a program that takes one. */
export const manyFiles: Benchmark = {
  name: "many-files",
  about: "1,000 artifacts of 1 KiB in one tofu verify against 1,000 runs of gpgv and of sqv",
  run: async ({ place, extent, random, report }) => {
    const served = await place.serve("many-files");
    const files = Array.from({ length: extent.count(1000) }, (_, index) => {
      const file = place.artifact(`small${index}-1.0.tar.gz`, 1024);
      place.sign(file);
      return file;
    });
    runCommand(place.tofu("first", served.env, "verify", ...files, "--key", place.keys));
    const each = (program: string): string =>
      `for f in "$@"; do ${program} ${place.ring} "$f.sig" "$f" || exit 1; done`;
    const times = await interleave(
      [
        place.peer("gpgv, one by one", "sh", "-c", each("gpgv -q --keyring"), "sh", ...files),
        place.peer("sqv, one by one", "sh", "-c", each("sqv --keyring"), "sh", ...files),
        place.peer("openssl dgst -sha512", "openssl", "dgst", "-sha512", ...files),
        place.tofu("tofu, one command", served.env, "verify", ...files),
      ].map(command),
      { rounds: extent.rounds(5), random },
    );
    const [gpgv, , , tofu] = times;
    report.times(`${files.length} files of 1 KiB`, times, ["gpgv, one by one", "sqv, one by one"]);
    if (gpgv !== undefined && tofu !== undefined) report.measured("many", ratioOf(tofu, gpgv));
    place.remove(...files.flatMap((file) => [file, `${file}.sig`]));
    await served.stop();
  },
};
