// The transport `aws` against what AWS itself is used with: botocore's signatures, and moto's X-Ray service.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { check } from "./check.mjs";
import { execute } from "./execute.mjs";
import { Skipped } from "./skipped.mjs";

const REQUESTS = 50;
const SEED = 7;
/** Milliseconds until a server has to listen. */
const DEADLINE = 60_000;

function python({ python: program, withoutPython }) {
  if (program === undefined) {
    throw new Skipped(withoutPython);
  }
  return program;
}

const script = ({ here }, name) => join(here, "aws", name);

async function signatures(context) {
  const program = python(context);
  const { stdout } = await execute(context.node(22), ["aws/requests.mjs", REQUESTS, SEED], { cwd: context.folder, env: context.env });
  const requests = JSON.parse(stdout);
  const answer = await execute(program, [script(context, "signatures.py")], { input: stdout, env: context.env });
  const expected = JSON.parse(answer.stdout);
  return requests.map(({ url, headers }, number) => {
    const [found, wanted] = [headers, expected[number]].map((all) => JSON.stringify(Object.entries(all).sort()));
    return { name: `${number}: ${url}`, ok: found === wanted, error: `     found ${found}\n  expected ${wanted}` };
  });
}

/** Starts moto's server on a free port, runs `work` with its address, and stops it. */
async function withMoto(program, env, work) {
  const server = spawn(program, ["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], { env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  try {
    const said = [];
    const url = await new Promise((resolve, reject) => {
      const fails = (why) => () => reject(new Error(`${why}\n${said.join("\n")}`));
      setTimeout(fails("moto's server does not listen"), DEADLINE).unref();
      server.once("error", reject);
      server.once("exit", fails("moto's server ended"));
      for (const stream of [server.stdout, server.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          said.push(line);
          const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
          if (address !== undefined) {
            resolve(address);
          }
        });
      }
    });
    return await work(url);
  } finally {
    server.kill();
    await gone;
  }
}

async function moto(context) {
  const program = python(context);
  return withMoto(program, context.env, async (url) => {
    const sent = await execute(context.node(22), ["aws/send.mjs", url], { cwd: context.folder, env: context.env });
    const { traceId, documents, calls, stats, lastError } = JSON.parse(sent.stdout);
    const kept = await execute(program, [script(context, "traces.py"), url, "eu-central-1", traceId], { env: context.env });
    const same = (found, expected) => {
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        throw new Error(`     found ${JSON.stringify(found)}\n  expected ${JSON.stringify(expected)}`);
      }
    };
    return check({
      "a segment and its 120 subsegments go in three calls, and all are counted as sent": () => {
        // They are signed at the same time, and the first to be is the first to go.
        same(calls.sort(), [21, 50, 50]);
        same([stats.begun, stats.sent, lastError], [121, 121, "undefined"]);
      },
      "the service gives each document back as it was sent": () => {
        const parsed = (all) => all.map((document) => JSON.parse(document)).sort((a, b) => (a.id < b.id ? -1 : 1));
        same(parsed(JSON.parse(kept.stdout)), parsed(documents));
        same(new Set(documents.map((document) => JSON.parse(document).id)).size, 121);
      },
    });
  });
}

export const aws = { "aws, signatures as botocore's": signatures, "aws, moto's service": moto };
