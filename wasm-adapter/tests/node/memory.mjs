// Memory stays flat over a million traces, and the module's begins small: `node --expose-gc`.

import { Recorder } from "xray-recorder";

const recorder = new Recorder({ transport: { send() {} }, env: {} });

function traces(count) {
  for (let number = 0; number < count; number += 1) {
    const segment = recorder.segment("checkout");
    segment.putAnnotation("tenant", "acme");
    segment.subsegment("db").end();
    segment.end();
  }
}

async function collected() {
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage();
}

traces(100_000);
const before = await collected();
traces(900_000);
const after = await collected();
const grown = after.heapUsed + after.arrayBuffers + after.external - before.heapUsed - before.arrayBuffers - before.external;
console.log(
  `RESULTS ${JSON.stringify([{ name: "memory is flat over a million traces", ok: grown < 500_000, error: `${grown} bytes more` }])}`,
);
