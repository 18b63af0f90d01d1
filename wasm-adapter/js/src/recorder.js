// The recorder: what begins, what ends, and what became of it.

import { RESOURCE, compose, isObject, read } from "./blocks.js";
import { clock, isCoarse } from "./clock.js";
import { storage } from "./context.js";
import { within } from "./deadline.js";
import { Delivery } from "./delivery.js";
import { Engine, Trace, idText } from "./engine.js";
import { Segment, Subsegment, Unrecorded } from "./entity.js";
import { readEnvironment } from "./environment.js";
import { seen } from "./exception.js";
import { tracedFetch } from "./fetch.js";
import { tracedHandler } from "./handler.js";
import { asks, unsampled } from "./headers.js";
import { loaded } from "./modules.js";
import { IF_FITS, check } from "./options.js";
import { Caller, Facade } from "./others.js";
import { Redactor } from "./redactor.js";
import { parseRules } from "./rules.js";
import { udp } from "./transports/udp.js";

const VERSION = "0.1.0";

const SDK = compose(RESOURCE, { xray: { sdk: "X-Ray for JavaScript and WebAssembly", sdkVersion: VERSION } });

/** Of a name, more than its limit leaves is not carried over. */
const MOST_OF_NAME = 250;

/** Milliseconds that the answer of a Lambda function waits for what it recorded. */
const LAMBDA_PATIENCE = 2_000;

/** Random words are drawn for several segments at once, and not before the first. */
const DRAWN = 128;

export class Recorder {
  #options;
  #embed;
  #delivery;
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
  /** The same, with a sign. */
  #words = new Int32Array(this.#random.buffer);
  #drawn = DRAWN;
  #childLow = 0;
  #childHigh = 0;
  #open = 0;
  #forgotten;
  #stats = { begun: 0, sent: 0, failed: 0, dropped: 0, queued: 0, datagrams: 0, bytes: 0, cut: 0, refused: 0, lastError: undefined };
  #redactor = new Redactor(() => loaded().redactor?.());
  /** What was thrown and recorded, so that it is known when it is seen again. */
  $errors = seen();

  constructor(options = {}) {
    const checked = check(options);
    const { sampling, fetch, env } = checked;
    this.#rules = typeof sampling === "boolean" ? sampling : parseRules(sampling);
    this.#options = checked;
    this.#embed = checked.embed;
    this.#now = options.now ?? clock();
    this.#isCoarse = isCoarse && options.now === undefined;
    this.#fill = options.random ?? ((words) => crypto.getRandomValues(words));
    this.#forgotten =
      globalThis.FinalizationRegistry === undefined ? undefined : new FinalizationRegistry((held) => this.#forget(held));
    this.#storage = storage(options.asyncLocalStorage);
    this.$fetch = fetch;
    /** What segments say of who made them. */
    this.$sdk = options.describeSdk === false ? "" : SDK;
    this.#configured = env !== undefined;
    this.#apply(readEnvironment(env));
    this.#delivery = new Delivery(this.#stats, options.transport, () => udp({ address: this.#environment.daemon }));
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
        this.#delivery.warn(`nothing is recorded: ${error?.message}`);
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
      give: (given) => this.#delivery.give(given),
      lose: (entities) => (this.#stats.dropped += entities),
      forgotten: this.#forgotten,
      embed: typeof this.#embed === "number" ? this.#embed : this.#embed === "never" ? 0 : IF_FITS,
      ceiling: this.#options.maxOpenDocuments,
      capacity: this.#options.maxDocumentBytes,
      rules: Array.isArray(this.#rules) ? this.#rules : [],
    });
    if (engine.full) {
      this.#delivery.warn("there is no room for all sampling rules: 31, whose patterns take 2,048 bytes");
    }
    return engine;
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
    return this.#words[this.#draw(1)];
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
    const said = isObject(options) ? options : {};
    const header = textOf(said, "header");
    const traceparent = textOf(said, "traceparent");
    const shown = nameOf(name);
    if (this.#environment.isLambda) {
      // The segment is Lambda's.
      return (header === "" && this.current()?.$trace?.$root) || this.facade(header || undefined);
    }
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
    const words = this.#words;
    const trace = came.trace ?? new Trace(words[drawn + 2], words[drawn + 1], words[drawn], (start / 1e6) | 0);
    trace.seedLow = words[drawn + 6];
    trace.seedHigh = words[drawn + 7];
    const segment = new Segment(this, null, trace, shown, start);
    // An id of zero is none.
    segment.$low = words[drawn + 4] || 1;
    segment.$high = words[drawn + 5];
    trace.$root = segment;
    trace.$came = header;
    trace.isW3c = traceparent !== "";
    // Whoever called is no entity of this program, and has an id all the same.
    segment.$parent = (came.low | came.high) === 0 ? null : new Caller(came.low, came.high);
    this.#begun(segment);
    if (this.$sdk !== "") {
      segment.$describe();
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
    const asked = isObject(request) ? request : {};
    const [host, method, path] = ["host", "method", "path"].map((property) => textOf(asked, property).slice(0, 2_000).toLowerCase());
    return this.$engine.sample(host, method, path, this.#time(), this.#word(), this.#word());
  }

  #begun({ $trace: trace }) {
    const { $held: held } = trace;
    this.#stats.begun += 1;
    this.#open += 1;
    held.$pending += 1;
    held.$open += 1;
    if (held.$open === 1) {
      // Of all entities of a trace, as it takes long.
      this.#forgotten?.register(trace, held, held);
    }
  }

  #ended(trace, open) {
    this.#open -= open;
    trace.$open -= open;
    if (trace.$open === 0) {
      this.#forgotten?.unregister(trace);
    }
  }

  /** The entities of a trace were forgotten before they ended, so that they never will; or one that has a document. */
  #forget(held) {
    const { $trace: trace } = held;
    if (trace === undefined) {
      this.#stats.dropped += held.$pending;
      this.$engine.releaseAll(held);
      this.#ended(held, held.$open);
    } else if (held.$place !== 0) {
      this.#stats.dropped += held.$entities;
      trace.$pending -= held.$entities;
      this.$engine.release(held);
      this.#ended(trace, 1);
    }
  }

  $child(parent, name, options) {
    if ((this.#childLow | this.#childHigh) === 0) {
      // Of 63 bits, with room to count on.
      const low = this.#word();
      const high = this.#word();
      this.#childLow = (high << 30) | (low >>> 2);
      this.#childHigh = high >>> 2;
    }
    this.#childLow = (this.#childLow + 1) | 0;
    if (this.#childLow === 0) {
      this.#childHigh += 1;
    }
    const start = isObject(options) ? read(options, "startTime") : undefined;
    const child = new Subsegment(this, parent, parent.$trace, nameOf(name), this.#time(start));
    child.$numberLow = this.#childLow;
    child.$numberHigh = this.#childHigh;
    this.#begun(child);
    if (this.#isCoarse && parent.$last?.end === child.$start) {
      // The clock cannot tell which came first.
      child.addPrecursor(parent.$last.id);
    }
    return child;
  }

  /** Ends an entity. Nothing comes out of it but a count. */
  $end(entity, endTime) {
    if (!entity.isOpen) {
      return;
    }
    const { $parent: parent, $trace: trace } = entity;
    this.#ended(trace.$held, 1);
    try {
      const at = this.#time(endTime);
      if (this.#isCoarse && entity instanceof Segment) {
        entity.putMetadata("clock", "stands still between I/O", "xray-recorder");
      }
      entity.isOpen = false;
      if (!this.$engine.end(entity, at)) {
        this.#stats.dropped += entity.$entities;
      }
      if (this.#isCoarse && parent?.isOpen) {
        // The subsegment that ended last.
        parent.$last = { id: entity.id, end: at };
      }
    } catch (error) {
      entity.isOpen = false;
      this.#stats.dropped += entity.$entities;
      trace.$held.$pending -= entity.$entities;
      this.#stats.lastError = error;
      if (entity.$held !== null) {
        this.$engine.release(entity.$held);
      }
    }
    const { $root: root } = trace;
    if (root === entity) {
      this.#delivery.start();
    } else if (!root.isOpen && !(root instanceof Facade)) {
      this.#delivery.startSoon();
    }
  }

  $refuse() {
    this.#stats.refused += 1;
  }

  /** An id for what is in no trace of numbers, such as an exception. */
  $newId() {
    return idText(this.#word(), this.#word() || 1);
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
      this.#delivery.warn(message);
    }
    return new Unrecorded(this, nameOf(name), "", "");
  }

  facade(header) {
    const given = typeof header === "string" ? header : (this.#environment.header() ?? "");
    if (!this.#records()) {
      return new Unrecorded(this, "facade", given, "");
    }
    const { decision, trace, low, high } = this.$engine.read(given, "");
    if (decision !== 1 || trace === null || (low | high) === 0) {
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
        await within(recorder.flush(), LAMBDA_PATIENCE).catch(() => {});
      }
    };
  }

  flush() {
    return this.#delivery.flush();
  }

  stats() {
    return { ...this.#stats, open: this.#open };
  }
}

function isThenable(result) {
  try {
    return typeof result?.then === "function";
  } catch {
    return false;
  }
}

function textOf(from, property) {
  const value = read(from, property);
  return typeof value === "string" ? value : "";
}

/** A name of any kind as one. */
function nameOf(name) {
  if (typeof name === "string") {
    return name.length > MOST_OF_NAME ? name.slice(0, MOST_OF_NAME) : name || "unnamed";
  }
  try {
    return String(name).slice(0, MOST_OF_NAME) || "unnamed";
  } catch {
    return "unnamed";
  }
}
