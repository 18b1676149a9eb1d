import assert from "node:assert/strict";
import { chmodSync, chownSync, lchownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { checkSocket } from "../../daemon/protocol/socket-trust.ts";
import { daemon, echo, runtimeFolder, uid } from "../server/harness.ts";

const FOREIGN = 12_345;
const asRoot = { skip: process.getuid?.() !== 0 && "only root can give files away" };

async function socketPath(t: TestContext): Promise<string> {
  return (await daemon(t, echo)).path;
}

describe("checkSocket", () => {
  test("trusts what the daemon makes", async (t) => {
    assert.deepEqual(checkSocket(await socketPath(t), uid()), { kind: "trusted" });
  });

  test("tells what is not there from what is wrong", (t) => {
    const folder = runtimeFolder(t);
    assert.deepEqual(checkSocket(join(folder, "socket"), uid()), { kind: "absent" });
    assert.deepEqual(checkSocket(join(folder, "tofu", "socket"), uid()), { kind: "absent" });
  });

  const rows: readonly {
    readonly name: string;
    readonly change: (path: string) => void;
    readonly says: RegExp;
    readonly root?: true;
  }[] = [
    { name: "a socket that all may use", change: (path) => chmodSync(path, 0o777), says: /socket has mode 0777/ },
    { name: "a socket that the group may use", change: (path) => chmodSync(path, 0o620), says: /socket has mode 0620/ },
    {
      name: "a folder that all may enter",
      change: (path) => chmodSync(dirname(path), 0o755),
      says: /tofu has mode 0755.*chmod 0700/,
    },
    {
      name: "a folder above in which all may exchange things",
      change: (path) => chmodSync(dirname(dirname(path)), 0o777),
      says: /has mode 0777.*chmod go-w/,
    },
    {
      name: "a socket of somebody else",
      change: (path) => chownSync(path, FOREIGN, 0),
      says: /belongs to user 12345/,
      root: true,
    },
    {
      name: "a folder of somebody else",
      change: (path) => chownSync(dirname(path), FOREIGN, 0),
      says: /tofu belongs to user/,
      root: true,
    },
    {
      name: "a folder above of somebody else",
      change: (path) => chownSync(dirname(dirname(path)), FOREIGN, 0),
      says: /belongs to user 12345/,
      root: true,
    },
    {
      name: "a file in place of the socket",
      change: (path) => {
        renameSync(path, `${path}.old`);
        writeFileSync(path, "");
      },
      says: /is not a socket/,
    },
    {
      name: "a link in place of the socket",
      change: (path) => {
        renameSync(path, `${path}.old`);
        symlinkSync(`${path}.old`, path);
      },
      says: /is not a socket/,
    },
    {
      name: "a link in place of the folder",
      change: (path) => {
        renameSync(dirname(path), `${dirname(path)}.old`);
        symlinkSync(`${dirname(path)}.old`, dirname(path));
      },
      says: /is not a folder/,
    },
  ];
  for (const row of rows) {
    test(`refuses ${row.name}`, row.root === true ? asRoot : {}, async (t) => {
      const path = await socketPath(t);
      row.change(path);
      const trust = checkSocket(path, uid());
      assert.ok(trust.kind === "untrusted");
      assert.match(trust.sentence, row.says);
      chmodSync(dirname(dirname(path)), 0o700);
    });
  }

  test("follows a link of ours or root's above the folder, and looks at where it leads", async (t) => {
    const folder = runtimeFolder(t);
    const real = join(folder, "real");
    mkdirSync(join(real, "tofu"), { recursive: true, mode: 0o700 });
    symlinkSync(real, join(folder, "link"));
    const path = join(folder, "link", "tofu", "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.after(() => server.close());
    chmodSync(path, 0o600);
    assert.deepEqual(checkSocket(path, uid()), { kind: "trusted" });
    chmodSync(real, 0o777);
    assert.equal(checkSocket(path, uid()).kind, "untrusted");
    chmodSync(real, 0o700);
    if (process.getuid?.() === 0) {
      lchownSync(join(folder, "link"), FOREIGN, 0);
      assert.equal(checkSocket(path, uid()).kind, "untrusted");
    }
  });
});
