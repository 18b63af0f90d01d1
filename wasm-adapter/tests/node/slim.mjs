// The entry for those who bring the modules.

import { readFileSync } from "node:fs";

import { Recorder, provide } from "xray-recorder/slim";

const sent = [];
const recorder = new Recorder({ transport: { send: (bytes) => void sent.push(bytes) }, env: {} });
const warnings = [];
console.warn = (warning) => warnings.push(warning);
const record = () => {
  const segment = recorder.segment("checkout");
  segment.subsegment("db").setSql({ query: "SELECT 'secret'" }).end();
  segment.end();
  return segment.isSampled;
};
const before = [record(), record(), warnings.length, sent.length];

const module = (name) => new WebAssembly.Module(readFileSync(new URL(import.meta.resolve(`xray-recorder/${name}.wasm`))));
provide({ recorder: module("xray-recorder"), redactor: module("redactor") });
recorder.setEnabled(true);
const after = [record(), sent.length, new TextDecoder().decode(sent[0]).includes('"sanitized_query":"SELECT ?"')];

const pages = ["xray-recorder", "redactor"].map((name) => {
  const { memory } = new WebAssembly.Instance(module(name), { host: { send() {} } }).exports;
  return memory.buffer.byteLength / 65_536;
});
const small = { name: "memory begins with two pages or less", ok: pages.every((count) => count <= 2), error: pages.join() };

const ok = JSON.stringify([before, after]) === JSON.stringify([[false, false, 1, 0], [true, 1, true]]);
const told = { name: "without modules nothing is recorded, which is told once", ok, error: JSON.stringify([before, after]) };
console.log(`RESULTS ${JSON.stringify([told, small])}`);
