import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, buildSync } from "esbuild";
import { FROM_ITS_PLACE } from "./from-its-place.ts";
import { nameWordsBuild } from "./words-build.ts";

// Makes the command line's files from what tsc left in dist/cli:
//   tofu-program.cjs    cli/tofu.ts with all that a daemon's answer needs, as one function
//   tofu-program.cache  what V8 makes of it
//   tofu-alone.cjs      cli/alone.ts with all of our own that answering without a daemon needs, as one function
//   tofu-alone.cache    what V8 makes of it
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
  banner: { js: "(function(require,importWhole,loadAlone,before){" },
  footer: { js: "})" },
});
buildSync({
  ...common,
  entryPoints: [cli("load.js")],
  outfile: cli("tofu.cjs"),
  external: [cli("whole.js"), cli("spool.js")],
});
await build({
  ...common,
  entryPoints: [cli("alone.js")],
  outfile: cli("tofu-alone.cjs"),
  // Libraries are what is installed: who brings one up to date has it everywhere.
  packages: "external",
  // A script that V8 has compiled before can't import by itself.
  supported: { "dynamic-import": false },
  external: [cli("spool.js")],
  plugins: [FROM_ITS_PLACE],
  banner: { js: "(function(require,__dirname){const module={exports:{}};" },
  footer: { js: "return module.exports})" },
});
rmSync(cli("tofu.js"));
symlinkSync("tofu.cjs", cli("tofu.js"));
for (const name of ["compile.js", "compile-alone.js"])
  execFileSync(process.execPath, [join(here, name)], { stdio: ["ignore", "ignore", "pipe"] });
