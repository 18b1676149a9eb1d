import type { Place } from "./artifact-place.ts";
import { archiveStem, type Shape } from "./file-conventions.ts";
import { splitNameVersion } from "./name-version.ts";

/** Folders below which a Maven repository starts. */
const MAVEN_ROOTS: ReadonlySet<string> = new Set(["repository", "maven2"]);

/** First parts of Java groups, for a repository whose root has a name of its own. */
const GROUP_STARTS: ReadonlySet<string> = new Set(
  "org com net io dev edu gov de fr uk ch at nl eu info me co us se no fi dk pl cz it es jp cn ru br".split(" "),
);
const MAVEN_FILE = /\.(?:jar|war|ear|aar|pom|module)$/i;
const DOMAIN = /^[a-z0-9-]+\.[a-z0-9.-]*[a-z]{2,}$/i;
const COMMIT = /^[0-9a-f]{40}$/;

/** @returns the package that a repository's path names, `undefined` where the path has no such shape. */
export function shapeOfPath(place: Place): Shape | undefined {
  return github(place) ?? mavenRepository(place) ?? gradleCache(place) ?? goModule(place);
}

/** OWNER/REPO/archive/refs/tags/TAG.tar.gz, OWNER/REPO/releases/download/TAG/FILE; codeload.… /tar.gz/refs/tags/TAG. */
function github({ folders, fileName, relative }: Place): Shape | undefined {
  const [host = "", owner = "", repository = "", action = "", ...rest] = folders;
  if (!relative || !/^(?:www\.|codeload\.)?github\.com$/i.test(host)) return undefined;
  const tag = githubTag(action, rest, fileName);
  if (tag === undefined) return undefined;
  const version = versionOfTag(tag) ?? splitNameVersion(archiveStem(fileName) ?? "")?.version;
  return version === undefined ? undefined : { type: "github", name: `${owner}/${repository}`, version };
}

function githubTag(action: string, rest: readonly string[], fileName: string): string | undefined {
  if (action === "releases" && rest[0] === "download" && rest.length === 2) return rest[1];
  const isTag = rest.length === 0 || (rest[0] === "refs" && rest[1] === "tags");
  if (action === "archive" && isTag) return archiveStem(fileName);
  return /^(?:legacy\.)?(?:tar\.gz|zip)$/.test(action) && isTag ? fileName : undefined;
}

/** `v1.2.3`, `curl-8_9_1`, `release-2.0` and `R_2_6_2` are tags; a commit is no version. */
function versionOfTag(tag: string): string | undefined {
  return COMMIT.test(tag) ? undefined : /(?:^|[-_.])v?([0-9].*)$/i.exec(tag)?.[1];
}

/** GROUP/PARTS/ARTIFACT/VERSION/ARTIFACT-VERSION(-CLASSIFIER)?.EXT (Maven repository layout). */
function mavenRepository({ folders, fileName, relative }: Place): Shape | undefined {
  const root = folders.findIndex((folder, at) => MAVEN_ROOTS.has(folder) && !MAVEN_ROOTS.has(folders[at + 1] ?? ""));
  const start = folders.findIndex((folder) => GROUP_STARTS.has(folder));
  const from = root >= 0 ? root + 1 : start >= 0 ? start : relative ? 0 : folders.length;
  const [version = "", artifact = ""] = folders.slice(from).reverse();
  const group = folders.slice(from, -2);
  const base = `${artifact}-${version.replace(/-SNAPSHOT$/, "")}`;
  const fits =
    group.length > 0 && version !== "" && fileName.startsWith(base) && /^[.-]/.test(fileName.slice(base.length));
  const certain = MAVEN_FILE.test(fileName) || root >= 0;
  return fits && certain ? { type: "maven", name: `${group.join(".")}/${artifact}`, version } : undefined;
}

/** files-2.1/GROUP/ARTIFACT/VERSION/SHA1/FILE (Gradle's module cache). */
function gradleCache({ folders, fileName }: Place): Shape | undefined {
  const [cache, group = "", artifact = "", version = ""] = folders.slice(-5);
  const fits = cache === "files-2.1" && fileName.startsWith(`${artifact}-${version}`);
  return fits ? { type: "maven", name: `${group}/${artifact}`, version } : undefined;
}

/** MODULE/@v/VERSION.zip; an upper-case letter is written `!` and the lower-case one (go help goproxy). */
function goModule({ folders, fileName, relative }: Place): Shape | undefined {
  const [, version] = /^(v[0-9]+\.[0-9]+\.[0-9]+.*)\.zip$/.exec(fileName) ?? [];
  if (folders.at(-1) !== "@v" || version === undefined) return undefined;
  const cache = folders.findLastIndex((folder, at) => folder === "download" && folders[at - 1] === "cache");
  const behindHost = DOMAIN.test(folders[0] ?? "") && DOMAIN.test(folders[1] ?? "");
  if (cache < 0 && !relative) return undefined;
  const module = folders.slice(cache >= 0 ? cache + 1 : behindHost ? 1 : 0, -1);
  return module.length === 0 ? undefined : { type: "golang", name: module.join("/").replaceAll("!", ""), version };
}
