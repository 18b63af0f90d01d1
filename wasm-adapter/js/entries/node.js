import { readFileSync } from "node:fs";

import { provide } from "./recorder.js";

const load = (name) => () => new WebAssembly.Module(readFileSync(new URL(name, import.meta.url)));
provide({ recorder: load("./xray-recorder.wasm"), redactor: load("./redactor.wasm") });

export { Recorder, aws, http, udp } from "./recorder.js";
