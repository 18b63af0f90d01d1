// A trace by the package against the same document written by hand as an object, and by the official SDK, all in one
// process and in turns: `node speed.mjs FOLDER`, where the folder is one that has the official SDK in its `node_modules`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

import { Recorder } from "xray-recorder";

import { record, recordOfficially, write } from "./w2.mjs";

/**
 * Not what is measured on a quiet machine, which is 1.5 of the object in Node 22 and 24, and less than a fourth of the official
 * SDK; but what is held on one that does something else, where single runs were a fifth apart. The object is written by hand by
 * one who trusts every value: it has no limits, no redaction and no counts. Two fifths of a trace are the module's, a tenth what
 * crosses to it.
 */
const MOST_OF_OBJECT = 2;
const LEAST_OF_OFFICIAL = 3.2;

const WARM_UP = 10_000;
/** A block is long enough to have its share of what is collected. */
const ROUNDS = 60;
const TRACES = 500;

for (const name of Object.keys(process.env).filter((each) => each.startsWith("AWS_XRAY_"))) {
  delete process.env[name];
}

let last;
const recorder = new Recorder({ transport: { send: (datagram) => void (last = datagram) }, env: {} });
record(recorder);
const sdk = JSON.parse(Buffer.from(last).toString().split("\n")[1]).aws.xray;

const require = createRequire(join(process.argv[2], "package.json"));
const AWSXRay = require("aws-xray-sdk-core");
AWSXRay.SegmentUtils.setSDKData(sdk);
AWSXRay.SegmentUtils.setServiceData(undefined);
// The emitter formats and encodes as ever, and hands over the datagram.
const emitter = createRequire(require.resolve("aws-xray-sdk-core"))("./segment_emitter");
emitter.socket = { send: (datagram) => void (last = datagram) };

const writers = {
  package: () => record(recorder),
  object: () => void (last = write(sdk)),
  official: () => recordOfficially(AWSXRay),
};

/** The document of a datagram, and apart from it the ids and times in it, which are others each time. */
function read(datagram) {
  const apart = [];
  const document = JSON.parse(Buffer.from(datagram).toString().split("\n")[1], (key, value) => {
    if (!["trace_id", "id", "start_time", "end_time"].includes(key)) {
      return value;
    }
    apart.push(typeof value === "number" ? Math.abs(value - Date.now() / 1_000) < 60 : value.replace(/[0-9a-f]/g, "0"));
    return undefined;
  });
  return { document, apart: apart.sort() };
}

let expected;
for (const [name, writes] of Object.entries(writers)) {
  writes();
  const found = read(last);
  assert.equal(found.apart.length, 1 + 11 + 22, name);
  expected ??= found;
  assert.deepEqual(found, expected, name);
}

const times = Object.fromEntries(Object.keys(writers).map((name) => [name, []]));
for (let trace = 0; trace < WARM_UP; trace += 1) {
  Object.values(writers).forEach((writes) => writes());
}
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, writes] of Object.entries(writers)) {
    const before = performance.now();
    for (let trace = 0; trace < TRACES; trace += 1) {
      writes();
    }
    times[name].push(((performance.now() - before) * 1e6) / TRACES);
  }
}

const median = (list) => [...list].sort((one, other) => one - other)[list.length >> 1];
/** Of the two in one round, as what else the machine does changes from round to round. */
const ratio = (one, other) => median(times[one].map((time, round) => time / times[other][round]));
const [own, official] = [ratio("package", "object"), ratio("official", "package")];
for (const [name, list] of Object.entries(times)) {
  console.log(`${name}: ${Math.round(median(list))} ns a trace, ${Math.round(Math.min(...list))} at least`);
}
const said = `Node ${process.version}: package / object ${own.toFixed(2)}, official / package ${official.toFixed(1)}`;
console.log(said);
const ok = own <= MOST_OF_OBJECT && official >= LEAST_OF_OFFICIAL;
console.log(`RESULTS ${JSON.stringify([{ name: "a trace costs little more than its document written by hand", ok, error: said }])}`);
