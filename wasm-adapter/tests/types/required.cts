// What CommonJS requires has the same types.

import xray = require("xray-recorder");

const recorder: xray.Recorder = new xray.Recorder({ transport: xray.http({ url: "https://relay.example.com/" }) });
const segment: xray.Segment = recorder.segment("checkout");
segment.end();
// @ts-expect-error
segment.end("now");
export = recorder;
