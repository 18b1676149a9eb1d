import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const RUNNER = fileURLToPath(new URL("./fetch-once.js", import.meta.url));
const STATEMENTS = "tofu-handover 1\n";

let folder = "";
let server: Server;
let port = 0;
const asked: string[] = [];

function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  asked.push(url);
  switch (url) {
    case "/good/TOFU-HANDOVERS":
    case "/alone/TOFU-HANDOVERS":
      response.end(STATEMENTS);
      break;
    case "/good/TOFU-KEYS":
      response.end("keys");
      break;
    case "/moved/TOFU-HANDOVERS":
      response.writeHead(302, { location: "/good/TOFU-HANDOVERS" }).end();
      break;
    case "/large/TOFU-HANDOVERS":
      response.end(Buffer.alloc((1 << 20) + 1, "x"));
      break;
    case "/silent/TOFU-HANDOVERS":
      break;
    case "/broken/TOFU-HANDOVERS":
      response.writeHead(200, { "content-length": 100 }).write("half");
      response.destroy();
      break;
    default:
      response.writeHead(404).end();
  }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tofu-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", [...words, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function fetchOnce(
  path: string,
  { timeoutMs = 10_000, trusts = true }: { readonly timeoutMs?: number; readonly trusts?: boolean } = {},
): Promise<{ readonly text?: string; readonly keys?: readonly string[]; readonly fault?: string }> {
  const env = { PATH: process.env["PATH"], ...(trusts ? { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") } : {}) };
  const child = spawn(process.execPath, [RUNNER, `https://localhost:${port}${path}`, String(timeoutMs)], { env });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => child.once("close", resolve));
  return JSON.parse(Buffer.concat(parts).toString());
}

test("statements are fetched, with the keys that lie beside them", async () => {
  const found = await fetchOnce("/good/TOFU-HANDOVERS");
  assert.deepEqual([found.text, found.keys], [STATEMENTS, ["keys"]]);
});

test("that no keys lie there says nothing", async () => {
  const found = await fetchOnce("/alone/TOFU-HANDOVERS");
  assert.deepEqual([found.text, found.keys], [STATEMENTS, []]);
});

const FAULTS: readonly (readonly [string, string, RegExp])[] = [
  ["an address that sends on", "/moved/TOFU-HANDOVERS", /sends on to another address, which is not followed$/],
  ["a file that is not there", "/absent", /answered 404$/],
  ["a file that is too large", "/large/TOFU-HANDOVERS", /has more than 1048576 bytes$/],
  ["an answer that breaks off", "/broken/TOFU-HANDOVERS", /broke off$|could not be asked \(ECONNRESET\)$/],
];
for (const [name, path, wanted] of FAULTS)
  test(`${name} is told, and nothing of it is used`, async () => {
    const { text, fault = "" } = await fetchOnce(path);
    assert.equal(text, undefined);
    assert.match(fault, wanted);
  });

test("a place that does not answer is given up", async () => {
  const { fault = "" } = await fetchOnce("/silent/TOFU-HANDOVERS", { timeoutMs: 300 });
  assert.match(fault, /did not answer within 0\.3 seconds$/);
});

test("a place that nobody vouches for is not believed, whatever it would say", async () => {
  asked.length = 0;
  const { fault = "" } = await fetchOnce("/good/TOFU-HANDOVERS", { trusts: false });
  assert.match(fault, /could not be asked \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/);
  assert.deepEqual(asked, []);
});
