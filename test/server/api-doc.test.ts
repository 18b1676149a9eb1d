import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { TofuError } from "../../daemon/core/tofu-error.ts";
import { answerCodec } from "../../daemon/protocol/answer-codec.ts";
import type { Ask } from "../../daemon/protocol/ask.ts";
import { MAX_REQUEST_BYTES } from "../../daemon/protocol/request.ts";
import { envelopeCodec, parseEnvelope } from "../../daemon/protocol/request-codec.ts";
import { LIMITS } from "../../daemon/server/serve.ts";
import { PROJECT } from "../checks/places.ts";
import { daemon, gate } from "./harness.ts";

const DOC = readFileSync(join(PROJECT, "docs/api.md"), "utf8");
const withPython = { skip: spawnSync("python3", ["-c", ""]).status !== 0 && "python3 is not installed" };

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(DOC)?.[1];
  assert.ok(found !== undefined);
  return found;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runClient(socket: string): Promise<Ran> {
  const child = spawn("python3", ["-c", block("python")], { env: { PATH: process.env["PATH"], TOFU_SOCKET: socket } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

describe("the client in docs/api.md", withPython, () => {
  const rows: readonly { readonly name: string; readonly ask: Ask; readonly code: number; readonly stdout: string }[] =
    [
      {
        name: "prints what is pinned",
        ask: async (request, tell) => {
          assert.equal(request.do, "list");
          const rest = { signers: 1, releases: 2, basis: "first use", state: "ok" } as const;
          tell({ schemaVersion: 1, type: "pin", package: "pkg:pypi/sunpy", ...rest });
          tell({ schemaVersion: 1, type: "pin", package: "pkg:generic/c\u001b", ...rest });
          return 3;
        },
        code: 3,
        stdout: "'pkg:pypi/sunpy'\n'pkg:generic/c\\x1b'\n",
      },
      {
        name: "prints a fault",
        ask: async () => Promise.reject(new TofuError("store-damaged", "event 3 is not what it was")),
        code: 1,
        stdout: "'event 3 is not what it was'\n",
      },
    ];
  for (const { name, ask, code, stdout } of rows) {
    test(name, async (t) => {
      const { path } = await daemon(t, ask);
      assert.deepEqual(await runClient(path), { code, stdout, stderr: "" });
    });
  }

  test("does not take silence for an answer", async (t) => {
    const begun = gate();
    const ask: Ask = () => {
      begun.open();
      return new Promise(() => undefined);
    };
    const { path, server } = await daemon(t, ask, { drainMs: 1 });
    const running = runClient(path);
    await begun.opened;
    await server.close();
    const says = "the daemon went away: nothing is known\n";
    assert.deepEqual(await running, { code: 1, stdout: "", stderr: says });
  });
});

describe("what docs/api.md says", () => {
  test("its request is one", () => assert.ok(parseEnvelope(block("json")).ok));

  test("names every request with its members, and every type of answer", () => {
    const requests = schemasOf(schemaOf(envelopeCodec.schema, "request"));
    for (const schema of requests) {
      const { do: named, ...members } = propertiesOf(schema);
      const row = DOC.split("\n").find((line) => line.startsWith(`| \`${String(enumOf(named))}\` |`));
      for (const member of Object.keys(members))
        assert.ok(row?.includes(`\`${member}\``), `${enumOf(named)}: ${member}`);
    }
    for (const schema of schemasOf(answerCodec.schema)) {
      assert.ok(
        DOC.includes(`\`${enumOf(propertiesOf(schema)["type"])}\``),
        String(enumOf(propertiesOf(schema)["type"])),
      );
    }
  });

  test("its limits are those that hold", () => {
    assert.ok(DOC.includes(`| ${MAX_REQUEST_BYTES / 2 ** 20} MiB a request |`));
    assert.ok(DOC.includes(`| ${LIMITS.maxConnections} connections |`));
    assert.ok(DOC.includes(`| ${LIMITS.idleMs / 1000} s without a whole request |`));
    assert.ok(DOC.includes(`| ${LIMITS.maxMistakes} lines that are no requests |`));
    assert.ok(DOC.includes(`| ${LIMITS.maxUnreadBytes / 2 ** 20} MiB of answers that were not read |`));
    assert.ok(DOC.includes(`| ${LIMITS.drainMs / 1000} s for running requests after SIGTERM |`));
  });
});

type Schema = { readonly [keyword: string]: unknown };

function propertiesOf(schema: Schema): { readonly [name: string]: Schema } {
  return schema["properties"] as { readonly [name: string]: Schema };
}

function schemaOf(schema: Schema, name: string): Schema {
  const found = propertiesOf(schema)[name];
  assert.ok(found !== undefined);
  return found;
}

function schemasOf(union: Schema): readonly Schema[] {
  return union["oneOf"] as readonly Schema[];
}

function enumOf(schema: Schema | undefined): unknown {
  return (schema?.["enum"] as readonly unknown[] | undefined)?.[0];
}
