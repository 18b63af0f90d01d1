export { provide } from "./modules.js";
export { Recorder } from "./recorder.js";
export { aws } from "./transports/aws.js";
export { http } from "./transports/http.js";
export { udp } from "./transports/udp.js";
