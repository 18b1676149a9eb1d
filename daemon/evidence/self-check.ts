import { readKey } from "openpgp";
import { TofuError } from "../core/tofu-error.ts";
import { digestLanes } from "./digest-lanes.ts";
import { documentFits, MATHEMATICS_CONFIG } from "./mathematics.ts";
import { parseSignatureParts, withUnhashed } from "./signature-packet.ts";

/** A key made for this, whose secret half was thrown away, and its signature over {@link TEXT}. */
const KEY = "xjMEaVW5ABYJKwYBBAHaRw8BAQdAo+nd+yOLiiE+so4PxPq1jidRVUNzZijuvXzp0YzukkQ=";
const SIGNATURE =
  "BAAWCgBtBYJpVbkACRAxmu3sR70VrUUUAAAAAAAcACBzYWx0QG5vdGF0aW9ucy5vcGVucGdwanMub3JnN8OMKCe8G/0voAvdAz7+izJ/eXi3iBHM" +
  "2+Klh6A9w2IWIQS+Mr4vjVS7gEZ0FiUxmu3sR70VrQAA5aoA+gK+J5hkl3V2Uu5KS/S6gN+SabVAdagYnrxUx7jD9DvYAQD57hidXZf1zKx/MALf" +
  "/9b8KvFR4EjL8f5YIJ/jWXYpCg==";
const TEXT = "tofu self-check";

let checked: Promise<void> | undefined;

/**
 * Proves once per process that the library verifies a digest that it is given: a known signature fits, and with one bit
 * of the document changed it does not. Large files are judged in this way only.
 *
 * @throws TofuError `internal` where it does not; nothing may then be judged.
 */
export function assertDigestsAreVerified(): Promise<void> {
  checked ??= runSelfCheck();
  return checked;
}

async function runSelfCheck(): Promise<void> {
  const genuine = new TextEncoder().encode(TEXT);
  const changed = Uint8Array.from(genuine, (byte, index) => (index === 0 ? byte ^ 1 : byte));
  const answers = [await verdictOn(genuine), await verdictOn(changed)];
  if (answers[0] !== "fits" || answers[1] !== "does-not-fit") {
    throw new TofuError("internal", `the OpenPGP library fails its self-check (${answers.join(", ")}); reinstall tofu`);
  }
}

async function verdictOn(document: Uint8Array): Promise<string> {
  const key = await readKey({ binaryKey: new Uint8Array(Buffer.from(KEY, "base64")), config: MATHEMATICS_CONFIG });
  const parts = parseSignatureParts(new Uint8Array(Buffer.from(SIGNATURE, "base64")));
  if (!parts.ok) return parts.error.code;
  const lanes = digestLanes([parts.value]);
  lanes.update(document);
  const digest = lanes.digestFor(parts.value);
  if (digest === undefined) return "no digest";
  return (await documentFits(withUnhashed(parts.value, []), key.keyPacket, { kind: "digest", digest })).kind;
}
