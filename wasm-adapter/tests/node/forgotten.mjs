// Entities that are forgotten before they end: their documents are given back, and they are counted. `node --expose-gc`.

import { Recorder } from "xray-recorder";

const recorder = new Recorder({ transport: { send() {} }, env: {}, maxOpenDocuments: 10 });

function forget() {
  for (let number = 0; number < 200; number += 1) {
    const segment = recorder.segment("forgotten");
    segment.subsegment("child").end();
  }
}

forget();
for (let turn = 0; turn < 200 && recorder.stats().open > 0; turn += 1) {
  globalThis.gc();
  await new Promise((resolve) => setImmediate(resolve));
}
const stats = recorder.stats();
const kept = recorder.segment("kept");
kept.subsegment("child").end();
const { datagrams } = recorder.stats();
kept.end();
const ok = stats.open === 0 && stats.dropped >= 200 && stats.begun === stats.sent + stats.dropped && recorder.stats().datagrams === datagrams + 1;
console.log(`RESULTS ${JSON.stringify([{ name: "entities that are forgotten are counted and freed", ok, error: JSON.stringify(stats) }])}`);
