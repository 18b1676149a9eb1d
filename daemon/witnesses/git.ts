import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";

/** What git may print: some tags and their signatures. */
const MAX_OUTPUT_BYTES: number = 4 << 20;
const TIMEOUT_MS = 3000;

/**
 * What a clone's own configuration may not do. It is a stranger's text: it can name programs for almost everything. Only
 * objects are read here, which starts none of them; this holds where that is ever not so.
 */
const OVERRIDES = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "core.askPass=false",
  "core.sshCommand=false",
  "core.alternateRefsCommand=true",
  "gpg.program=false",
  "gpg.ssh.program=false",
  "gpg.x509.program=false",
  "credential.helper=",
  "protocol.allow=never",
] as const;

/** A clone on this machine, read by git and by nothing that the clone names. */
export interface Clone {
  /** Its real path. */
  readonly path: string;
  /**
   * @param input - what git reads.
   * @returns what git printed.
   * @throws Error where git ends with another code than 0, takes longer than 3 s or prints more than 4 MiB.
   */
  readonly git: (words: readonly string[], input?: string) => Promise<Buffer>;
}

/**
 * @param signal - ends a git that nobody waits for any more.
 * @throws Error where there is no such folder.
 */
export async function openClone(path: string, signal: AbortSignal): Promise<Clone> {
  const real = await realpath(path);
  return { path: real, git: (words, input = "") => run(real, words, { input, signal }) };
}

function run(
  path: string,
  words: readonly string[],
  { input, signal }: { readonly input: string; readonly signal: AbortSignal },
): Promise<Buffer> {
  const args = [
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    ...OVERRIDES.flatMap((setting) => ["-c", setting]),
    "-C",
    path,
    ...words,
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      args,
      {
        encoding: "buffer",
        env: environment(path),
        timeout: TIMEOUT_MS,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
        signal,
      },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(error);
      },
    );
    // A git that ended before it read all is told by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Nothing of the user's own environment or configuration, no network, and no folder above the one that was named. */
function environment(path: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    LANG: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_CEILING_DIRECTORIES: dirname(path),
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "false",
    SSH_ASKPASS: "false",
  };
}
