// The shop as a server in Deno (`deno serve`) and Bun (`bun run`), which take what is exported.

import process from "node:process";
import { Recorder, udp } from "xray-recorder";

import { shop } from "./shop.js";

const { PRICES, PORT } = process.env;
// To AWS_XRAY_DAEMON_ADDRESS.
const recorder = new Recorder({ service: "shop", transport: udp() });

export default { hostname: "127.0.0.1", port: Number(PORT), fetch: shop(recorder, PRICES) };
