// The example, by the commands that its README names: each shows the trace of a request.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { basename, delimiter, join } from "node:path";

import { check } from "./check.mjs";
import { execute } from "./execute.mjs";

/** Milliseconds until something has to be printed. */
const DEADLINE = 60_000;
const COMMANDS = ["npm install", "npm start", "npm run deno", "npm run bun"];

/** A copy of the example, as far from the package as it is in the repository. */
function copied({ here, folder, tarball }) {
  const root = join(folder, "repository");
  const [example, packages] = [join(root, "examples/edge-worker"), join(root, "target/npm")];
  rmSync(root, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  const ours = (path) => !/node_modules|\.wrangler/.test(path);
  cpSync(join(here, "../../examples/edge-worker"), example, { recursive: true, filter: ours });
  cpSync(tarball, join(packages, basename(tarball)));
  return example;
}

async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a command, and stops it and what it started after `work`, which is given a function that waits for a text of it. */
async function started([program, ...args], options, work) {
  const running = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(running, "close");
  let said = "";
  let look = () => {};
  for (const stream of [running.stdout, running.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
      look();
    });
  }
  const printed = (pattern) =>
    new Promise((resolve, reject) => {
      const fails = (why) => () => reject(new Error(`${why}, and did not print ${pattern}\n${said}`));
      setTimeout(fails("it took too long"), DEADLINE).unref();
      running.once("close", fails("it ended"));
      look = () => {
        if (pattern.test(said)) {
          resolve();
        }
      };
      look();
    });
  // It leads a group, in which are all that it starts.
  const stop = (signal) => {
    try {
      process.kill(-running.pid, signal);
    } catch {
      // They have all ended.
    }
  };
  try {
    return await work(printed);
  } finally {
    stop("SIGINT");
    const late = setTimeout(() => stop("SIGKILL"), DEADLINE);
    await closed;
    clearTimeout(late);
  }
}

async function traces(command, cwd, env) {
  const port = await freePort();
  await started(command.split(" "), { cwd, env: { ...env, PORT: String(port) } }, async (printed) => {
    await printed(/the shop is open/);
    const order = (item) => fetch(`http://127.0.0.1:${port}/order/${item}`);
    const [tea, shoes] = [await order("tea"), await order("shoes")];
    const answers = [tea.status, await tea.text(), shoes.status, await shoes.text()].join(" ");
    if (answers !== '200 {"item":"tea","cents":900} 502 there is no price for shoes\n') {
      throw new Error(`other answers: ${answers}`);
    }
    const line = (depth, name, rest) => `\\n {${2 * depth}}${name} +[\\d.]+ ms +█+${rest}`;
    const trace = (outer, inner, call) => {
      const lines = [line(1, "shop", outer), line(2, "order", inner), line(3, "127[\\d.]+:\\d+", call)];
      return new RegExp(`trace 1-\\w{8}-\\w{24}${lines.join("")}\\n`);
    };
    const url = `GET http://127[\\d.]+:\\d+`;
    await printed(trace(` +${url}/order/tea 200 item=tea`, "", ` +${url}/price/tea 200`));
    const error = " +FAULT Error: there is no price for shoes";
    await printed(trace(` +${url}/order/shoes 502 item=shoes FAULT`, error, ` +${url}/price/shoes 404 ERROR`));
  });
}

async function edgeWorker(context) {
  const cwd = copied(context);
  // Deno and Bun are those of the tests, where there are no others.
  const PATH = [context.env.PATH, join(context.here, "node_modules/.bin")].join(delimiter);
  const env = { ...context.env, PATH, DENO_NO_UPDATE_CHECK: "1" };
  const [install, ...starts] = COMMANDS;
  return check({
    "its README names the commands that are run here": () => {
      const commands = readFileSync(join(cwd, "README.md"), "utf8").split("\n").filter((text) => text.startsWith("npm "));
      if (commands.join() !== COMMANDS.join()) {
        throw new Error(commands.join("\n"));
      }
    },
    [install]: async () => {
      await execute("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd, env });
    },
    ...Object.fromEntries(starts.map((command) => [`${command} shows the traces`, () => traces(command, cwd, env)])),
  });
}

export const example = { "the example": edgeWorker };
