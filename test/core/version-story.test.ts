import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseVersion } from "../../daemon/core/artifact-name.ts";
import { tellVersion, versionHeadline } from "../../daemon/core/version-story.ts";
import { digest, must, PACKAGE, Scene, signed, signer } from "./scene.ts";

/** A signer for two releases, a keyring that lists B, then B, then the user's word for B. */
function life(): Scene {
  const scene = new Scene();
  scene.arrive({ at: "2026-01-02", bytes: "one", version: "1.0", signatures: [signed("A")], listed: [signer("B")] });
  scene.arrive({ at: "2026-02-02", bytes: "two", version: "1.1", signatures: [signed("A")] });
  scene.arrive({ at: "2026-03-02", bytes: "three", version: "2.0", signatures: [signed("B")] });
  return scene;
}

const version = (text: string) => must(parseVersion(text));

describe("the story of one version", () => {
  test("a refusal is told with whom the pin expected then, and what it knew of the newcomer", () => {
    const scene = life();
    const [told, ...others] = tellVersion(scene.events, version("2.0"));
    assert.deepEqual(others, []);
    assert.deepEqual([told?.head, told?.signers, told?.events], ["refused", [signer("B")], [3]]);
    assert.deepEqual(told?.notes, [
      { label: "expected", text: "4100 0000 … 4100 0000, 2 releases since 2026-01-02" },
      { label: "hint", text: "the keyring of 1.0, seen 2026-01-02, listed 4200 0000 … 4200 0000" },
      { label: "signed", text: "2026-01-01, by its own date (ed25519, sha512)" },
      { label: "file", text: "sunpy-2.0.tar.gz" },
      { label: "sha256", text: digest("three") },
    ]);
  });

  test("what became known later does not get into an earlier refusal", () => {
    const scene = life();
    const before = tellVersion(scene.events, version("2.0"));
    scene.append("2026-04-02", { kind: "trust", key: signer("B"), scope: "package", reason: "said so" });
    assert.deepEqual(tellVersion(scene.events, version("2.0")), before);
  });

  const rows = [
    ["of a version that passed", "1.1", "sunpy 1.1 (pkg:pypi/sunpy) passed here on 2026-02-02"],
    ["of one that is refused", "2.0", "sunpy 2.0 (pkg:pypi/sunpy) is refused since 2026-03-02: unexpected signer"],
    ["of one that nobody saw", "3.0", "sunpy 3.0 (pkg:pypi/sunpy) was never seen here"],
  ] as const;
  for (const [name, text, says] of rows)
    test(`line one ${name}`, () => assert.equal(versionHeadline(PACKAGE, life().pin, version(text)), says));

  test("line one names another file of a version that passed", () => {
    const scene = life();
    scene.arrive({ at: "2026-03-03", bytes: "other", version: "1.1", signatures: [signed("B")] });
    assert.match(
      versionHeadline(PACKAGE, scene.pin, version("1.1")),
      /2026-02-02; another file of it is refused since/,
    );
  });

  test("line one of a release that was refused and then accepted", () => {
    const scene = life();
    scene.append("2026-04-02", { kind: "trust", key: signer("B"), scope: "package", reason: "said so" });
    scene.arrive({ at: "2026-04-03", bytes: "three", version: "2.0", signatures: [signed("B")] });
    assert.equal(
      versionHeadline(PACKAGE, scene.pin, version("2.0")),
      "sunpy 2.0 (pkg:pypi/sunpy) passed here on 2026-04-03",
    );
  });
});
