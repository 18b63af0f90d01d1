// Starts the receiver of traces, the service of prices, and the shop in a runtime: `node local/start.js workerd|deno|bun`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers/promises";

import { prices } from "./prices.js";
import { receiver } from "./receiver.js";
import { waterfall } from "./waterfall.js";

const PORT = process.env.PORT ?? "8787";
const { url: TRACES, udp } = await receiver((document) => console.log(`\n${waterfall(document)}`));
const PRICES = await prices();

const VARIABLES = ["--var", `TRACES:${TRACES}`, `PRICES:${PRICES}`];
const RUNTIMES = {
  workerd: ["wrangler", "dev", "--ip=127.0.0.1", `--port=${PORT}`, "--inspector-port=0", ...VARIABLES],
  deno: ["deno", "serve", "--host=127.0.0.1", `--port=${PORT}`, "--allow-net=127.0.0.1", "--allow-env", "src/server.js"],
  bun: ["bun", "run", "src/server.js"],
};
// Wrangler stays on this machine: it asks for no newer one, for no place of the machine, and says nothing of its use.
const OFFLINE = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };

const [program, ...args] = RUNTIMES[process.argv[2]];
const env = { ...process.env, ...OFFLINE, PORT, PRICES, AWS_XRAY_DAEMON_ADDRESS: udp };
const runtime = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"] });
runtime.once("error", ({ message }) => console.error(`${program} does not start: ${message}`));
runtime.once("close", (code) => process.exit(code ?? 0));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => runtime.kill(signal));
}

/** Whether somebody listens there by now. */
async function listens() {
  const socket = connect(Number(PORT), "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
while (!(await listens())) {
  await setTimeout(50);
}
console.log(`the shop is open: curl http://127.0.0.1:${PORT}/order/tea http://127.0.0.1:${PORT}/order/shoes`);
