// Makes the package of its parts: `node build.mjs RECORDER.wasm REDACTOR.wasm OUT`, with the tools of `../tests`.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , recorder, redactor, out] = process.argv;
const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, "../tests");
const require = createRequire(join(tools, "package.json"));
const { buildSync } = require("esbuild");
const { minify } = require("terser");

rmSync(out, { recursive: true, force: true });
const dist = join(out, "dist");
mkdirSync(dist, { recursive: true });

// What the modules use, of which the optimizer has to know when their own word for it is cut.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "multivalue",
  "reference-types"].map((feature) => `--enable-${feature}`);

// The lowest kilobyte is the end of a stack of sixteen, of which a few are used. What every entity goes through is to be quick,
// which costs a hundred bytes; the redactor runs seldom.
for (const [from, name, level] of [[recorder, "xray-recorder", "-O3"], [redactor, "redactor", "-Oz"]]) {
  const optimizer = join(tools, "node_modules/.bin/wasm-opt");
  execFileSync(optimizer, [level, "--converge", "--low-memory-unused", ...FEATURES, "--strip-debug", "--strip-producers",
    "--strip-target-features", from, "-o", join(dist, `${name}.wasm`)]);
}
const { outputFiles } = buildSync({
  entryPoints: [join(here, "src/index.js")],
  write: false,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  mangleProps: /^\$/,
});
// It leaves out what the bundler does not: a thirtieth.
const { code } = await minify(outputFiles[0].text, { module: true, ecma: 2022, compress: { passes: 3 } });
writeFileSync(join(dist, "recorder.js"), code);
for (const entry of readdirSync(join(here, "entries"))) {
  cpSync(join(here, "entries", entry), join(dist, entry));
}
for (const file of ["package.json", "index.d.ts", "index.d.cts", "slim.d.ts", "README.md"]) {
  cpSync(join(here, file), join(out, file));
}
// Whoever takes the package by the other licence knows where that is: it is long, and most of the tarball's text.
const licence = readFileSync(join(here, "../../LICENSE-MIT"), "utf8");
writeFileSync(
  join(out, "LICENSE"),
  `Licensed under either of the MIT license, below, or the Apache License, Version 2.0\n(https://www.apache.org/licenses/LICENSE-2.0), at your option.\n\n${licence}`,
);
