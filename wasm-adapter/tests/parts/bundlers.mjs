// What bundlers make of the package: a worker whose document arrives.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { bundle } from "./bundle.mjs";
import { check } from "./check.mjs";
import { execute } from "./execute.mjs";
import { withWorker } from "./miniflare.mjs";

/** Bytes of what is uploaded: the module and those of WebAssembly. */
function sizes(out) {
  const files = readdirSync(out).filter((name) => /\.(?:js|wasm)$/.test(name));
  const bytes = files.map((name) => [name.replace(/[\da-f]{40}-|-[A-Z\d]{8}(?=\.)/, ""), readFileSync(join(out, name))]);
  bytes.sort(([a], [b]) => (a < b ? -1 : 1));
  const gzip = bytes.reduce((sum, [, content]) => sum + gzipSync(content).length, 0);
  return `${bytes.map(([name, { length }]) => `${name} ${length}`).join(", ")} bytes; gzip ${gzip} bytes together`;
}

/** Asks the worker once, and waits for the document of that. */
async function sends(server, out, key) {
  const bindings = { RELAY: `${server.url}/${key}` };
  await withWorker({ out, flags: ["nodejs_compat"], bindings }, async (request) => {
    const response = await request("http://shop.example.com/users?id=7", { headers: { "User-Agent": "t" } });
    const said = `${response.status} ${await response.text()} ${response.headers.get("x-amzn-trace-id")}`;
    if (!/^200 served Root=1-[\da-f]{8}-[\da-f]{24}$/.test(said)) {
      throw new Error(`another response: ${said}`);
    }
    const { body } = await server.call(key);
    const { name, http, subsegments } = JSON.parse(body.split("\n")[1]);
    const [query] = subsegments.map(({ sql }) => sql.sanitized_query);
    const found = JSON.stringify([name, http.request.url, http.response.status, query]);
    if (found !== '["bundled","http://shop.example.com/users",200,"SELECT name FROM users WHERE id = ?"]') {
      throw new Error(`another document: ${found}`);
    }
  });
}

const esbuild = async (context, name, options) => {
  const out = join(context.folder, "bundled", name);
  // The conditions are wrangler's.
  await bundle(join(context.folder, "bundled/worker.mjs"), out, ["workerd", "worker", "browser"], options);
  return out;
};

async function byEsbuild(context) {
  const plain = await esbuild(context, "esbuild", {});
  const minified = await esbuild(context, "esbuild-minified", { minify: true });
  return check({
    "a worker bundled by esbuild sends": async () => {
      await sends(context.server, plain, "esbuild");
      return `plain: ${sizes(plain)}`;
    },
    "one that is minified does, too": async () => {
      await sends(context.server, minified, "esbuild-minified");
      return `minified: ${sizes(minified)}`;
    },
  });
}

/** Wrangler, offline: it would ask for a newer one, and say what was done with it. */
const OFFLINE = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false", CI: "1" };

async function byWrangler(context) {
  const [cwd, out] = [join(context.folder, "bundled"), join(context.folder, "bundled/wrangler")];
  const program = join(context.here, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...context.env, ...OFFLINE, WRANGLER_LOG_PATH: join(context.folder, "wrangler-logs") };
  const { stdout } = await execute(context.node(22), [program, "deploy", "--dry-run", "--outdir", out], { cwd, env });
  return check({
    "wrangler says what would be uploaded": () => {
      const [said] = /Total Upload: .*/.exec(stdout) ?? [];
      if (said === undefined) {
        throw new Error(stdout);
      }
      return said;
    },
    "a worker bundled by wrangler sends": async () => {
      await sends(context.server, out, "wrangler");
      return `bundle: ${sizes(out)}`;
    },
  });
}

export const bundlers = { "a worker by esbuild": byEsbuild, "a worker by wrangler": byWrangler };
