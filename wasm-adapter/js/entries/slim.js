import { provide as load } from "./recorder.js";

export function provide({ recorder, redactor }) {
  load({ recorder: () => recorder, redactor: () => redactor });
}

export { Recorder, aws, http, udp } from "./recorder.js";
