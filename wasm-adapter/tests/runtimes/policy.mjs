// What becomes of a program in a page whose policy forbids WebAssembly.

import { Recorder } from "xray-recorder";

const warnings = [];
console.warn = (warning) => warnings.push(warning);
const sent = [];
const recorder = new Recorder({ transport: { send: (bytes) => void sent.push(bytes) } });
const answers = [1, 2].map((number) =>
  recorder.run("visit", (segment) => {
    segment.putAnnotation("number", number).subsegment("below").end();
    return number;
  }),
);
const found = JSON.stringify([answers, sent.length, recorder.isEnabled, warnings]);
const expected = JSON.stringify([[1, 2], 0, false, ["xray-recorder: nothing is recorded: the module could not be loaded"]]);
globalThis.results = [{ name: "nothing is recorded, and the page goes on", ok: found === expected, error: found }];
