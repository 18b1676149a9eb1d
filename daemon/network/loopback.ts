import { readFileSync } from "node:fs";
import { UsageError } from "../core/tofu-error.ts";

/**
 * The exception for tests: whatever host is asked for, this machine is connected to, and it must prove that host's name
 * with a certificate of this authority and no other. So it can lead nowhere else, and no real server is believed.
 */
export interface Loopback {
  readonly port: number;
  /** Of the test's own certificate authority, PEM. */
  readonly ca: string;
  /** What line one of an answer says of it (rules.md, row 75). */
  readonly unusual: string;
}

const FORM = /^([1-9]\d{0,4}):(\/.+)$/;

/**
 * @param setting - `TOFU_LOOPBACK`: `PORT:/path/to/ca.pem`, or not set.
 * @throws UsageError where it has another form, or the file can't be read.
 */
export function readLoopback(setting: string | undefined): Loopback | undefined {
  if (setting === undefined || setting === "") return undefined;
  const [, port = "", file = ""] = FORM.exec(setting) ?? [];
  try {
    if (port !== "" && Number(port) < 65_536)
      return { port: Number(port), ca: readFileSync(file, "utf8"), unusual: `network answered by port ${port} here` };
  } catch (cause) {
    throw new UsageError(`TOFU_LOOPBACK names a file that can't be read: ${String(cause)}`);
  }
  throw new UsageError("TOFU_LOOPBACK is PORT:FILE, a port of this machine and a certificate authority");
}
