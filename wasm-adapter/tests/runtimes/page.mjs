// The suite in a page, which keeps the results where the test asks for them.

import * as xray from "xray-recorder";
import { runAll } from "./suite/index.mjs";

const STATEMENT = "SELECT 'secret'";

/** The statement as it is recorded now. */
function recorded() {
  let datagram = "";
  const transport = { send: (bytes) => void (datagram = new TextDecoder().decode(bytes)) };
  new xray.Recorder({ transport }).run("page", (segment) => segment.run("db", (call) => call.setSql({ query: STATEMENT })));
  return JSON.parse(datagram.split("\n")[1]).subsegments[0].sql.sanitized_query;
}

/** The entry of a page does not wait for what redacts, until which nothing of a statement that has literals is shown. */
async function redactorLoaded() {
  const seen = new Set();
  while (!seen.has("SELECT ?")) {
    seen.add(recorded());
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  seen.delete("?");
  const ok = seen.size === 1;
  return { name: "nothing of a statement is shown before it can be redacted", ok, error: [...seen].join() };
}

const { searchParams } = new URL(location.href);
const redactor = await redactorLoaded();
const results = await runAll({ xray, hasStorage: false, serverUrl: searchParams.get("server"), udp: undefined });
globalThis.results = [redactor, ...results];
