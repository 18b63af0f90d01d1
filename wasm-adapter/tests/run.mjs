// Every proof of the npm package, from the packed tarball, installed as a user would: `node run.mjs TARBALL FOLDER`.
// `--only TEXT` leaves out the parts whose names do not contain it. A part that cannot run says so, and why.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { aws } from "./parts/aws.mjs";
import { browsers } from "./parts/browsers.mjs";
import { bundlers } from "./parts/bundlers.mjs";
import { example } from "./parts/example.mjs";
import { processes } from "./parts/processes.mjs";
import { Skipped } from "./parts/skipped.mjs";
import { types } from "./parts/types.mjs";
import { workers } from "./parts/workers.mjs";
import { serve } from "./server.mjs";

const PARTS = { ...processes, ...workers, ...browsers, ...bundlers, ...types, ...aws, ...example };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: "string" }, "without-python": { type: "string" }, only: { type: "string", default: "" } },
});
const here = dirname(fileURLToPath(import.meta.url));
const [tarball, folder] = positionals.map((path) => resolve(path));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), '{"private": true}\n');
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--offline", tarball], { cwd: folder, stdio: "inherit" });
cpSync(join(here, "runtimes"), folder, { recursive: true });
for (const name of ["node", "suite", "bundled", "types", "aws"]) {
  cpSync(join(here, name), join(folder, name), { recursive: true });
}
const golden = (name) => readFileSync(join(here, `../../core/tests/golden/${name}.json`), "utf8");
const documents = Object.fromEntries(["minimal", "rich", "wide"].map((name) => [name, golden(name)]));
writeFileSync(join(folder, "suite/golden-documents.mjs"), `export default ${JSON.stringify(documents)};\n`);

const server = await serve();
// What is a program of Node's runs in this one.
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
const env = { ...process.env, PATH, SERVER_URL: server.url, UDP: server.udp.join(",") };
for (const name of Object.keys(env)) {
  // What somebody's own programs are told is no matter of a test.
  if (name.startsWith("AWS_")) {
    delete env[name];
  }
}
const context = {
  here,
  folder,
  tarball,
  server,
  env,
  python: values.python,
  withoutPython: values["without-python"] ?? "run.mjs was given no --python",
  bin: (name) => join(here, "node_modules/.bin", name),
  node: (version) => join(here, `node_modules/node${version}/bin/node`),
};

const count = { parts: 0, checks: 0, failures: 0 };
const skipped = [];
for (const [name, run] of Object.entries(PARTS).filter(([each]) => each.includes(values.only))) {
  const start = performance.now();
  const took = () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  try {
    const results = await run(context);
    const failed = results.filter(({ ok }) => !ok);
    count.parts += 1;
    count.checks += results.length;
    count.failures += failed.length + (results.length === 0 ? 1 : 0);
    console.log(`${name}: ${results.length - failed.length} of ${results.length}, ${took()}`);
    for (const { note } of results.filter(({ note }) => note !== undefined)) {
      console.log(`  ${note}`);
    }
    for (const { name: test, error } of failed) {
      console.log(`  FAILED ${test}\n${String(error).split("\n").slice(0, 12).join("\n")}`);
    }
  } catch (error) {
    if (error instanceof Skipped) {
      skipped.push(`${name}: ${error.message}`);
      console.log(`SKIPPED ${skipped.at(-1)}`);
    } else {
      count.failures += 1;
      console.log(`${name}: FAILED after ${took()}: ${error?.stack ?? error}`);
    }
  }
}
server.close();
const summary = `${count.checks} checks in ${count.parts} parts`;
writeFileSync(join(folder, "report.json"), JSON.stringify({ summary, skipped }));
console.log(summary);
process.exit(count.failures === 0 && count.parts + skipped.length > 0 ? 0 : 1);
