import type { TestContext } from "node:test";
import { DAY_MS, formatTime, unixMs } from "../../daemon/core/time.ts";
import { openGpgPlace } from "../evidence/gpg.ts";
import type { BareRoot } from "./bare-root.ts";

/** Two releases that real keys signed; of the first a team has the signer in its pins, of the other it does not. */
export interface Team {
  /** The team's pin file, with the certificate that a machine without a network needs. */
  readonly knownKeys: string;
  /** Lines of it after the header. */
  readonly pins: readonly string[];
  /** Lays both releases with their signatures, and the stranger's certificate, in a folder of the root. */
  readonly deliver: (root: BareRoot, folder: string) => void;
  /** The same files outside of any root. */
  readonly path: (name: string) => string;
  /** The certificate of the signer whom the team has pinned. */
  readonly certificate: string;
}

export const PINNED = "sunpy-6.0.4.tar.gz";
export const STRANGER = "ndcube-2.1.0.tar.gz";
/** What a seeded machine's settings say. */
export const SETTINGS = '[policy]\nfirst-use = "deny"\n\n[seeds]\nmin-serial = 42\n';

/** @param serial - of the pin file; the settings of these machines ask for 42. */
export function openTeam(t: Pick<TestContext, "after">, serial = 42): Team {
  const place = openGpgPlace();
  t.after(() => place.close());
  const signed = (name: string, userId: string): string => {
    const fingerprint = place.makeKey(userId);
    place.write(name, `what ${name} holds\n`);
    place.gpg("--armor", "--detach-sign", "--local-user", fingerprint, place.path(name));
    return fingerprint;
  };
  const ours = signed(PINNED, "Stuart <stuart@sunpy.example>");
  const theirs = signed(STRANGER, "Dan <dan@ndcube.example>");
  place.write("KEYS", place.gpg("--armor", "--export", theirs));
  const certificate = place.exportKey(ours, "sunpy.keys");
  const pins = [
    `pkg:pypi/sunpy openpgp:${ours}`,
    `@certificate openpgp:${ours} ${place.gpg("--export", ours).toString("base64")}`,
  ];
  const now = Date.now();
  const header = [
    "# tofu known_keys",
    "@format 1",
    `@serial ${serial}`,
    `@created ${formatTime(unixMs(now - DAY_MS))}`,
    `@expires ${formatTime(unixMs(now + 90 * DAY_MS))}`,
  ];
  return {
    pins,
    path: place.path,
    certificate,
    knownKeys: `${[...header, ...pins].join("\n")}\n`,
    deliver: (root, folder) => {
      for (const name of [PINNED, STRANGER, `${PINNED}.asc`, `${STRANGER}.asc`, "KEYS"])
        root.write(`${folder}/${name}`, place.read(name));
    },
  };
}
