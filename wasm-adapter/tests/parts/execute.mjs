// A program that runs to its end, or fails with what it said.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Milliseconds a program may take. */
const DEADLINE = 120_000;

export async function execute(program, args, options = {}) {
  const running = promisify(execFile)(program, args, { timeout: DEADLINE, maxBuffer: 1 << 26, ...options });
  running.child.stdin.end(options.input ?? "");
  return running.catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
}
