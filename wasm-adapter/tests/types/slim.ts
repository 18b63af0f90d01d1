// The entry for those who load the modules themselves.

import { Recorder, provide } from "xray-recorder/slim";
import type { Segment } from "xray-recorder/slim";

export async function load(recorder: ArrayBuffer, redactor: ArrayBuffer): Promise<Segment> {
  provide({ recorder: await WebAssembly.compile(recorder) });
  provide({ recorder: await WebAssembly.compile(recorder), redactor: await WebAssembly.compile(redactor) });
  // @ts-expect-error
  provide({ redactor: await WebAssembly.compile(redactor) });
  return new Recorder().segment("checkout");
}
