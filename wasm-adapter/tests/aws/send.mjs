// A trace by the `aws` transport, in more calls than one: `node send.mjs ENDPOINT`. Prints what was sent, and where it is.

import { Recorder, aws } from "xray-recorder";

const calls = [];
const transport = aws({
  region: "eu-central-1",
  credentials: { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" },
  endpoint: process.argv[2],
  fetch: (url, init) => {
    calls.push(JSON.parse(init.body).TraceSegmentDocuments);
    return fetch(url, init);
  },
});
const recorder = new Recorder({ transport, env: {}, embed: "never" });
const traceId = recorder.run("wide", (segment) => {
  segment.putAnnotation("tenant", "acme").putMetadata("text", "é漢😀\u2028\"\\");
  for (let number = 0; number < 120; number += 1) {
    segment.run(`child ${number}`, (child) => child.setNamespace("remote").putAnnotation("number", number));
  }
  return segment.traceId;
});
await recorder.flush();
const { lastError, ...stats } = recorder.stats();
const sizes = calls.map(({ length }) => length);
console.log(JSON.stringify({ traceId, documents: calls.flat(), calls: sizes, stats, lastError: String(lastError) }));
