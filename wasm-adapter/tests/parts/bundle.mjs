// A worker as one module, with the modules of WebAssembly beside it, as esbuild makes it for wrangler.

import { build } from "esbuild";

/** Bundles, and gives the folder. The conditions are those by which the runtime picks the entry of the package. */
export async function bundle(entry, outdir, conditions, options = {}) {
  await build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions,
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*", "cloudflare:*"],
    loader: { ".wasm": "copy" },
    ...options,
  });
  return outdir;
}
