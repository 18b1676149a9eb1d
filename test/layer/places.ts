import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { LayerPlaces } from "../../daemon/layer/layer-source.ts";

/** Folders as `/etc/tofu` has them, of this process's own user instead of root's. */
export interface MachinePlaces extends LayerPlaces {
  readonly etc: string;
  /** Writes a file below `etc`, 0644 as root's umask makes it. */
  readonly write: (name: string, text: string) => string;
}

/** They are removed after the test. */
export function machinePlaces(t: Pick<TestContext, "after">): MachinePlaces {
  const base = mkdtempSync(join(tmpdir(), "tofu-layer-"));
  t.after(() => {
    rmSync(base, { recursive: true, force: true });
  });
  const etc = join(base, "etc");
  mkdirSync(join(etc, "known_keys.d"), { recursive: true, mode: 0o755 });
  return {
    etc,
    base,
    file: join(etc, "known_keys"),
    folder: join(etc, "known_keys.d"),
    owner: process.getuid?.() ?? 0,
    write: (name, text) => {
      const path = join(etc, name);
      writeFileSync(path, text);
      chmodSync(path, 0o644);
      return path;
    },
  };
}
