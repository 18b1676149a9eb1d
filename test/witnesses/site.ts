import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatAddress } from "../../daemon/witnesses/address.ts";
import { wkdAddresses } from "../../daemon/witnesses/wkd.ts";

/** Every host that the tests ask for, played by one server on the loopback, with an authority of the test's own. */
export interface Internet {
  /** `TOFU_LOOPBACK`. */
  readonly setting: string;
  /** What is served: an address to its bytes. */
  readonly pages: Map<string, Uint8Array>;
  /** Addresses that were asked for, without their queries. */
  readonly asked: string[];
  /** Headers of the last request. */
  readonly headers: () => IncomingMessage["headers"];
  /** Never answers these. */
  readonly stuck: Set<string>;
  readonly close: () => Promise<void>;
}

const HOSTS = ["openpgpkey.sunpy.example", "sunpy.example", "openpgpkey.astro.example", "keys.example", "github.com"];

export async function openInternet(): Promise<Internet> {
  const folder = mkdtempSync(join(tmpdir(), "tofu-net-"));
  const { key, cert, ca } = makeCertificates(folder);
  const pages = new Map<string, Uint8Array>();
  const stuck = new Set<string>();
  const asked: string[] = [];
  let headers: IncomingMessage["headers"] = {};
  const server = createServer({ key, cert }, (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(request.url ?? "/", "https://any.example");
    const address = `https://${request.headers.host}${pathname}`;
    headers = request.headers;
    asked.push(address);
    if (stuck.has(address)) return;
    const page = pages.get(address) ?? pages.get(`${address}${search}`);
    if (page === undefined) response.writeHead(404).end("nothing here");
    else response.end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    setting: `${portOf(server)}:${ca}`,
    pages,
    asked,
    stuck,
    headers: () => headers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns where a mail domain with a host of its own for it publishes the key of an address. */
export function wkdPage(local: string, domain: string): string {
  return wkdAddresses({ local, domain }).advanced.replace(/\?.*/, "");
}

/** @returns where a server that verifies addresses has the key of one. */
export function vksPage(server: string, local: string, domain: string): string {
  return `https://${server}/vks/v1/by-email/${encodeURIComponent(formatAddress({ local, domain }))}`;
}

/** @returns where any key server has the key with a fingerprint. */
export function hkpPage(server: string, fingerprint: string): string {
  return `https://${server}/pks/lookup?op=get&options=mr&search=0x${fingerprint}`;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

function makeCertificates(folder: string): { readonly key: Buffer; readonly cert: Buffer; readonly ca: string } {
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: readonly string[]): void => {
    execFileSync("openssl", words, { stdio: "ignore", cwd: folder });
  };
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...ec, "-subj", "/CN=test", "-keyout", "site.key", "-out", "site.csr");
  writeFileSync(at("site.ext"), `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(",")}\n`);
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", "site.csr", ...signing, "-extfile", "site.ext", "-out", "site.pem");
  return { key: readFileSync(at("site.key")), cert: readFileSync(at("site.pem")), ca: at("ca.pem") };
}
