import { resolve } from "node:path";
import { UsageError } from "../../daemon/core/tofu-error.ts";
import type { Arguments } from "./command.ts";

type Where = { readonly cwd: string };

/** @returns the path as the daemon needs it, which has another current folder. */
export function absolute(path: string, { cwd }: Where): string {
  if (path === "") throw new UsageError("a path is empty");
  return resolve(cwd, path);
}

/** @returns every path given with an option, absolute. */
export function readPaths(args: Arguments, option: string, where: Where): readonly string[] {
  return args.texts(option).map((path) => absolute(path, where));
}

/** @returns the client's GnuPG home where its environment names one; else the daemon takes gpg's own default. */
export function gnupgHome(
  where: Where & { readonly env: Readonly<Record<string, string | undefined>> },
): string | undefined {
  const home = where.env["GNUPGHOME"];
  return home === undefined || home === "" ? undefined : absolute(home, where);
}
