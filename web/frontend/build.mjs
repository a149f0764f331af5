// Builds ../static/dist (with manifest.json) from the sources in this folder, and ../../engine/feel.js.
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "static", "dist");
const unfinished = `${dist}-${process.pid}`;

// What the design systems warn themselves of cannot be mended here.
const logger = {
  warn(message, { stack = "" }) {
    if (!stack.startsWith("node_modules")) console.warn(`${message}\n${stack}`);
  },
};

const scss = {
  name: "scss",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const result = sass.compile(path, { loadPaths: [here, join(here, "node_modules")], quietDeps: true, logger });
      return { contents: result.css, loader: "css", resolveDir: here };
    });
  },
};

const oneFontFormat = {
  name: "one-font-format",
  setup(build) {
    // Every browser that runs the diagrams reads woff2.
    build.onLoad({ filter: /bpmn-font.*\.(eot|ttf|woff|svg)$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

/** Every script, style sheet and image that lies directly in this folder is one file of the site. */
function entryPoints() {
  return readdirSync(here).filter((name) => /\.(js|scss|svg)$/.test(name)).sort();
}

/** What a template calls a file -> what it is called in dist, so that a browser may keep it for ever. */
function manifest(outputs) {
  const names = {};
  for (const [path, output] of Object.entries(outputs)) {
    if (!output.entryPoint) continue;
    const name = basename(output.entryPoint).replace(/\.scss$/, ".css");
    names[name] = basename(path);
    if (output.cssBundle && !name.endsWith(".css")) names[name.replace(/\.js$/, ".css")] = basename(output.cssBundle);
  }
  return names;
}

process.on("exit", () => rmSync(unfinished, { recursive: true, force: true }));

const site = await esbuild.build({
  absWorkingDir: here,
  entryPoints: entryPoints(),
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: unfinished,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "linked",
  loader: { ".svg": "copy", ".png": "copy", ".woff2": "copy" },
  plugins: [scss, oneFontFormat],
  metafile: true,
  logLevel: "warning",
});
writeFileSync(join(unfinished, "manifest.json"), JSON.stringify(manifest(site.metafile.outputs), null, 1) + "\n");

// The engine evaluates conditions with this file inside QuickJS, where there is no module loader.
await esbuild.build({
  absWorkingDir: here,
  entryPoints: ["feel/entry.js"],
  outfile: join(here, "..", "..", "engine", "feel.js"),
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "FEEL",
  target: "es2020",
  legalComments: "eof",
  logLevel: "warning",
});

// The site reads the old files until the new ones are complete.
rmSync(dist, { recursive: true, force: true });
renameSync(unfinished, dist);
