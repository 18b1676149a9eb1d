import type { NamedSigner } from "../core/witness.ts";
import type { Network } from "../network/network.ts";
import { namedKeys } from "./named-keys.ts";
import { type Asking, type Said, silent, type Witness } from "./witness.ts";

const HOST = "github.com";
const MAX_KEY_BYTES: number = 1 << 20;
const TIMEOUT_MS = 3000;
const MAX_USERS = 8;

/**
 * The keys that users have put into their accounts (`https://github.com/USER.gpg`), all of them together as one answer:
 * several people release a package, and none of them has the others' keys.
 *
 * @param users - who signs the package, as the configuration says.
 */
export function githubWitnesses(network: Network, users: readonly string[], asking: Asking): readonly Witness[] {
  const all = [...new Set([...users, ...ownerOf(asking)])].slice(0, MAX_USERS);
  if (all.length === 0) return [];
  return [
    {
      kind: "github",
      source: all.join(", "),
      controller: { kind: "host", host: HOST },
      reach: "network",
      ask: () => askUsers(network, all),
    },
  ];
}

/** The owner of the repository that the package is. Whom a key itself names there is no witness: its maker wrote that. */
function ownerOf({ package: name }: Asking): readonly string[] {
  const owner = /^pkg:github\/([^/]+)\//.exec(name)?.[1];
  return owner === undefined ? [] : [owner];
}

async function askUsers(network: Network, users: readonly string[]): Promise<Said> {
  const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_KEY_BYTES, reach: "public" } as const;
  const answers = await Promise.all(users.map((user) => network.get(`https://${HOST}/${user}.gpg`, limits)));
  const names: NamedSigner[] = [];
  const against: NonNullable<Said["against"]>[number][] = [];
  for (const answer of answers) {
    if (answer.kind !== "found") continue;
    const said = await namedKeys(answer.bytes, { by: "listing" });
    names.push(...said.names);
    against.push(...(said.against ?? []));
  }
  if (names.length + against.length > 0) return { names, against };
  return silent(answers.every(({ kind }) => kind === "failed") ? "unreachable" : "no-key");
}
