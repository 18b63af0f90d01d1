// Segments that are not of this program.

import { Segment } from "./entity.js";

/** The segment of somebody else, which is not written to. */
export class Facade extends Segment {
  constructor(recorder, trace, low, high, header) {
    super(recorder, null, trace, "facade", 0);
    this.$low = low;
    this.$high = high;
    trace.$came = header;
    trace.$root = this;
    // Nothing is embedded in it.
    this.isOpen = false;
  }

  $say() {
    return this;
  }

  traceHeader() {
    return this.$trace.$came;
  }

  end() {}
}

/** Who called: an id, and nobody here. */
export class Caller {
  $place = 0;
  $told = "";
  isOpen = false;

  constructor(low, high) {
    this.$low = low;
    this.$high = high;
  }
}
