// The suite in a page of headless Chromium, with the package's own files and an import map.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { chromium } from "playwright-core";

import { Skipped } from "./skipped.mjs";

/** Milliseconds the suite may take in a page. */
const DEADLINE = 60_000;

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

function executable() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next may be there.
    }
  }
  throw new Skipped("Chromium is missing: apt-get install chromium");
}

const page = (program) => `<!doctype html>
<script type="importmap">{"imports": {"xray-recorder": "/node_modules/xray-recorder/dist/browser.js"}}</script>
<script type="module" src="/${program}.mjs"></script>
`;

/** Without a word for WebAssembly, which is therefore forbidden. */
const POLICY = { "Content-Security-Policy": "script-src 'self' 'unsafe-inline'" };

/** Serves the folder, and a page for each program. */
async function serveFolder(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    const [, program] = /^\/(\w+)\.html$/.exec(pathname) ?? [];
    try {
      const body = program === undefined ? readFileSync(join(folder, pathname)) : page(program);
      const policy = program === "policy" ? POLICY : {};
      response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "text/plain", ...policy });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function resultsOf(program, { folder, server: daemon }) {
  const executablePath = executable();
  const server = await serveFolder(folder);
  // The sandbox does not start for root, and the page is our own.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    const failed = [];
    tab.on("requestfailed", (request) => failed.push(`${request.url()}: ${request.failure()?.errorText}`));
    // What nobody catches in the page ends the test: nothing that the package does may be that.
    const broken = new Promise((_, reject) => tab.on("pageerror", reject));
    const finished = async () => {
      await tab.goto(`http://127.0.0.1:${server.address().port}/${program}.html?server=${encodeURIComponent(daemon.url)}`);
      const results = await tab.waitForFunction(() => globalThis.results, null, { timeout: DEADLINE });
      return results.jsonValue();
    };
    return await Promise.race([finished(), broken]).catch((error) => {
      throw new Error([error.message, error.stack, ...failed].join("\n"));
    });
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

export const browsers = {
  Chromium: (context) => resultsOf("page", context),
  "Chromium, WebAssembly forbidden": (context) => resultsOf("policy", context),
};
