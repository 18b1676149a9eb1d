import { printable } from "../../daemon/core/printable.ts";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { PinFileRequest } from "../../daemon/protocol/pin-file-requests.ts";
import { spool } from "../spool.ts";
import type { Surroundings } from "../world.ts";
import type { Arguments, Command, OptionSpecs } from "./command.ts";
import { absolute, gnupgHome, readPaths } from "./paths.ts";
import { readWord, readWords } from "./words.ts";

const KINDS = ["known_keys", "gradle", "debian", "makepkg", "keys", "apache-keys", "gnupg"] as const;
const COUNT = /^(?:0|[1-9]\d{0,14})$/;

const FILE_OPTIONS: OptionSpecs = {
  from: { kind: "text", value: "KIND", choices: KINDS, summary: "pins as another tool keeps them" },
  package: { kind: "text", value: "PACKAGE", summary: "whose keys, where the file doesn't tell" },
  key: { kind: "texts", value: "FILE", summary: "certificates of the file's signer" },
};

export const importPins: Command = {
  name: "import",
  operands: "FILE|-",
  summary: "take pins from a file; says first what differs",
  examples: ["tofu import known_keys --dry-run", "tofu import KEYS --from apache-keys --package generic/httpd"],
  completes: "files",
  options: {
    ...FILE_OPTIONS,
    "dry-run": { kind: "flag", summary: "say what differs, record nothing" },
    "prefer-imported": {
      kind: "flag",
      summary: "a file signed by whom you named wins",
    },
    "min-serial": { kind: "text", value: "N", summary: "refuse a file with a lower serial" },
    "accept-revocations": { kind: "text", value: "N", summary: "the file may stop this many signers" },
  },
  prepare: async (args, surroundings) => {
    const { file, cleanup } = await readFile(args, "import", surroundings);
    return {
      kind: "ask",
      cleanup,
      request: {
        do: "import",
        ...file,
        minSerial: readCount(args, "min-serial"),
        dryRun: args.flag("dry-run"),
        preferImported: args.flag("prefer-imported"),
        acceptRevocations: readCount(args, "accept-revocations"),
        claimed: surroundings.claimed(),
      },
    };
  },
};

export const diffPins: Command = {
  name: "diff",
  operands: "FILE|-",
  summary: "your pins against a colleague's or an image's",
  examples: ["tofu diff known_keys"],
  completes: "files",
  options: FILE_OPTIONS,
  prepare: async (args, surroundings) => {
    const { file, cleanup } = await readFile(args, "diff", surroundings);
    return { kind: "ask", cleanup, request: { do: "diff", ...file } };
  },
};

export const exportPins: Command = {
  name: "export",
  operands: "[PATTERN]",
  summary: "pins as text, to keep, share, diff or sign",
  examples: ["tofu export", "tofu export --serial 42 --expires 2027-05-21", "tofu export sunpy --for debian"],
  completes: "packages",
  options: {
    output: { kind: "text", value: "FILE", alias: "o", summary: "write here, whole or not at all" },
    "sign-with": { kind: "text", value: "KEY", summary: "ssh key file or OpenPGP fingerprint; needs -o" },
    serial: { kind: "text", value: "N", summary: "the file's number; it only goes up" },
    expires: { kind: "text", value: "DATE", summary: "from then on it seeds nothing new" },
    for: {
      kind: "text",
      value: "TARGET",
      choices: ["known_keys", "gradle", "debian", "makepkg"],
      summary: "as that tool keeps them",
    },
  },
  prepare: (args, surroundings) => {
    const [pattern] = readWords(args, "export", ["[PATTERN]"]);
    const output = args.text("output");
    const signWith = args.text("sign-with");
    const target = args.text("for") ?? "known_keys";
    const [serial, expires] = [readCount(args, "serial"), args.text("expires")];
    if (signWith !== undefined && output === undefined)
      throw new UsageError("--sign-with writes a file and its signature", "tofu export -o known_keys --sign-with KEY");
    const header = signWith !== undefined || serial !== undefined || expires !== undefined;
    if (header && target !== "known_keys")
      throw new UsageError("a serial, an expiry and a signature are of known_keys files only");
    return {
      kind: "ask",
      request: { do: "export", pattern, for: readTarget(target), header, serial, expires },
      ...(output === undefined
        ? {}
        : { output: { path: absolute(output, surroundings), signWith: readSigner(signWith, surroundings) } }),
    };
  },
};

type Target = "known_keys" | "gradle" | "debian" | "makepkg";

function readTarget(text: string): Target {
  const found = (["known_keys", "gradle", "debian", "makepkg"] as const).find((one) => one === text);
  if (found === undefined) throw new UsageError(`tofu exports nothing for ${printable(text)}`);
  return found;
}

/** A whole fingerprint is an OpenPGP key, anything else the file of an ssh key. */
function readSigner(
  text: string | undefined,
  surroundings: Surroundings,
): { readonly kind: "openpgp" | "ssh"; readonly key: string } | undefined {
  if (text === undefined) return undefined;
  const digits = text.replace(/^openpgp:/i, "").replaceAll(" ", "");
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/i.test(digits)) return { kind: "openpgp", key: digits.toUpperCase() };
  return { kind: "ssh", key: absolute(text, surroundings) };
}

async function readFile(
  args: Arguments,
  command: string,
  surroundings: Surroundings,
): Promise<{ readonly file: PinFileRequest; readonly cleanup: (() => void) | undefined }> {
  const word = readWord(args, command, "FILE");
  const from = KINDS.find((kind) => kind === (args.text("from") ?? "known_keys")) ?? "known_keys";
  const keys = readPaths(args, "key", surroundings);
  const spooled = word === "-" ? await spool(surroundings) : undefined;
  return {
    file: {
      file: spooled?.path ?? absolute(word, surroundings),
      isStdin: spooled !== undefined,
      label: spooled === undefined ? word : "standard input",
      from,
      package: args.text("package"),
      keys,
      gnupgHome: gnupgHome(surroundings),
    },
    cleanup: spooled?.remove,
  };
}

function readCount(args: Arguments, option: string): number | undefined {
  const text = args.text(option);
  if (text === undefined) return undefined;
  if (!COUNT.test(text)) throw new UsageError(`--${option} takes a whole number`);
  return Number(text);
}
