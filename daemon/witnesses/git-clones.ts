import { basename } from "node:path";
import type { SignerId } from "../core/signer.ts";
import type { Controller } from "../core/witness.ts";
import { type Clone, openClone } from "./git.ts";
import { isNameOf, lastName } from "./package-word.ts";
import { readCommit, readTag, type TagObject } from "./signed-object.ts";
import { type ObjectSigners, whoSigned } from "./who-signed.ts";
import { type Asking, type CertificatesAtHand, type Said, silent, type Witness } from "./witness.ts";

/** Newest tags that are looked at where the version has none of its own. */
const MAX_TAGS = 16;

/**
 * Clones of the source repository: who signed the tag of this version, or its commit, else who signs tags there. A clone
 * is a package's if its folder, or the repository that it came from, has the package's name.
 */
export function gitWitnesses(
  paths: readonly string[],
  asking: Asking,
  certificates: CertificatesAtHand,
): readonly Witness[] {
  return paths.map((path) => ({
    kind: "git-tag",
    source: basename(path),
    controller: { kind: "clone", path },
    reach: "machine",
    ask: async (signal) => {
      const clone = await openClone(path, signal);
      const remote = await remoteOf(clone);
      const name = lastName(asking.package);
      const isMeant = isNameOf(basename(clone.path).replace(/\.git$/, ""), name) || isNameOf(remote.name, name);
      if (!isMeant) return undefined;
      return { controller: remote.controller, ...(await askClone(clone, asking, certificates)) };
    },
  }));
}

async function askClone(clone: Clone, asking: Asking, certificates: CertificatesAtHand): Promise<Said> {
  const own = await versionTag(clone, asking);
  if (own !== undefined) {
    const told = await tellTag(own, asking, certificates);
    return told.silence === "not-signed" ? await askCommit(clone, own, { asking, certificates }) : told;
  }
  const newest = await readTags(clone, ["--sort=-creatordate", `--count=${MAX_TAGS}`, "refs/tags"]);
  const told: Said[] = [];
  for (const tag of newest) {
    const said = await tellTag(tag, asking, certificates);
    if (said.names.some(({ signer }) => asking.signers.includes(signer))) return said;
    told.push(said);
  }
  return told.find(({ names }) => names.length > 0) ?? silent("not-signed");
}

async function versionTag(clone: Clone, { package: name, version }: Asking): Promise<FoundTag | undefined> {
  if (version === undefined) return undefined;
  const refs = tagNames(lastName(name), version).map((tag) => `refs/tags/${tag}`);
  return (await readTags(clone, ["--count=1", ...refs]))[0];
}

/** @returns whom a tag names: whoever verifiably signed it, else whom its signature says. */
async function tellTag({ ref, tag }: FoundTag, asking: Asking, certificates: CertificatesAtHand): Promise<Said> {
  const source = ref;
  // The name stands in what is signed: an old tag under a new name says nothing of the new one.
  if (tag?.signed === undefined || tag.name !== ref) return { ...silent("not-signed"), source };
  return { ...said(await whoSigned(tag.signed, certificates, asking.now)), source };
}

function said({ verified, named }: ObjectSigners): Said {
  const signers: readonly SignerId[] = verified.length > 0 ? verified : named;
  if (signers.length === 0) return silent("not-signed");
  return { names: signers.map((signer) => ({ signer, by: "signature" })) };
}

/**
 * A commit's signature can only agree: whoever merged last, or a host that signs what is done in its pages, is often
 * nobody who releases.
 */
async function askCommit(
  clone: Clone,
  { ref, tag, target }: FoundTag,
  { asking, certificates }: { readonly asking: Asking; readonly certificates: CertificatesAtHand },
): Promise<Said> {
  const source = ref;
  const [object] = await readObjects(clone, [tag?.target ?? target]);
  const signed = object?.type === "commit" ? readCommit(object.bytes) : undefined;
  const { verified } = signed === undefined ? NOBODY : await whoSigned(signed, certificates, asking.now);
  const mine = verified.filter((signer) => asking.signers.includes(signer));
  if (mine.length === 0) return { ...silent("not-signed"), source };
  return { kind: "git-commit", source, names: mine.map((signer) => ({ signer, by: "signature" })) };
}

const NOBODY: ObjectSigners = { verified: [], named: [] };

interface FoundTag {
  /** Its name in the clone. */
  readonly ref: string;
  /** The object that the name stands for. */
  readonly target: string;
  /** `undefined` where it is no tag object: a name for a commit, which nobody signed. */
  readonly tag: TagObject | undefined;
}

async function readTags(clone: Clone, selection: readonly string[]): Promise<readonly FoundTag[]> {
  const format = "--format=%(objectname) %(refname:strip=2)";
  const lines = (await clone.git(["for-each-ref", format, ...selection])).toString("utf8").split("\n");
  const refs = lines.flatMap((line) => {
    const [, target, ref] = /^([0-9a-f]{40,64}) (.+)$/.exec(line) ?? [];
    return target === undefined || ref === undefined ? [] : [{ target, ref }];
  });
  const objects = await readObjects(
    clone,
    refs.map(({ target }) => target),
  );
  return refs.map(({ target, ref }, index) => {
    const object = objects[index];
    return { ref, target, tag: object?.type === "tag" ? readTag(object.bytes) : undefined };
  });
}

interface GitObject {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** @returns the objects of these digests, in order; one that is missing is `undefined`. */
async function readObjects(clone: Clone, digests: readonly string[]): Promise<readonly (GitObject | undefined)[]> {
  if (digests.length === 0) return [];
  const output = await clone.git(["cat-file", "--batch"], `${digests.join("\n")}\n`);
  const objects: (GitObject | undefined)[] = [];
  for (let at = 0; at < output.length; ) {
    const lineEnd = output.indexOf("\n", at);
    const [, type = "", size = "0"] = output.toString("latin1", at, lineEnd).split(" ");
    const begin = lineEnd + 1;
    const isMissing = type === "missing" || lineEnd === -1;
    objects.push(isMissing ? undefined : { type, bytes: output.subarray(begin, begin + Number(size)) });
    if (lineEnd === -1) break;
    at = isMissing ? begin : begin + Number(size) + 1;
  }
  return objects;
}

/** How projects call the tag of a version. */
function tagNames(word: string, version: string): readonly string[] {
  const joined = [version, version.replaceAll(".", "_"), version.replaceAll(".", "-")];
  return [
    ...new Set(
      joined.flatMap((text) => [
        `v${text}`,
        text,
        `${word}-${text}`,
        `${word}_${text}`,
        `${word}-v${text}`,
        `${word}/${text}`,
        `${word}/v${text}`,
        `release-${text}`,
        `release/${text}`,
        `rel-${text}`,
        `R_${text}`,
      ]),
    ),
  ];
}

async function remoteOf(clone: Clone): Promise<{ readonly name: string; readonly controller: Controller }> {
  const address = await clone.git(["config", "--local", "--get", "remote.origin.url"]).then(
    (output) => output.toString("utf8").trim(),
    // git ends with 1 where there is no such setting.
    () => "",
  );
  const host = hostOf(address);
  const name = basename(address.replace(/\/+$/, "")).replace(/\.git$/, "");
  return { name, controller: host === undefined ? { kind: "clone", path: clone.path } : { kind: "host", host } };
}

/** @returns the host of `https://host/…`, `ssh://git@host/…` or `git@host:path`. */
export function hostOf(address: string): string | undefined {
  const url = /^(?:https?|ssh|git|git\+ssh):\/\/(?:[^/@]*@)?([A-Za-z0-9.-]+)(?::\d+)?\//.exec(address)?.[1];
  return url ?? /^(?:[^/@:]+@)([A-Za-z0-9.-]+):/.exec(address)?.[1];
}
