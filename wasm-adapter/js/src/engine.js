// The module: its memory, its documents, and what crosses to it.

import { DEFAULT, MOST_LABELS, before, isAscii, labels, numbered, screened, spelled, text } from "./protocol.js";

// Steps of a call, and where things stand in memory: those of `exports.rs` and `state.rs`.
const BEGIN = 1;
const END = 2;
const ASCII_ONLY = 4;
const SHOW = 8;
const IDENTIFY = 16;
const FRAME = 72;
const INPUT = 16_384;
const OUTPUT = 512;

const encoder = new TextEncoder();

export const bytesOf = (words) => encoder.encode(words).length;

/** One module for all that a recorder records. */
export class Engine {
  #module;
  #host;
  #exports;
  #state;
  #bytes = new Uint8Array(0);
  #input;
  #words;
  #floats;
  #free = [];
  #places = 0;
  #ceiling;
  #capacity;
  #labels = 0;
  /** Labels in their order, which a new instance has to be told, and what outlives entities with documents, by their numbers. */
  #made = [];
  #documents = [];
  /** A datagram of the last call, which is given away when all else is done: who takes it may come back. */
  #given;
  #isBroken = false;
  #named = new Map();

  /**
   * @param {WebAssembly.Module} module
   * @param {{ give: (datagram: Uint8Array, entities: number, cut: number, refused: number) => void,
   *   lose: (entities: number) => void, forgotten: FinalizationRegistry<object> | undefined, embed: number, ceiling: number,
   *   capacity: number, rules: object[] }} host
   */
  constructor(module, host) {
    this.#module = module;
    this.#host = host;
    this.#ceiling = host.ceiling;
    this.#capacity = host.capacity;
    this.#instantiate();
    for (const made of labels) {
      this.#known(made);
    }
  }

  #instantiate() {
    const send = (address, size, entities, cut, refused) => {
      this.#view();
      this.#given = { datagram: this.#bytes.slice(address, address + size), entities, cut, refused };
    };
    this.#exports = new WebAssembly.Instance(this.#module, { host: { send } }).exports;
    this.#state = this.#exports.state();
    this.#bytes = new Uint8Array(0);
    this.#exports.embed(this.#host.embed);
    this.#isBroken = false;
    this.#view();
    for (const made of this.#made) {
      this.#exports.label(this.#put(made));
    }
    this.full = false;
    for (const rule of this.#host.rules) {
      this.full ||= !this.#rule(rule);
    }
  }

  /** A call that was broken off, as by the end of the stack, leaves an instance of which nothing is known. */
  #mend() {
    for (const held of this.#documents.filter((each) => each !== null)) {
      this.#host.lose(held.$entities - 1);
      held.$trace.$pending -= held.$entities - 1;
      held.$place = 0;
      held.$entities = 1;
    }
    this.#documents = [];
    this.#free = [];
    this.#places = 0;
    this.#instantiate();
  }

  #run(steps, place, length) {
    try {
      return this.#exports.run(steps, place, length);
    } catch {
      this.#isBroken = true;
      this.#given = undefined;
      return 0;
    }
  }

  /** Gives the datagram of the last call away. */
  #deliver() {
    const given = this.#given;
    if (given !== undefined) {
      this.#given = undefined;
      this.#host.give(given);
    }
  }

  /** Puts words where the module reads them, and gives their bytes. */
  #put(words) {
    return encoder.encodeInto(words, this.#input).written;
  }

  /** Memory that grew has another buffer. */
  #view() {
    if (this.#isBroken) {
      this.#mend();
    }
    if (this.#bytes.length > 0) {
      return;
    }
    const { buffer } = this.#exports.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#input = new Uint8Array(buffer, this.#state + FRAME, INPUT);
    // With a sign, as engines have no other whole numbers without an object for each.
    this.#words = new Int32Array(buffer, this.#state, FRAME / 4);
    this.#words[17] = this.#capacity;
    this.#floats = new Float64Array(buffer, this.#state, 2);
  }

  #known(made) {
    this.#view();
    if (this.#labels === MOST_LABELS) {
      return spelled(made);
    }
    if (this.#exports.label(this.#put(made)) !== 1) {
      return spelled(made);
    }
    this.#made.push(made);
    return numbered(this.#labels++);
  }

  /** The words for a key of a program's own, of an annotation or metadata: most are the same each time. */
  named(key) {
    const known = this.#named;
    const found = known.get(key);
    if (found !== undefined) {
      return found;
    }
    const made = `${JSON.stringify(key)}:`;
    const isKept = known.size < 256 && key.length <= 64;
    const words = isKept ? this.#known(made) : spelled(made);
    const named = {
      $words: words,
      $text: before(`P${words}A`),
      $json: before(`P${words}J`),
      $metadata: before(`m${DEFAULT}${words}S`),
    };
    if (isKept) {
      known.set(key, named);
    }
    return named;
  }

  /** Where the module looks for whose entity it is. */
  #context(entity) {
    const words = this.#words;
    const { $trace: trace, $parent: parent } = entity;
    words[4] = trace.a;
    words[5] = trace.b;
    words[6] = trace.c;
    words[7] = trace.epoch;
    words[8] = trace.seedLow;
    words[9] = trace.seedHigh;
    words[10] = entity.$low;
    words[11] = entity.$high;
    words[12] = parent === null ? 0 : parent.$low;
    words[13] = parent === null ? 0 : parent.$high;
    words[14] = entity.$numberLow;
    words[15] = entity.$numberHigh;
  }

  /** Carries what an entity has collected to its document, and out what else of its life `steps` says. */
  #carry(entity, steps, at) {
    this.#view();
    let told = entity.$told;
    if (steps & BEGIN) {
      this.#floats[0] = entity.$start;
      this.#context(entity);
      told = text(entity.$name) + told;
    }
    if (steps & END) {
      this.#floats[1] = at;
      this.#words[16] = entity.$parent === null ? 0 : entity.$parent.$place;
    }
    let written = this.#put(told);
    if (written !== told.length && steps & BEGIN && !isAscii(entity.$name)) {
      told = text(screened(entity.$name)) + entity.$told;
      written = this.#put(told);
    }
    entity.$told = "";
    const done = this.#run(written === told.length ? steps | ASCII_ONLY : steps, entity.$place, written);
    this.#view();
    return done === 1;
  }

  /** Begins the document of its own that others are embedded in; where there is none, they are sent by themselves. */
  #open(entity) {
    if (entity.$place !== 0 || !entity.isOpen) {
      return;
    }
    this.identify(entity);
    const place = this.#free.pop() ?? (this.#places < this.#ceiling ? (this.#places += 1) : 0);
    if (place === 0) {
      return;
    }
    const { $trace: trace } = entity;
    const held = (entity.$held ??= { $place: 0, $entities: 1, $isWatched: false, $trace: trace.$held });
    held.$place = place;
    this.#documents[place] = held;
    if (trace.$root !== entity) {
      // It may be forgotten before all of its trace is.
      held.$isWatched = true;
      this.#host.forgotten?.register(entity, held, held);
    }
    if (!this.#carry(entity, BEGIN, 0)) {
      this.release(held);
    }
  }

  /** Brings an entity's document up to date, where it has one or is to have one. */
  settle(entity) {
    this.#view();
    this.#open(entity);
    if (entity.$place !== 0 && entity.$told !== "") {
      this.#carry(entity, 0, 0);
    }
  }

  /** Sends an open entity as it stands, and says whether there is a document of it. */
  show(entity) {
    this.settle(entity);
    const done = entity.$place !== 0 && this.#run(SHOW, entity.$place, 0) === 1;
    this.#deliver();
    return done;
  }

  /** Ends an entity, and says whether its document could be had. */
  end(entity, at) {
    this.#view();
    const { $parent: parent } = entity;
    if (parent !== null) {
      // What was said of the parent stands before what is embedded in it.
      this.settle(parent);
    }
    this.identify(parent);
    const done = this.#carry(entity, entity.$place === 0 ? BEGIN | END : END, at);
    const isSent = this.#given !== undefined;
    if (entity.$held !== null) {
      this.release(entity.$held);
    }
    if (done && !isSent && parent !== null) {
      parent.$held.$entities += entity.$entities;
    } else {
      entity.$trace.$held.$pending -= entity.$entities;
    }
    this.#deliver();
    return done || isSent;
  }

  /** Gives the place of an entity back. */
  release(held) {
    if (held.$place !== 0) {
      this.#free.push(held.$place);
      this.#documents[held.$place] = null;
      held.$place = 0;
      if (held.$isWatched) {
        this.#host.forgotten?.unregister(held);
      }
    }
  }

  /** The same for all of a trace. */
  releaseAll(trace) {
    for (const held of this.#documents) {
      if (held?.$trace === trace) {
        this.release(held);
      }
    }
  }

  /** Makes the id of an entity, if there is none yet. */
  identify(entity) {
    if (entity === null || (entity.$low | entity.$high) !== 0) {
      return;
    }
    this.identify(entity.$parent);
    this.#view();
    this.#context(entity);
    this.#run(IDENTIFY, 0, 0);
    entity.$low = this.#words[10];
    entity.$high = this.#words[11];
  }

  /** What headers say: the decision (0 no, 1 yes, 2 open), the trace and the parent. */
  read(header, traceparent) {
    this.#view();
    const decision = this.#exports.header(0, this.#put(text(header.slice(0, 1_000)) + text(traceparent.slice(0, 100))));
    const w = this.#words;
    const trace = (w[4] | w[5] | w[6] | w[7]) === 0 ? null : new Trace(w[4], w[5], w[6], w[7]);
    return { decision, trace, low: w[12], high: w[13] };
  }

  /** The header of an entity, with the data of the one that came in; or `w3c`. */
  write(entity, came) {
    this.identify(entity);
    this.#view();
    this.#context(entity);
    const length = this.#exports.header(1, this.#put(text(came.slice(0, 1_000))));
    const output = this.#state + FRAME + INPUT;
    return length < 0 || length > OUTPUT ? "" : String.fromCharCode(...this.#bytes.subarray(output, output + length));
  }

  /** Takes a rule, and says whether there was room for it. */
  #rule({ host, method, path, fixedTarget, billionths }) {
    return this.#exports.rule(this.#put(text(host) + text(method) + text(path)), fixedTarget, billionths) === 1;
  }

  sample(host, method, path, now, low, high) {
    this.#view();
    this.#floats[0] = now;
    this.#words[8] = low;
    this.#words[9] = high;
    return this.#exports.sample(this.#put(text(host) + text(method) + text(path))) === 1;
  }
}

export class Trace {
  /** Words of the id, the least significant first; the last one is the time. */
  constructor(a, b, c, epoch) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.epoch = epoch;
    this.seedLow = 0;
    this.seedHigh = 0;
    this.isW3c = false;
    /** The header that the request came with, for its data. */
    this.$came = "";
    this.$root = null;
    /** What outlives it, should all of its entities be forgotten: how many are open, and how many are not sent. */
    this.$held = { $open: 0, $pending: 0 };
  }
}

const digits = (word) => (word >>> 0).toString(16).padStart(8, "0");

export const idText = (high, low) => digits(high) + digits(low);
export const traceText = ({ a, b, c, epoch }) => `1-${digits(epoch)}-${digits(c)}${digits(b)}${digits(a)}`;
