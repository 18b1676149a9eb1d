import type { IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { printable } from "../core/printable.ts";
import { loopbackLookup, publicLookup } from "./lookup.ts";
import type { Loopback } from "./loopback.ts";
import { Turns } from "./turns.ts";

/** What one address gave. Nothing that goes wrong is thrown: whoever asks says what it means. */
export type Fetched =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  /** The server says that there is no such thing. `detail` goes on after the address: "answered 404". */
  | { readonly kind: "absent"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string; readonly code: string | undefined };

export interface FetchLimits {
  /** From the first packet to the last, waiting for its turn included. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** `public`: a host that a stranger named; an address of this machine or its own network is not asked. */
  readonly reach: "anywhere" | "public";
}

/** The one way in which tofu reads from outside. */
export interface Network {
  /** Asks for one https address. No redirects, no cookies, no proxy, no retry; the same words from every user. */
  readonly get: (url: string, limits: FetchLimits) => Promise<Fetched>;
}

/** Connections at once, whoever asks. */
const MAX_CONNECTIONS = 4;
/** Names the program and not its version: a server learns nothing of who asks. */
const HEADERS = { accept: "*/*", "user-agent": "tofu", connection: "close" } as const;
const MAX_CODE_COLUMNS = 60;

/**
 * Opens the network. Nothing is connected before it is asked.
 *
 * @param loopback - for tests: every host is looked for on this machine, and only the test's own authority is believed.
 */
export function openNetwork(loopback?: Loopback): Network {
  const turns = new Turns(MAX_CONNECTIONS);
  return {
    get: async (url, limits) => {
      const parsed = parseAddress(url, limits);
      if (parsed === undefined) return failed("is no address that can be asked", undefined);
      const signal = AbortSignal.timeout(limits.timeoutMs);
      const turn = await turns.take(signal);
      if (turn === undefined) return late(limits);
      try {
        return await getOne(parsed, { limits, signal, loopback });
      } finally {
        turn.end();
      }
    },
  };
}

/** https, a host by name where a stranger named it, no user. */
function parseAddress(url: string, { reach }: FetchLimits): URL | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const isNumber = /^[\d.]+$|^\[/.test(parsed.hostname);
  const fits = parsed.protocol === "https:" && parsed.username === "" && parsed.password === "";
  return fits && !(reach === "public" && isNumber) ? parsed : undefined;
}

interface Asking {
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
  readonly loopback: Loopback | undefined;
}

async function getOne(url: URL, { limits, signal, loopback }: Asking): Promise<Fetched> {
  // Loaded with the first question: most commands ask nobody.
  const { request } = await import("node:https");
  return await new Promise((resolve) => {
    const options: RequestOptions = {
      method: "GET",
      agent: false,
      headers: { ...HEADERS, host: url.host },
      signal,
      ...(loopback === undefined
        ? limits.reach === "public"
          ? { lookup: publicLookup }
          : {}
        : { lookup: loopbackLookup, port: loopback.port, ca: loopback.ca }),
    };
    const asked = request(url, options, (response) => readBody(response, limits, resolve));
    asked.on("error", (error) => {
      resolve(signal.aborted ? late(limits) : failed(`could not be asked (${codeOf(error)})`, codeOf(error)));
    });
    asked.end();
  });
}

function readBody(
  response: IncomingMessage,
  { maxBytes, timeoutMs }: FetchLimits,
  resolve: (fetched: Fetched) => void,
): void {
  const stop = (fetched: Fetched): void => {
    resolve(fetched);
    response.destroy();
  };
  const { statusCode = 0 } = response;
  if (statusCode !== 200) {
    stop(refusalOf(statusCode));
    return;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  response.on("data", (piece: Buffer) => {
    length += piece.length;
    if (length > maxBytes) stop(failed(`has more than ${maxBytes} bytes`, undefined));
    else pieces.push(piece);
  });
  response.on("error", (error) => {
    resolve(error.name === "AbortError" ? late({ timeoutMs }) : failed("broke off", codeOf(error)));
  });
  response.on("end", () => resolve({ kind: "found", bytes: new Uint8Array(Buffer.concat(pieces)) }));
}

function refusalOf(status: number): Fetched {
  if (status >= 300 && status < 400) return failed("sends on to another address, which is not followed", undefined);
  const detail = `answered ${status}`;
  return status === 404 || status === 410 ? { kind: "absent", detail } : failed(detail, undefined);
}

function late({ timeoutMs }: Pick<FetchLimits, "timeoutMs">): Fetched {
  return failed(`did not answer within ${timeoutMs / 1000} seconds`, undefined);
}

function failed(detail: string, code: string | undefined): Fetched {
  return { kind: "failed", detail, code };
}

function codeOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return printable(code, MAX_CODE_COLUMNS);
}
