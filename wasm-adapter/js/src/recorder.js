// The recorder: what begins, what ends, and what became of it.

import { read } from "./blocks.js";
import { storage } from "./context.js";
import { Engine, Trace, idText } from "./engine.js";
import { Segment, Subsegment, Unrecorded, asks } from "./entity.js";
import { STRATEGIES, readEnvironment } from "./environment.js";
import { tracedFetch } from "./fetch.js";
import { tracedHandler } from "./handler.js";
import { loaded } from "./modules.js";
import { label, text } from "./protocol.js";
import { Redactor } from "./redactor.js";
import { parseRules } from "./rules.js";
import { udp } from "./transports/udp.js";

const VERSION = "0.1.0";

const NOTHING = {};
const SDK = { xray: { sdk: "X-Ray for JavaScript and WebAssembly", sdkVersion: VERSION } };

/** Bytes of a document: of the longest, and of one with room for a name and what cannot be left out. */
const MOST_BYTES = 16_384;
const LEAST_BYTES = 512;

/** Of a name, more than its limit leaves is not carried over. */
const MOST_OF_NAME = 250;

/** The module's way to say that what fits is embedded. */
const IF_FITS = 0xffff_ffff;

// Words of an exception, in the order of its members.
const EXCEPTION = "S\x7f\0O";
const EXCEPTION_ID = `s${label("id")}`;
const TYPE = `t${label("type")}`;
const REMOTE = `j${label("remote")}${text("true")}`;
const CAUSED_BY = `s${label("cause")}`;
const STACK = `l${label("stack")}`;
const PATH = `t${label("path")}`;
const LINE = `j${label("line")}`;
const LABEL = `t${label("label")}`;
const TRUNCATED = `j${label("truncated")}`;
const MESSAGE = `m${label("message")}`;

/** Datagrams that a transport may take its time with. */
const MOST_PENDING = 10_000;

/** Milliseconds that the answer of a Lambda function waits for what it recorded. */
const LAMBDA_PATIENCE = 2_000;

/** Random words are drawn for several segments at once, and not before the first. */
const DRAWN = 128;

export class Recorder {
  #options;
  #embed;
  #transport;
  #engine;
  #rules;
  #storage;
  #environment;
  #configured;
  #enabled;
  #now;
  #isCoarse;
  #fill;
  #random = new Uint32Array(DRAWN);
  #drawn = DRAWN;
  #childLow = 0;
  #childHigh = 0;
  #open = 0;
  #forgotten;
  #pending = new Set();
  #flushing = new Set();
  #told = false;
  #isLate = false;
  #stats = { begun: 0, sent: 0, failed: 0, dropped: 0, queued: 0, datagrams: 0, bytes: 0, cut: 0, refused: 0, lastError: undefined };
  #redactor = new Redactor(() => loaded().redactor?.());
  /** What was thrown and recorded, so that it is known when it is seen again. */
  $errors = errorMap();

  constructor(options = {}) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError("the options of a recorder are an object");
    }
    const { transport, sampling = true, contextMissing, embed, fetch = {}, env, maxOpenDocuments = 1_024, maxDocumentBytes = MOST_BYTES } = options;
    for (const name of ["now", "random"]) {
      if (options[name] !== undefined && typeof options[name] !== "function") {
        throw new TypeError(`${name} is a function`);
      }
    }
    if (typeof fetch !== "object" || fetch === null || !Array.isArray(fetch.ignore ?? [])) {
      throw new TypeError("fetch has options, and in \"ignore\" a list");
    }
    if (typeof sampling !== "boolean" && typeof sampling !== "string" && (typeof sampling !== "object" || sampling === null)) {
      throw new TypeError("sampling is true, false or a document of rules");
    }
    if (transport !== undefined && typeof transport?.send !== "function") {
      throw new TypeError("a transport is an object with a function `send`");
    }
    if (contextMissing !== undefined && !STRATEGIES.includes(contextMissing)) {
      throw new TypeError(`contextMissing is one of ${STRATEGIES.join(", ")}`);
    }
    if (embed !== undefined && embed !== "if-fits" && embed !== "never" && !(Number.isSafeInteger(embed) && embed >= 0 && embed < IF_FITS)) {
      throw new TypeError('embed is "if-fits", "never" or a number');
    }
    if (!Number.isSafeInteger(maxOpenDocuments) || maxOpenDocuments < 0) {
      throw new TypeError("maxOpenDocuments is a number from 0 on");
    }
    if (!Number.isSafeInteger(maxDocumentBytes) || maxDocumentBytes < LEAST_BYTES || maxDocumentBytes > MOST_BYTES) {
      throw new TypeError(`maxDocumentBytes is a number from ${LEAST_BYTES} to ${MOST_BYTES}`);
    }
    this.#rules = typeof sampling === "boolean" ? sampling : parseRules(sampling);
    this.#options = { ...options, maxOpenDocuments, maxDocumentBytes };
    this.#embed = embed;
    this.#transport = transport;
    this.#now = options.now ?? clock();
    this.#isCoarse = coarse && options.now === undefined;
    this.#fill = options.random ?? ((words) => crypto.getRandomValues(words));
    this.#forgotten =
      globalThis.FinalizationRegistry === undefined ? undefined : new FinalizationRegistry((held) => this.#forget(held));
    this.#storage = storage(options.asyncLocalStorage);
    this.$fetch = fetch;
    /** What segments say of who made them. */
    this.$sdk = options.describeSdk === false ? NOTHING : SDK;
    this.#configured = env !== undefined;
    this.#apply(readEnvironment(env));
    /** The global `fetch`, each call of which is a subsegment of the current entity. */
    this.fetch = tracedFetch(() => this.current(), fetch);
  }

  #apply(environment) {
    this.#environment = environment;
    // In Lambda a process is frozen as soon as it has answered.
    this.#embed ??= environment.isLambda ? "never" : "if-fits";
    this.#enabled = environment.enabled ?? this.#options.enabled ?? true;
  }

  configure(env) {
    if (!this.#configured && typeof env === "object" && env !== null) {
      this.#configured = true;
      const own = readEnvironment(env);
      const before = this.#environment;
      const enabled = own.enabled ?? this.#enabled;
      this.#apply({ ...before, enabled: own.enabled ?? before.enabled, name: own.name ?? before.name, missing: own.missing ?? before.missing });
      this.#enabled = enabled;
    }
  }

  get service() {
    return this.#environment.name ?? this.#options.service;
  }

  get isEnabled() {
    return this.#enabled;
  }

  setEnabled(enabled) {
    if (this.#environment.enabled === undefined) {
      this.#enabled = Boolean(enabled);
    }
    return this.#enabled;
  }

  /** Whether it is enabled, and there is a module: there is none where a page forbids it, or Node runs without a compiler. */
  #records() {
    if (this.#enabled && this.#engine === undefined) {
      try {
        this.#engine = this.#start();
      } catch (error) {
        this.#enabled = false;
        this.#stats.lastError = error;
        this.#warn(`nothing is recorded: ${error?.message}`);
      }
    }
    return this.#enabled;
  }

  get $engine() {
    return this.#engine;
  }

  get $redactor() {
    return this.#redactor;
  }

  #start() {
    const module = loaded().recorder();
    if (module === undefined) {
      throw new Error("the module could not be loaded");
    }
    const engine = new Engine(module, {
      give: (given) => this.#give(given),
      lose: (entities) => (this.#stats.dropped += entities),
      embed: typeof this.#embed === "number" ? this.#embed : this.#embed === "never" ? 0 : IF_FITS,
      ceiling: this.#options.maxOpenDocuments,
      capacity: this.#options.maxDocumentBytes,
      rules: Array.isArray(this.#rules) ? this.#rules : [],
    });
    if (engine.full) {
      this.#warn("there is no room for all sampling rules: 31, whose patterns take 2,048 bytes");
    }
    return engine;
  }

  #warn(message) {
    if (!this.#told) {
      this.#told = true;
      try {
        globalThis.console?.warn(`xray-recorder: ${message}`);
      } catch {
        // Somebody's own console.
      }
    }
  }

  /** Hands a datagram to the transport, which keeps what becomes of it to itself. */
  #give({ datagram, entities, cut, refused }) {
    const stats = this.#stats;
    stats.datagrams += 1;
    stats.bytes += datagram.length;
    stats.cut += cut;
    stats.refused += refused;
    const fails = (error) => {
      stats.failed += entities;
      stats.lastError = error;
    };
    let sending;
    try {
      if (this.#pending.size >= MOST_PENDING) {
        throw new Error(`${MOST_PENDING} datagrams wait for the transport`);
      }
      sending = this.#sender().send(datagram);
      if (typeof sending?.then !== "function") {
        stats.sent += entities;
        return;
      }
    } catch (error) {
      fails(error);
      if (this.#transport === undefined) {
        this.#warn(`nothing is sent: ${error?.message}`);
      }
      return;
    }
    stats.queued += entities;
    const settled = Promise.resolve(sending).then(
      () => (stats.sent += entities),
      fails,
    );
    const done = settled.then(() => {
      stats.queued -= entities;
      this.#pending.delete(done);
    });
    this.#pending.add(done);
  }

  #sender() {
    this.#transport ??= udp({ address: this.#environment.daemon });
    return this.#transport;
  }

  /** Where so many random words are. */
  #draw(count) {
    if (this.#drawn + count > DRAWN) {
      try {
        this.#fill(this.#random);
      } catch (error) {
        this.#stats.lastError = error;
        crypto.getRandomValues(this.#random);
      }
      this.#drawn = 0;
    }
    this.#drawn += count;
    return this.#drawn - count;
  }

  #word() {
    return this.#random[this.#draw(1)];
  }

  #time(given) {
    if (typeof given === "number" && given >= 0 && given < 8.64e15) {
      return Math.floor(given * 1_000);
    }
    let now;
    try {
      now = this.#now();
    } catch (error) {
      this.#stats.lastError = error;
    }
    return Number.isFinite(now) ? now : Date.now() * 1_000;
  }

  segment(name, options) {
    const said = typeof options === "object" && options !== null ? options : {};
    const header = textOf(said, "header");
    const traceparent = textOf(said, "traceparent");
    const shown = nameOf(name);
    if (!this.#records()) {
      return new Unrecorded(this, shown, header, traceparent);
    }
    const { $engine: engine } = this;
    const came = header === "" && traceparent === "" ? { decision: 2, trace: null, low: 0, high: 0 } : engine.read(header, traceparent);
    if (!this.#decides(came.decision, said)) {
      return new Unrecorded(this, shown, unsampled(header, traceparent), traceparent.replace(/-[0-9a-f]{2}$/, "-00"), asks(header));
    }
    const start = this.#time(read(said, "startTime"));
    // Eight words, each for what the core takes it for.
    const drawn = this.#draw(8);
    const words = this.#random;
    const trace = came.trace ?? new Trace(words[drawn + 2], words[drawn + 1], words[drawn], Math.floor(start / 1e6));
    trace.seedLow = words[drawn + 6];
    trace.seedHigh = words[drawn + 7];
    const segment = new Segment(this, null, trace, shown, start);
    // An id of zero is none.
    segment.$low = words[drawn + 4] || 1;
    segment.$high = words[drawn + 5];
    segment.$came = header;
    segment.isW3c = traceparent !== "";
    // Whoever called is no entity of this program, and has an id all the same.
    segment.$parent = came.low + came.high === 0 ? null : new Caller(came.low, came.high);
    this.#begun(segment);
    if (this.$sdk !== NOTHING) {
      segment.setAws(this.$sdk);
    }
    return segment;
  }

  #decides(decision, said) {
    if (decision !== 2) {
      return decision === 1;
    }
    const sampled = read(said, "sampled");
    if (typeof sampled === "boolean") {
      return sampled;
    }
    if (typeof this.#rules === "boolean") {
      return this.#rules;
    }
    const request = read(said, "request");
    const asked = typeof request === "object" && request !== null ? request : {};
    const [host, method, path] = ["host", "method", "path"].map((property) => textOf(asked, property).slice(0, 2_000).toLowerCase());
    return this.$engine.sample(host, method, path, this.#time(), this.#word(), this.#word());
  }

  #begun(entity) {
    this.#stats.begun += 1;
    this.#open += 1;
    this.#forgotten?.register(entity, entity.$held, entity);
  }

  /** An entity was forgotten before it ended, so that it never will. */
  #forget(held) {
    this.#open -= 1;
    this.#stats.dropped += held.$entities;
    this.$engine.release(held);
  }

  $child(parent, name, options) {
    if (this.#childLow + this.#childHigh === 0) {
      // Of 63 bits, with room to count on.
      const low = this.#word();
      const high = this.#word();
      this.#childLow = ((high << 30) | (low >>> 2)) >>> 0;
      this.#childHigh = high >>> 2;
    }
    this.#childLow = (this.#childLow + 1) >>> 0;
    if (this.#childLow === 0) {
      this.#childHigh += 1;
    }
    const start = typeof options === "object" && options !== null ? read(options, "startTime") : undefined;
    const child = new Subsegment(this, parent, parent.$trace, nameOf(name), this.#time(start));
    child.$numberLow = this.#childLow;
    child.$numberHigh = this.#childHigh;
    this.#begun(child);
    const { $last: last } = parent;
    if (this.#isCoarse && last !== null && last.end === child.$start) {
      // The clock cannot tell which came first.
      child.addPrecursor(last.id);
    }
    return child;
  }

  /** Ends an entity. Nothing comes out of it but a count. */
  $end(entity, endTime) {
    if (!entity.isOpen) {
      return;
    }
    this.#open -= 1;
    this.#forgotten?.unregister(entity);
    const { $parent: parent } = entity;
    try {
      const at = this.#time(endTime);
      if (this.#isCoarse && entity instanceof Segment) {
        entity.putMetadata("clock", "stands still between I/O", "xray-recorder");
      }
      entity.isOpen = false;
      if (!this.$engine.end(entity, at)) {
        this.#stats.dropped += entity.$held.$entities;
      }
      if (this.#isCoarse && parent?.isOpen) {
        parent.$last = { id: idText(entity.$high, entity.$low), end: at };
      }
    } catch (error) {
      entity.isOpen = false;
      this.#stats.dropped += entity.$held.$entities;
      this.#stats.lastError = error;
      this.$engine.release(entity.$held);
    }
    const { $root: root } = entity;
    if (root === entity) {
      this.#flushTransport();
    } else if (!root.isOpen && !(root instanceof Facade) && !this.#isLate) {
      // What ends later than its segment goes with what else ends in this turn.
      this.#isLate = true;
      queueMicrotask(() => {
        this.#isLate = false;
        this.#flushTransport();
      });
    }
  }

  $refuse() {
    this.#stats.refused += 1;
  }

  /** Tells of an exception and its causes, the innermost first; gives the id of the outermost. */
  $tellExceptions(entity, chain, remote) {
    let cause = "";
    for (const { type, message, frames, truncated } of chain.reverse()) {
      const id = idText(this.#word(), this.#word() || 1);
      let all = `${EXCEPTION}${EXCEPTION_ID}${text(id)}${TYPE}${text(type.slice(0, 500))}`;
      if (remote) {
        all += REMOTE;
      }
      if (cause !== "") {
        all += CAUSED_BY + text(cause);
      }
      if (frames.length > 0) {
        all += STACK;
        for (const frame of frames) {
          all += `O${PATH}${text(frame.path.slice(-150))}${LINE}${text(String(frame.line))}${LABEL}${text(frame.label.slice(0, 150))}X`;
        }
        all += "Y";
      }
      if (truncated > 0) {
        all += TRUNCATED + text(String(truncated));
      }
      // The message takes the room that is left.
      all += `${MESSAGE}${text(message.slice(0, 1_000))}X`;
      entity.$say(all);
      cause = id;
    }
    return cause;
  }

  run(name, options, work) {
    const [said, todo] = work === undefined ? [undefined, options] : [options, work];
    return this.$run(() => this.segment(name, said), todo);
  }

  $run(begin, work) {
    if (typeof work !== "function") {
      throw new TypeError("what is to be run is a function");
    }
    const entity = begin();
    const fails = (error) => {
      try {
        entity.addException(error);
      } catch {
        // At the end of the stack nothing more can be recorded.
      } finally {
        entity.end();
      }
      throw error;
    };
    let result;
    try {
      result = this.$enter(entity, () => work(entity));
    } catch (error) {
      return fails(error);
    }
    if (isThenable(result)) {
      return Promise.resolve(result).then((value) => {
        entity.end();
        return value;
      }, fails);
    }
    entity.end();
    return result;
  }

  $enter(entity, work) {
    return this.#storage === undefined ? work() : this.#storage.run(entity, work);
  }

  current() {
    return this.#storage?.getStore();
  }

  subsegment(name) {
    const current = this.current() ?? (this.#environment.isLambda ? this.facade() : undefined);
    if (current !== undefined) {
      return current.subsegment(name);
    }
    const strategy = this.#environment.missing ?? this.#options.contextMissing ?? "LOG_ERROR";
    const message = `there is no current entity for the subsegment ${nameOf(name)}`;
    if (this.#enabled && strategy === "RUNTIME_ERROR") {
      throw new Error(message);
    }
    if (this.#enabled && strategy === "LOG_ERROR") {
      this.#warn(message);
    }
    return new Unrecorded(this, nameOf(name), "", "");
  }

  facade(header) {
    const given = typeof header === "string" ? header : (this.#environment.header() ?? "");
    if (!this.#records()) {
      return new Unrecorded(this, "facade", given, "");
    }
    const { decision, trace, low, high } = this.$engine.read(given, "");
    if (decision !== 1 || trace === null || low + high === 0) {
      return new Unrecorded(this, "facade", decision === 0 ? unsampled(given, "") : given, "");
    }
    trace.seedLow = this.#word();
    trace.seedHigh = this.#word();
    return new Facade(this, trace, low, high, given);
  }

  handler(serve, options) {
    if (typeof serve !== "function") {
      throw new TypeError("a handler is a function");
    }
    return tracedHandler(this, serve, options ?? {});
  }

  lambda(work) {
    if (typeof work !== "function") {
      throw new TypeError("a Lambda function is a function");
    }
    const recorder = this;
    return async function (event, context, ...rest) {
      const facade = recorder.facade(context?.xRayTraceId);
      try {
        return await recorder.$enter(facade, () => work.call(this, event, context, ...rest));
      } finally {
        await within(recorder.flush(), LAMBDA_PATIENCE);
      }
    };
  }

  #flushTransport() {
    let flushed;
    try {
      flushed = this.#transport?.flush?.();
      if (typeof flushed?.then !== "function") {
        return;
      }
    } catch (error) {
      this.#stats.lastError = error;
      return;
    }
    {
      const done = Promise.resolve(flushed).then(
        () => this.#flushing.delete(done),
        (error) => {
          this.#flushing.delete(done);
          this.#stats.lastError = error;
        },
      );
      this.#flushing.add(done);
    }
  }

  async flush() {
    this.#flushTransport();
    // What others begin meanwhile is theirs to wait for.
    await Promise.all([...this.#pending, ...this.#flushing]);
  }

  stats() {
    return { ...this.#stats, open: this.#open };
  }
}

/** The segment of somebody else, which is not written to. */
class Facade extends Segment {
  constructor(recorder, trace, low, high, header) {
    super(recorder, null, trace, "facade", 0);
    this.$low = low;
    this.$high = high;
    this.$came = header;
    // Nothing is embedded in it.
    this.isOpen = false;
  }

  $say() {
    return this;
  }

  $tell() {}

  traceHeader() {
    return this.$came;
  }

  end() {}
}

/** Who called: an id, and nobody here. */
class Caller {
  $place = 0;
  $held = { $entities: 0 };
  $told = "";
  $came = "";
  $last = null;
  isOpen = false;
  isW3c = false;

  constructor(low, high) {
    this.$low = low;
    this.$high = high;
  }
}

/** What stands for an error: those that are no objects are not known again. */
function errorMap() {
  const map = new WeakMap();
  const isObject = (thrown) => typeof thrown === "object" && thrown !== null;
  return {
    get: (thrown) => (isObject(thrown) ? map.get(thrown) : undefined),
    set: (thrown, known) => map.set(thrown, known),
  };
}

/** Whether the clock stands still between I/O. */
const coarse = globalThis.navigator?.userAgent === "Cloudflare-Workers";

/** Wall time when a process begins, and the steady clock from there on, in microseconds. */
function clock() {
  const { performance } = globalThis;
  // In Workers the one is the other, and neither is there before the first request.
  if (coarse || performance?.now === undefined) {
    return () => Date.now() * 1_000;
  }
  let offset;
  let last = 0;
  let next = 0;
  return () => {
    const now = performance.now();
    // Wall time that was set meanwhile is followed, by the second. It is read seldom, as that takes as long as the other.
    if (now >= next) {
      next = now + 100;
      const apart = Date.now() - now;
      if (offset === undefined || Math.abs(apart - offset) > 1_000) {
        offset = apart;
        last = 0;
      }
    }
    last = Math.max(last, Math.floor((offset + now) * 1_000));
    return last;
  };
}

function isThenable(result) {
  try {
    return typeof result?.then === "function";
  } catch {
    return false;
  }
}

/** Waits for a promise, but not for ever. */
function within(promise, milliseconds) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function textOf(from, property) {
  const value = read(from, property);
  return typeof value === "string" ? value : "";
}

/** A name of any kind as one. */
function nameOf(name) {
  if (typeof name === "string") {
    return name === "" ? "unnamed" : name.slice(0, MOST_OF_NAME);
  }
  try {
    return String(name).slice(0, MOST_OF_NAME) || "unnamed";
  } catch {
    return "unnamed";
  }
}

/** The header that came in, with the decision that nothing is recorded. */
function unsampled(header, traceparent) {
  const parts = header.split(";").map((part) => part.trim()).filter((part) => part !== "" && !/^(?:parent|sampled|self)=/i.test(part));
  const at = parts.findIndex((part) => /^root=/i.test(part));
  if (at < 0) {
    const [, epoch, rest] = /^[0-9a-f]{2}-([0-9a-f]{8})([0-9a-f]{24})-/.exec(traceparent) ?? [];
    return epoch === undefined ? "" : `Root=1-${epoch}-${rest};Sampled=0`;
  }
  parts.splice(at + 1, 0, "Sampled=0");
  return parts.join(";");
}
