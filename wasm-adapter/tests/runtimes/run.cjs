// The suite in a runtime that requires.

const xray = require("xray-recorder");

const { env } = process;
import("./suite/index.mjs")
  .then(({ runAll }) => runAll({ xray, hasStorage: true, serverUrl: env.SERVER_URL, udp: env.UDP.split(",") }))
  .then((results) => console.log(`RESULTS ${JSON.stringify(results)}`));
