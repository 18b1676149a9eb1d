import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const DIST: string = fileURLToPath(new URL("../..", import.meta.url));

/** Lets a module in a bundle find what lies beside the file that it was: the bundle lies in another folder, `dist/cli/`. */
export const FROM_ITS_PLACE: Plugin = {
  name: "from its place",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]dist[\\/](cli|daemon)[\\/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!source.includes("import.meta.url")) return undefined;
      const place = JSON.stringify(`../${relative(DIST, path)}`);
      const url = `require("node:url").pathToFileURL(require("node:path").join(__dirname, ${place})).href`;
      return { contents: source.replaceAll("import.meta.url", url), loader: "js" };
    });
  },
};
