import type { ClientRequest, IncomingMessage } from "node:http";
import { get } from "node:https";
import { MAX_CHAIN_BYTES } from "../core/chain-file.ts";
import { printable } from "../core/printable.ts";
import { TofuError } from "../core/tofu-error.ts";
import type { FoundChain } from "../evidence/statement-gathering.ts";

/** From the first packet to the last: no place keeps a command waiting longer. */
const TIMEOUT_MS = 10_000;
const KEYS_NAME = "TOFU-KEYS";
const MAX_URL_COLUMNS = 120;

/**
 * Fetches a chain file over https, and `TOFU-KEYS` from the same folder where there is one. The place is not trusted:
 * statements prove themselves. It is only asked for one file, goes nowhere else (no redirect), and ends after 10 s or
 * 1 MiB.
 *
 * @param limits - moved by tests.
 * @throws TofuError `place-unreachable` naming the address and what went wrong.
 */
export async function fetchChain(
  url: string,
  limits: { readonly timeoutMs: number } = { timeoutMs: TIMEOUT_MS },
): Promise<FoundChain> {
  const bytes = await fetchFile(url, limits.timeoutMs);
  const keys = await fetchKeys(new URL(KEYS_NAME, url).href, limits.timeoutMs);
  return { bytes, place: url, keyFiles: [], keys: keys === undefined ? [] : [keys] };
}

/** Certificates may come from anywhere; that none lie here says nothing. */
async function fetchKeys(url: string, timeoutMs: number): Promise<Uint8Array | undefined> {
  try {
    return await fetchFile(url, timeoutMs);
  } catch (error) {
    if (error instanceof TofuError) return undefined;
    throw error;
  }
}

function fetchFile(url: string, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      reject(new TofuError("place-unreachable", `${printable(url, MAX_URL_COLUMNS)} ${why}`, { cause }));
    };
    let request: ClientRequest;
    const timer = setTimeout(() => {
      fail(`did not answer within ${timeoutMs / 1000} seconds`);
      request.destroy();
    }, timeoutMs);
    const end = (): void => clearTimeout(timer);
    try {
      request = get(url, { headers: { accept: "text/plain, */*" }, agent: false }, (response) => {
        readBody(response, { resolve, fail, end });
      });
    } catch (error) {
      end();
      fail("is no address that can be asked", error);
      return;
    }
    request.on("error", (error) => {
      end();
      fail(`could not be asked (${codeOf(error)})`, error);
    });
  });
}

interface Outcome {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly fail: (why: string) => void;
  readonly end: () => void;
}

function readBody(response: IncomingMessage, { resolve, fail, end }: Outcome): void {
  const stop = (why: string): void => {
    end();
    fail(why);
    response.destroy();
  };
  const { statusCode = 0 } = response;
  if (statusCode !== 200) {
    stop(
      statusCode >= 300 && statusCode < 400
        ? "sends on to another address, which is not followed"
        : `answered ${statusCode}`,
    );
    return;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  response.on("data", (piece: Buffer) => {
    length += piece.length;
    if (length > MAX_CHAIN_BYTES) stop(`has more than ${MAX_CHAIN_BYTES} bytes`);
    else pieces.push(piece);
  });
  response.on("aborted", () => stop("broke off"));
  response.on("end", () => {
    end();
    resolve(new Uint8Array(Buffer.concat(pieces)));
  });
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
