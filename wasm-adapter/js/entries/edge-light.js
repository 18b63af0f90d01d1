import recorder from "./xray-recorder.wasm?module";
import redactor from "./redactor.wasm?module";
import { provide } from "./recorder.js";

provide({ recorder: () => recorder, redactor: () => redactor });

export { Recorder, aws, http, udp } from "./recorder.js";
