// The suite in a runtime that imports: its results as a line of JSON.

import * as xray from "xray-recorder";
import { runAll } from "./suite/index.mjs";

const env = globalThis.process.env;
const results = await runAll({ xray, hasStorage: true, serverUrl: env.SERVER_URL, udp: env.UDP.split(",") });
console.log(`RESULTS ${JSON.stringify(results)}`);
