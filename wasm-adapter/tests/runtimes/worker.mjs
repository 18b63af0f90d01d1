// The suite in a worker: what a request to it answers.

import * as xray from "xray-recorder";
import { runAll } from "./suite/index.mjs";

async function respond(request) {
  const { searchParams } = new URL(request.url);
  const results = await runAll({
    xray,
    hasStorage: searchParams.get("storage") === "1",
    serverUrl: searchParams.get("server") ?? undefined,
    udp: undefined,
  });
  return Response.json(results);
}

export default { fetch: respond };

if (typeof globalThis.addEventListener === "function" && globalThis.EdgeRuntime !== undefined) {
  addEventListener("fetch", (event) => event.respondWith(respond(event.request)));
}
