import { provide } from "./recorder.js";

// Where it cannot be had nothing is recorded, and the page goes on.
const load = (name) => WebAssembly.compileStreaming(fetch(new URL(name, import.meta.url))).catch(() => undefined);
const recorder = await load("./xray-recorder.wasm");
// It is there before somebody needs it, and nobody waits for it.
let redactor;
load("./redactor.wasm").then((module) => (redactor = module));
provide({ recorder: () => recorder, redactor: () => redactor });

export { Recorder, aws, http, udp } from "./recorder.js";
