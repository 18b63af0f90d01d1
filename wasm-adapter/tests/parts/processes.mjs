// The runtimes that are a process of their own, which prints the results.

import { join } from "node:path";

import { execute } from "./execute.mjs";

async function spawn({ folder, env }, program, args) {
  const { stdout } = await execute(program, args, { cwd: folder, env });
  const line = stdout.split("\n").find((each) => each.startsWith("RESULTS "));
  if (line === undefined) {
    throw new Error(`no results: ${stdout}`);
  }
  return JSON.parse(line.slice("RESULTS ".length));
}

const node = (version, ...args) => (context) => spawn(context, context.node(version), args);
const bun = (file) => (context) => spawn(context, context.bin("bun"), [file]);
const DENO = ["run", "--no-prompt", "--allow-net=127.0.0.1,[::1]", "--allow-env", "--node-modules-dir=manual", "run.mjs"];

export const processes = {
  "Node 22, import": node(22, "run.mjs"),
  "Node 22, require": node(22, "run.cjs"),
  "Node 22, vectors": (context) =>
    spawn(context, context.node(22), ["node/vectors.mjs", join(context.here, "../../core/tests/vectors/sql")]),
  "Node 22, slim": node(22, "node/slim.mjs"),
  "Node 22, forgotten": node(22, "--expose-gc", "node/forgotten.mjs"),
  "Node 22, memory": node(22, "--expose-gc", "node/memory.mjs"),
  "Node 22, speed": (context) => spawn(context, context.node(22), ["node/speed.mjs", context.here]),
  "Node 24, speed": (context) => spawn(context, context.node(24), ["node/speed.mjs", context.here]),
  "Node 24, import": node(24, "run.mjs"),
  "Node 24, require": node(24, "run.cjs"),
  Deno: (context) => spawn(context, context.bin("deno"), DENO),
  "Bun, import": bun("run.mjs"),
  "Bun, require": bun("run.cjs"),
};
