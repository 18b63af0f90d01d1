// A bundled worker in workerd, on loopback.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Miniflare } from "miniflare";

/** Runs `work` with a worker that answers requests; `worker.js` is the module, and what else is in the folder goes with it. */
export async function withWorker({ out, flags, bindings = {} }, work) {
  const files = readdirSync(out).filter((name) => name.endsWith(".wasm"));
  const worker = new Miniflare({
    modulesRoot: out,
    modules: [
      { type: "ESModule", path: join(out, "worker.js"), contents: readFileSync(join(out, "worker.js"), "utf8") },
      ...files.map((name) => ({ type: "CompiledWasm", path: join(out, name), contents: readFileSync(join(out, name)) })),
    ],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: flags,
    bindings,
    host: "127.0.0.1",
    // Otherwise it asks the network where it is.
    cf: false,
  });
  try {
    return await work((...request) => worker.dispatchFetch(...request));
  } finally {
    await worker.dispose();
  }
}
