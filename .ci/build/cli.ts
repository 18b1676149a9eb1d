import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, buildSync } from "esbuild";
import { nameWordsBuild } from "./words-build.ts";

// Makes the command line's files from what tsc left in dist/cli:
//   tofu-program.cjs    cli/tofu.ts with all that a daemon's answer needs, as one function
//   tofu-program.cache  what V8 makes of it
//   tofu.cjs            cli/load.ts, which asks the daemon for words, and runs the two where that is not enough
//   tofu.js             a link to it: in a package of ES modules a file of that name can't be CommonJS, and an ES
//                       module takes 7 to 10 % of a Node start longer

const here = fileURLToPath(new URL(".", import.meta.url));
const cli = (name: string): string => join(here, "../../cli", name);
const common: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20.19",
  minify: true,
  sourcemap: true,
  logLevel: "warning",
};

nameWordsBuild(join(here, "../../daemon"));
buildSync({
  ...common,
  entryPoints: [cli("tofu.js")],
  outfile: cli("tofu-program.cjs"),
  // Standard input is no plain question.
  external: [cli("spool.js")],
  banner: { js: "(function(require,importWhole,before){" },
  footer: { js: "})" },
});
buildSync({
  ...common,
  entryPoints: [cli("load.js")],
  outfile: cli("tofu.cjs"),
  external: [cli("whole.js"), cli("spool.js")],
});
rmSync(cli("tofu.js"));
symlinkSync("tofu.cjs", cli("tofu.js"));
execFileSync(process.execPath, [join(here, "compile.js")], { stdio: ["ignore", "ignore", "pipe"] });
