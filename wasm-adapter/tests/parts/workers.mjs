// The runtimes that are given a bundle, and asked for the results by a request.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { bundle } from "./bundle.mjs";
import { withWorker } from "./miniflare.mjs";

async function workerd({ folder, server }, flags) {
  const out = await bundle(join(folder, "worker.mjs"), join(folder, "bundle-workerd"), ["workerd", "worker", "browser"]);
  const storage = flags.length > 0 ? 1 : 0;
  return withWorker({ out, flags }, async (request) => {
    const response = await request(`http://worker/?storage=${storage}&server=${encodeURIComponent(server.url)}`);
    return response.json();
  });
}

/** On Vercel the host compiles the modules, which a program names with `?module`. */
const HOST_MODULES = {
  name: "host-modules",
  setup(build) {
    build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path: basename(path, ".wasm?module"), namespace: "host" }));
    build.onLoad({ filter: /.*/, namespace: "host" }, ({ path }) => ({ contents: `export default hostModules[${JSON.stringify(path)}];` }));
  },
};

async function edgeRuntime({ folder, server }) {
  const { EdgeRuntime } = await import("edge-runtime");
  const out = await bundle(join(folder, "worker.mjs"), join(folder, "bundle-edge"), ["edge-light"], { plugins: [HOST_MODULES] });
  const code = readFileSync(join(out, "worker.js"), "utf8").replace(/export\s*\{[^}]*\};?/g, "");
  const hostModules = {};
  for (const name of ["xray-recorder", "redactor"]) {
    hostModules[name] = await WebAssembly.compile(readFileSync(join(folder, `node_modules/xray-recorder/dist/${name}.wasm`)));
  }
  const runtime = new EdgeRuntime({ extend: (context) => Object.assign(context, { hostModules }), initialCode: code });
  const response = await runtime.dispatchFetch(`http://worker/?server=${encodeURIComponent(server.url)}`);
  return response.json();
}

export const workers = {
  "workerd with nodejs_compat": (context) => workerd(context, ["nodejs_compat"]),
  "workerd without a flag": (context) => workerd(context, []),
  "edge-runtime": edgeRuntime,
};
