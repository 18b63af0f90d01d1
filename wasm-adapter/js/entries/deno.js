import source recorder from "./xray-recorder.wasm";
import source redactor from "./redactor.wasm";
import { provide } from "./recorder.js";

provide({ recorder: () => recorder, redactor: () => redactor });

export { Recorder, aws, http, udp } from "./recorder.js";
