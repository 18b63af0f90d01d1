// Entities that are forgotten before they end: their documents are given back, and they are counted. `node --expose-gc`.

import { Recorder } from "xray-recorder";

const recorder = new Recorder({ transport: { send() {} }, env: {}, maxOpenDocuments: 10 });

function forget() {
  for (let number = 0; number < 200; number += 1) {
    const segment = recorder.segment("forgotten");
    segment.subsegment("child").end();
  }
}

function forgetWithin(segment) {
  for (let number = 0; number < 10; number += 1) {
    segment.subsegment("child").subsegment("below").end();
    segment.subsegment("leaf");
  }
}

/** Collects until no more than so many are open. */
async function collect(open) {
  for (let turn = 0; turn < 200 && recorder.stats().open > open; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether there is a document for a segment: without one its subsegment is a datagram of its own. */
function hasDocument() {
  const { datagrams } = recorder.stats();
  const kept = recorder.segment("kept");
  kept.subsegment("child").end();
  kept.end();
  return recorder.stats().datagrams === datagrams + 1;
}

forget();
await collect(0);
const stats = recorder.stats();
const ok = stats.open === 0 && stats.dropped >= 200 && stats.begun === stats.sent + stats.dropped && hasDocument();

let live = recorder.segment("live");
forgetWithin(live);
// Those without a document are counted together with their trace.
await collect(11);
const within = recorder.stats();
const isFreed = within.open === 11 && hasDocument();
live.end();
live = undefined;
await collect(0);
const after = recorder.stats();
const isCounted = after.open === 0 && after.begun === after.sent + after.dropped;

console.log(`RESULTS ${JSON.stringify([
  { name: "entities that are forgotten are counted and freed", ok, error: JSON.stringify(stats) },
  { name: "those of a trace that goes on are freed, and counted with it", ok: isFreed && isCounted, error: JSON.stringify({ within, after }) },
])}`);
