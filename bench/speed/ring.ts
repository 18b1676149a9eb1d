import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as openpgp from "openpgp";
import type { Benchmark } from "./benchmark.ts";
import { command, interleave } from "./clock.ts";

const KEYS = 900;

/** One certificate out of a ring of 900, which is a distribution's keyring. */
export const ring: Benchmark = {
  name: "ring",
  about: "one certificate out of a ring of 900 keys, against gpg, gpgv and sqv",
  run: async ({ place, extent, random, report }) => {
    const others = await keyRing(extent.count(KEYS));
    const all = join(place.folder, "all.gpg");
    writeFileSync(all, Buffer.concat([readFileSync(others), readFileSync(place.ring)]));
    const served = await place.serve("ring");
    const file = place.artifact("ringed-1.0.tar.gz", 1024);
    const signature = place.sign(file);
    const [signer] = place.signers;
    const own = ["--no-default-keyring", "--keyring", all];
    const times = await interleave(
      [
        place.peer("gpg --list-keys", "gpg", "--batch", ...own, "--list-keys", signer),
        place.peer("gpgv", "gpgv", "-q", "--keyring", all, signature, file),
        place.peer("sqv", "sqv", "--keyring", all, signature, file),
        place.peer("node -e 0", process.execPath, "-e", "0"),
        place.tofu("tofu, daemon", served.env, "verify", file, "--key", all, "--dry-run"),
      ].map(command),
      { rounds: extent.rounds(11), random },
    );
    report.times(`1 KiB, its key the last of ${extent.count(KEYS)} and more`, times, ["gpg --list-keys", "node -e 0"]);
    await served.stop();
  },
};

/** Made once on a machine, since it takes a while. Nothing is ever signed with these keys. */
async function keyRing(count: number): Promise<string> {
  const folder = join(tmpdir(), `tofu-bench-cache-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `ring-${count}.gpg`);
  if (existsSync(path)) return path;
  const keys: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const userIDs = [{ name: `Other ${index}`, email: `other${index}@releases.example` }];
    const { publicKey } = await openpgp.generateKey({ userIDs, type: "ecc", format: "object" });
    keys.push(publicKey.toPacketList().write());
  }
  writeFileSync(path, Buffer.concat(keys));
  return path;
}
