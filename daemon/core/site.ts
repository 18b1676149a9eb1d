/** What people register names below, besides top-level domains: `example.co.uk` belongs to somebody, `co.uk` does not. */
const SHARED_SECOND_LEVEL: ReadonlySet<string> = new Set(["ac", "co", "com", "edu", "gov", "net", "org"]);

/** Hosts of one operator under several names: pages, raw files and downloads of a repository come from the same hand. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["github.io", "github.com"],
  ["githubusercontent.com", "github.com"],
  ["gitlab.io", "gitlab.com"],
  ["codeberg.page", "codeberg.org"],
  ["sourceforge.io", "sourceforge.net"],
  ["sf.net", "sourceforge.net"],
]);

/**
 * @param host - a host's name or mail domain, in any case.
 * @returns whoever can decide what that host says: two names of one site give the same. Where a name is registered
 * can't be told for every domain, so two sites may be taken for one; that costs a vote and never makes one.
 */
export function siteOf(host: string): string {
  const labels = host
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "");
  const [second = "", top = ""] = labels.slice(-2);
  const isShared = top.length === 2 && SHARED_SECOND_LEVEL.has(second);
  const registered = labels.slice(isShared ? -3 : -2).join(".");
  return OPERATORS.get(registered) ?? registered;
}
