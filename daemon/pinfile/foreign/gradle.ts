import { parseArtifactFileName, parseVersion } from "../../core/artifact-name.ts";
import { type PackageName, packageIn } from "../../core/package-name.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { parseSha256 } from "../../core/sha256.ts";
import type { SignerId } from "../../core/signer.ts";
import { sorted } from "../order.ts";
import type { PackageRows } from "../pin-file.ts";
import { shown } from "../values.ts";
import {
  ForeignCollector,
  type ForeignError,
  ForeignFault,
  type ForeignPins,
  type ForeignText,
  readForeignKey,
  releaseKeys,
  whyNotAnyOf,
} from "./foreign.ts";
import { type XmlEvent, xmlEvents } from "./xml.ts";

const ROOT = "verification-metadata";

/**
 * Reads Gradle's `verification-metadata.xml` (docs.gradle.org, "Verifying dependencies"): trusted keys, keys of single
 * artifacts (`pgp`) and SHA-256 digests. A key trusted for a whole group holds for the group's components that the same
 * file names; a pattern (`regex`), a version or a file is more or less than a pin and is passed over.
 *
 * Gradle may have written a signing subkey's fingerprint as the key: only a certificate tells.
 */
export function readGradle(text: string): Result<ForeignPins, ForeignError> {
  try {
    return ok(new GradleReader().read(text));
  } catch (fault) {
    if (!(fault instanceof ForeignFault)) throw fault;
    return err({ line: fault.line, code: fault.code, what: fault.message });
  }
}

type Attributes = ReadonlyMap<string, string>;
type Opened = Extract<XmlEvent, { readonly kind: "open" }>;

interface GroupKey {
  readonly group: string;
  readonly signer: SignerId;
  readonly line: number;
}

class GradleReader {
  readonly #found: ForeignCollector = new ForeignCollector();
  readonly #path: string[] = [];
  readonly #groupKeys: GroupKey[] = [];
  readonly #components: Map<string, Set<PackageName>> = new Map();
  #trusted: Opened | undefined;
  #isTrustedForSomething = false;
  #component: Opened | undefined;
  #artifact: Opened | undefined;

  read(text: string): ForeignPins {
    for (const event of xmlEvents(text)) {
      if (event.kind === "open") {
        this.#path.push(event.name);
        this.#open(event);
      } else this.#close();
    }
    for (const { group, signer, line } of this.#groupKeys) {
      const names = this.#components.get(group);
      if (names === undefined)
        this.#found.passOver(line, `key for all of ${shown(group)}: no component of it is named`);
      for (const name of names ?? []) this.#found.pin(name, signer);
    }
    return this.#found.done();
  }

  #close(): void {
    const name = this.#path.pop();
    // Without a word on what for, Gradle takes the key for everything.
    if (name === "trusted-key" && !this.#isTrustedForSomething) {
      this.#found.passOver(this.#trusted?.line ?? 0, "key for every group");
    }
  }

  #open(event: Opened): void {
    if (this.#path.length === 1 && event.name !== ROOT)
      throw new ForeignFault("not-this-kind", event.line, `no <${ROOT}>`);
    switch (this.#path.slice(1).join("/")) {
      case "configuration/trusted-keys/trusted-key":
        this.#trusted = event;
        this.#isTrustedForSomething = false;
        if (event.attributes.size > 1) this.#trust(event.attributes.get("id"), event);
        break;
      case "configuration/trusted-keys/trusted-key/trusting":
        this.#trust(this.#trusted?.attributes.get("id"), event);
        break;
      case "configuration/trusted-artifacts/trust":
        this.#found.passOver(event.line, "artifacts trusted without a signature");
        break;
      case "components/component":
        this.#component = event;
        this.#noteComponent(event.attributes);
        break;
      case "components/component/artifact":
        this.#artifact = event;
        break;
      case "components/component/artifact/pgp":
        this.#artifactKey(event);
        break;
      case "components/component/artifact/sha256":
        this.#digest(event);
        break;
    }
  }

  #trust(id: string | undefined, { attributes, line }: Opened): void {
    this.#isTrustedForSomething = true;
    const signer = readForeignKey(id ?? "");
    const group = attributes.get("group");
    const name = attributes.get("name");
    if (!signer.ok) this.#found.passOver(line, signer.error);
    else if (attributes.get("regex") === "true")
      this.#found.passOver(line, `key for a pattern, ${shown(group ?? name ?? "")}`);
    else if (attributes.has("version") || attributes.has("file")) {
      this.#found.passOver(line, `key for one version or file of ${shown(name ?? group ?? "")}`);
    } else if (group === undefined) this.#found.passOver(line, "key for every group");
    else if (name === undefined) this.#groupKeys.push({ group, signer: signer.value, line });
    else this.#pin(packageOf(group, name), signer.value, line);
  }

  #pin(name: PackageName | undefined, signer: SignerId, line: number): void {
    if (name === undefined) this.#found.passOver(line, "no name that a Maven package can have");
    else this.#found.pin(name, signer);
  }

  #noteComponent(attributes: Attributes): void {
    const group = attributes.get("group") ?? "";
    const name = packageOf(group, attributes.get("name") ?? "");
    if (name === undefined) return;
    const names = this.#components.get(group) ?? new Set();
    this.#components.set(group, names.add(name));
  }

  #artifactKey({ attributes, line }: Opened): void {
    const signer = readForeignKey(attributes.get("value") ?? "");
    if (signer.ok) this.#pin(this.#package(), signer.value, line);
    else this.#found.passOver(line, signer.error);
  }

  #digest({ attributes, line }: Opened): void {
    const name = this.#package();
    const fileName = parseArtifactFileName(this.#artifact?.attributes.get("name") ?? "");
    const version = parseVersion(this.#component?.attributes.get("version") ?? "");
    const sha256 = parseSha256(attributes.get("value") ?? "");
    if (name === undefined || !fileName.ok || !version.ok || !sha256.ok) {
      this.#found.passOver(line, "a digest that can't be read");
      return;
    }
    const row = {
      version: version.value,
      name: fileName.value,
      sha256: sha256.value,
      unpacked: undefined,
      first: undefined,
    };
    this.#found.artifact(name, row, line);
  }

  #package(): PackageName | undefined {
    const attributes = this.#component?.attributes;
    return packageOf(attributes?.get("group") ?? "", attributes?.get("name") ?? "");
  }
}

function packageOf(group: string, name: string): PackageName | undefined {
  const parsed = group.includes("/") || name.includes("/") ? undefined : packageIn("maven", `${group}/${name}`);
  return parsed?.ok === true ? parsed.value : undefined;
}

/**
 * @returns a `verification-metadata.xml` that trusts the release signers of the Maven packages among these. Gradle takes
 * any one of several keys, so a package that needs more than one signer is left out, and that is said.
 */
export function formatGradle(packages: readonly PackageRows[]): ForeignText {
  const leftOut: { package: PackageName; why: string }[] = [];
  const lines: string[] = [];
  for (const rows of sorted(packages, ({ name }) => name)) {
    const [group = "", name] = rows.name.startsWith(MAVEN) ? rows.name.slice(MAVEN.length).split("/") : [];
    const why = name === undefined ? "it is no Maven package" : whyNotAnyOf(rows);
    if (why !== undefined) leftOut.push({ package: rows.name, why });
    // A package's name is plain ASCII without quotes and angle brackets.
    else
      for (const key of releaseKeys(rows))
        lines.push(`         <trusted-key id="${key}" group="${group}" name="${name}"/>`);
  }
  return { text: [...HEAD, ...lines, ...TAIL, ""].join("\n"), leftOut };
}

const MAVEN = "pkg:maven/";
const HEAD = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">',
  "   <configuration>",
  "      <verify-metadata>true</verify-metadata>",
  "      <verify-signatures>true</verify-signatures>",
  "      <trusted-keys>",
];
const TAIL = ["      </trusted-keys>", "   </configuration>", "   <components/>", "</verification-metadata>"];
