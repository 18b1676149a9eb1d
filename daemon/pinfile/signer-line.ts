import type { Role } from "../core/pin.ts";
import type { SignerId } from "../core/signer.ts";
import { formatTime } from "../core/time.ts";
import type { Pairs } from "./pairs.ts";
import { PinFileFault, type RowStanding, type SignerRow } from "./pin-file.ts";
import { formatBasis, formatRoles, readBasis, readCount, readRetireReason, readRoles, readTime } from "./values.ts";

/** A signer without `roles=` may release and hand over, as one seen first may; one that was never pinned may nothing. */
const DEFAULT_ROLES: ReadonlySet<Role> = new Set(["release", "handover"]);
const NO_ROLES: ReadonlySet<Role> = new Set();

const ACTIVE: RowStanding = { kind: "active" };

export type SignerMarker = "" | "@retired" | "@revoked" | "@distrusted";

/** Reads the pairs of a line that is about one signer, to their end. */
export function readSignerRow(marker: SignerMarker, signer: SignerId, pairs: Pairs): SignerRow {
  const standing = readStanding(marker, pairs);
  const row = {
    signer,
    standing,
    roles: pairs.take("roles", readRoles) ?? defaultRoles(marker),
    basis: pairs.take("basis", readBasis),
    first: pairs.take("first", readTime),
    last: pairs.take("last", readTime),
    releases: pairs.take("releases", readCount),
    days: pairs.take("days", readCount),
    until: marker === "" ? pairs.take("until", readTime) : undefined,
    extras: pairs.takeExtras(),
  };
  pairs.end();
  if (row.first !== undefined && row.last !== undefined && row.last < row.first) {
    throw new PinFileFault("bad-value", "last= is before first=");
  }
  return row;
}

function readStanding(marker: SignerMarker, pairs: Pairs): RowStanding {
  switch (marker) {
    case "": {
      const state = pairs.take("state", readState);
      return state === undefined ? ACTIVE : { kind: state };
    }
    case "@retired":
      return {
        kind: "retired",
        cutoff: pairs.take("cutoff", readTime),
        reason: pairs.take("reason", readRetireReason),
      };
    case "@revoked":
      return { kind: "revoked", hard: pairs.takeFlag("hard"), since: pairs.take("since", readTime) };
    case "@distrusted":
      return { kind: "distrusted", since: pairs.take("since", readTime) };
  }
}

function defaultRoles(marker: SignerMarker): ReadonlySet<Role> {
  return marker === "@distrusted" ? NO_ROLES : DEFAULT_ROLES;
}

function readState(text: string): "frozen" | "contested" | undefined {
  return text === "frozen" || text === "contested" ? text : undefined;
}

/** @param scope - the package, or `*`. */
export function formatSignerRow(scope: string, row: SignerRow): string {
  const { marker, pairs } = standingFields(row.standing);
  const fields = [
    ...(marker === "" ? [] : [marker]),
    scope,
    row.signer,
    ...pairs,
    ...(marker === "" || formatRoles(row.roles) !== formatRoles(defaultRoles(marker))
      ? [`roles=${formatRoles(row.roles)}`]
      : []),
    ...pair("basis", row.basis, formatBasis),
    ...pair("first", row.first, formatTime),
    ...pair("last", row.last, formatTime),
    ...pair("releases", row.releases, String),
    ...pair("days", row.days, String),
    ...pair("until", row.until, formatTime),
    ...row.extras.map(({ name, value }) => `${name}=${value}`),
  ];
  return fields.join(" ");
}

function standingFields(standing: RowStanding): { readonly marker: SignerMarker; readonly pairs: readonly string[] } {
  switch (standing.kind) {
    case "active":
      return { marker: "", pairs: [] };
    case "frozen":
    case "contested":
      return { marker: "", pairs: [`state=${standing.kind}`] };
    case "retired":
      return {
        marker: "@retired",
        pairs: [...pair("cutoff", standing.cutoff, formatTime), ...pair("reason", standing.reason, String)],
      };
    case "revoked":
      return {
        marker: "@revoked",
        pairs: [...pair("since", standing.since, formatTime), ...(standing.hard ? ["hard"] : [])],
      };
    case "distrusted":
      return { marker: "@distrusted", pairs: pair("since", standing.since, formatTime) };
  }
}

/** @returns the field, or nothing where there is no value. */
export function pair<T>(name: string, value: T | undefined, format: (value: T) => string): readonly string[] {
  return value === undefined ? [] : [`${name}=${format(value)}`];
}
