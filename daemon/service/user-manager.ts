import { execFile } from "node:child_process";

const TIMEOUT_MS = 30_000;

/** The user's service manager, as far as tofu needs it. */
export interface UserManager {
  /** @returns what `systemctl --user` says, and whether it said so with 0; `undefined` where it can't be run. */
  readonly systemctl: (...words: readonly string[]) => Promise<{ readonly ok: boolean; readonly text: string }>;
}

/** @returns the manager behind `systemctl --user` with this environment. */
export function userManager(env: Readonly<Record<string, string | undefined>>): UserManager {
  const options = { env: { ...env, LANG: "C.UTF-8", SYSTEMD_COLORS: "0" }, timeout: TIMEOUT_MS };
  return {
    systemctl: (...words) =>
      new Promise((resolve) => {
        execFile("systemctl", ["--user", "--no-pager", ...words], options, (error, stdout, stderr) =>
          resolve({ ok: error === null, text: `${stdout}${stderr}`.trim() }),
        );
      }),
  };
}

/** @returns whether there is a manager to talk to. */
export async function isRunning({ systemctl }: UserManager): Promise<boolean> {
  return (await systemctl("show-environment")).ok;
}
