// Runs the suite from the packed package, installed as a user would, in each runtime: `node run.mjs TARBALL FOLDER`.

import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { serve } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [tarball, folder] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(import.meta.url);
const bin = (name) => join(here, "node_modules/.bin", name);
const node = (version) => join(here, `node_modules/node${version}/bin/node`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), '{"private": true}\n');
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--offline", tarball], { cwd: folder, stdio: "inherit" });
cpSync(join(here, "runtimes"), folder, { recursive: true });
cpSync(join(here, "node"), join(folder, "node"), { recursive: true });
cpSync(join(here, "suite"), join(folder, "suite"), { recursive: true });
const golden = (name) => readFileSync(join(here, `../../core/tests/golden/${name}.json`), "utf8");
const documents = Object.fromEntries(["minimal", "rich", "wide"].map((name) => [name, golden(name)]));
writeFileSync(join(folder, "suite/golden-documents.mjs"), `export default ${JSON.stringify(documents)};\n`);

const server = await serve();
const env = { ...process.env, SERVER_URL: server.url, UDP: server.udp.join(",") };
for (const name of Object.keys(env)) {
  if (name.startsWith("AWS_XRAY_")) {
    delete env[name];
  }
}

async function spawn(program, args) {
  const options = { cwd: folder, env, timeout: 120_000, maxBuffer: 1 << 26 };
  const { stdout } = await promisify(execFile)(program, args, options).catch((error) => {
    throw new Error(`${error.message}\n${error.stderr}`);
  });
  const line = stdout.split("\n").find((each) => each.startsWith("RESULTS "));
  if (line === undefined) {
    throw new Error(`no results: ${stdout}`);
  }
  return JSON.parse(line.slice("RESULTS ".length));
}

/** A worker as one module, with the modules of WebAssembly beside it. */
async function bundle(conditions, plugins = []) {
  const out = join(folder, `bundle-${conditions.join("-")}`);
  await require("esbuild").build({
    entryPoints: [join(folder, "worker.mjs")],
    outdir: out,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions,
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*", "*.wasm"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    plugins,
  });
  return out;
}

async function workerd(flags) {
  const { Miniflare } = require("miniflare");
  const out = await bundle(["workerd", "worker", "browser"]);
  const dist = join(folder, "node_modules/xray-recorder/dist");
  const wasm = (name) => ({ type: "CompiledWasm", path: join(out, name), contents: readFileSync(join(dist, name)) });
  const worker = new Miniflare({
    modulesRoot: out,
    modules: [
      { type: "ESModule", path: join(out, "worker.js"), contents: readFileSync(join(out, "worker.js"), "utf8") },
      wasm("xray-recorder.wasm"),
      wasm("redactor.wasm"),
    ],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: flags,
    host: "127.0.0.1",
  });
  try {
    const storage = flags.length > 0 ? 1 : 0;
    const response = await worker.dispatchFetch(`http://worker/?storage=${storage}&server=${encodeURIComponent(server.url)}`);
    return await response.json();
  } finally {
    await worker.dispose();
  }
}

/** The modules are the host's to compile, as on Vercel; `?module` is how a program names one. */
async function edgeRuntime() {
  const { EdgeRuntime } = require("edge-runtime");
  const hostModules = {
    name: "host-modules",
    setup(build) {
      build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path: basename(path, ".wasm?module"), namespace: "host" }));
      build.onLoad({ filter: /.*/, namespace: "host" }, ({ path }) => ({ contents: `export default hostModules[${JSON.stringify(path)}];` }));
    },
  };
  const out = await bundle(["edge-light"], [hostModules]);
  const code = readFileSync(join(out, "worker.js"), "utf8").replace(/export\s*\{[^}]*\};?/g, "");
  const dist = join(folder, "node_modules/xray-recorder/dist");
  const modules = {};
  for (const name of ["xray-recorder", "redactor"]) {
    modules[name] = await WebAssembly.compile(readFileSync(join(dist, `${name}.wasm`)));
  }
  const runtime = new EdgeRuntime({ extend: (context) => Object.assign(context, { hostModules: modules }), initialCode: code });
  const response = await runtime.dispatchFetch(`http://worker/?server=${encodeURIComponent(server.url)}`);
  return response.json();
}

const runtimes = {
  "Node 22, import": () => spawn(node(22), ["run.mjs"]),
  "Node 22, require": () => spawn(node(22), ["run.cjs"]),
  "Node 22, vectors": () => spawn(node(22), ["node/vectors.mjs", join(here, "../../core/tests/vectors/sql")]),
  "Node 22, slim": () => spawn(node(22), ["node/slim.mjs"]),
  "Node 22, forgotten": () => spawn(node(22), ["--expose-gc", "node/forgotten.mjs"]),
  "Node 22, memory": () => spawn(node(22), ["--expose-gc", "node/memory.mjs"]),
  "Node 24, import": () => spawn(node(24), ["run.mjs"]),
  "Node 24, require": () => spawn(node(24), ["run.cjs"]),
  Deno: () => spawn(bin("deno"), ["run", "--no-prompt", "--allow-net=127.0.0.1,[::1]", "--allow-env", "--node-modules-dir=manual", "run.mjs"]),
  "Bun, import": () => spawn(bin("bun"), ["run.mjs"]),
  "Bun, require": () => spawn(bin("bun"), ["run.cjs"]),
  "workerd with nodejs_compat": () => workerd(["nodejs_compat"]),
  "workerd without a flag": () => workerd([]),
  "edge-runtime": () => edgeRuntime(),
};

let failures = 0;
const only = process.argv[4];
for (const [name, run] of Object.entries(runtimes).filter(([each]) => only === undefined || each.includes(only))) {
  try {
    const results = await run();
    const failed = results.filter(({ ok }) => !ok);
    failures += failed.length + (results.length === 0 ? 1 : 0);
    console.log(`${name}: ${results.length - failed.length} of ${results.length}`);
    for (const { name: test, error } of failed) {
      console.log(`  FAILED ${test}\n${error.split("\n").slice(0, 6).join("\n")}`);
    }
  } catch (error) {
    failures += 1;
    console.log(`${name}: FAILED ${error?.stack ?? error}`);
  }
}
server.close();
process.exit(failures === 0 ? 0 : 1);
