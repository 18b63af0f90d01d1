// Segments and subsegments: objects that collect what is said of them as one string, which crosses to the module when
// they end.

import { RESOURCE, SERVICE, call, clip, compose, isCount, isObject, one, read, told } from "./blocks.js";
import { bytesOf, idText, traceText } from "./engine.js";
import { describe, wordsOf } from "./exception.js";
import { tracedFetch } from "./fetch.js";
import { asks } from "./headers.js";
import { toJson } from "./metadata.js";
import { URL } from "./redactor.js";
import { DEFAULT, TRUE, before, label, number, spelled, text } from "./protocol.js";

/** More characters than this of one entity cross before it ends: the input has room for three bytes each. */
const MUCH = 5_000;

/** More bytes than this of one call never cross: they and a name have room in the input. */
const MOST = 15_000;

// Letters of fields are those of `fields.rs`.
const USER = `A${label("user")}T`;
const ORIGIN = `B${label("origin")}T`;
const RESOURCE_ARN = `C${spelled('"resource_arn":')}R`;
const NAMESPACE = before(`D${label("namespace")}S`);
const SQL = `E${label("sql")}O`;
const SERVICE_BLOCK = `F${label("service")}O`;
const AWS = `G${label("aws")}O`;
const TRACED = `H${label("traced")}${TRUE}`;
const CAUSE = `I${label("cause")}S`;
const ERROR = `J${label("error")}${TRUE}`;
const THROTTLE = `K${label("throttle")}${TRUE}`;
const FAULT = `L${label("fault")}${TRUE}`;
const REQUEST = `M${label("request")}O`;
const RESPONSE = `N${label("response")}O`;
const NO_LABEL = "\x7f\0";
const LINK = `Q${NO_LABEL}O`;
const PRECURSOR = `R${NO_LABEL}S`;

const STATUS = before(`j${label("status")}`);
const LENGTH = before(`j${label("content_length")}`);
const CONNECTION = `t${label("connection_string")}`;
const QUERY = before(`m${label("sanitized_query")}`);
const FORWARDED = `j${label("x_forwarded_for")}${text("true")}`;
const [METHOD, AGENT, CLIENT, DATABASE, DATABASE_VERSION, DRIVER, DATABASE_USER, PREPARATION] = ["method", "user_agent", "client_ip",
  "database_type", "database_version", "driver_version", "user", "preparation"].map((name) => one("t", label(name)));
const TRACE_ID = `t${label("trace_id")}`;
const ID = `t${label("id")}`;
const ATTRIBUTES = `o${spelled('"attributes":')}`;

/** Links that X-Ray keeps of a segment, and characters of a key. */
const MAX_LINKS = 20;
const MAX_KEY = 500;

/** Integers that the core prints. */
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

export class Entity {
  constructor(recorder, parent, trace, name, start) {
    this.$recorder = recorder;
    /** Who it is embedded in, if that is of this program. */
    this.$parent = parent;
    this.$trace = trace;
    this.$name = name;
    this.$start = start;
    this.$low = 0;
    this.$high = 0;
    this.$numberLow = 0;
    this.$numberHigh = 0;
    /** Its document in the module and how many entities are in it, which outlive it, should it be forgotten. Most have none. */
    this.$held = null;
    this.$told = "";
    this.isOpen = true;
  }

  get name() {
    return this.$name;
  }

  get $place() {
    return this.$held === null ? 0 : this.$held.$place;
  }

  get $entities() {
    return this.$held === null ? 1 : this.$held.$entities;
  }

  get isW3c() {
    return this.$trace.isW3c;
  }

  get id() {
    this.$recorder.$engine.identify(this);
    return idText(this.$high, this.$low);
  }

  get traceId() {
    return traceText(this.$trace);
  }

  get isSampled() {
    return true;
  }

  traceHeader() {
    return this.$recorder.$engine.write(this, this.$trace.$came);
  }

  traceparent() {
    return this.$recorder.$engine.write(this, "w3c");
  }

  subsegment(name, options) {
    return this.$recorder.$child(this, name, options);
  }

  run(name, work) {
    return this.$recorder.$run(() => this.subsegment(name), work);
  }

  enter(work) {
    return this.$recorder.$enter(this, work);
  }

  get fetch() {
    return tracedFetch(() => this, this.$recorder.$fetch);
  }

  /** Takes what was said, unless it is over, or says too much. */
  $say(words) {
    if (!this.isOpen || (words.length > MUCH && (words.length > MOST || bytesOf(words) > MOST))) {
      return this.$refuse();
    }
    if (this.$told.length + words.length > MUCH) {
      this.$recorder.$engine.settle(this);
      if (this.$told !== "") {
        // There is no document for it before its end.
        return this.$refuse();
      }
    }
    this.$told += words;
    return this;
  }

  $refuse() {
    this.$recorder.$refuse();
    return this;
  }

  putAnnotation(key, value) {
    if (typeof key !== "string" || key.length > 1_000) {
      return this.$refuse();
    }
    const { $text: string, $json: json } = this.$recorder.$engine.named(key);
    const said = valueOf(value, string, json);
    return said === "" ? this.$refuse() : this.$say(said);
  }

  putMetadata(key, value, namespace) {
    if (typeof key !== "string" || (namespace !== undefined && typeof namespace !== "string")) {
      return this.$refuse();
    }
    if (namespace === undefined && typeof value === "string") {
      return this.$say(this.$recorder.$engine.named(key).$metadata(value));
    }
    const place = namespace === undefined ? DEFAULT : spelled(`${JSON.stringify(namespace)}:`);
    return this.#tell("m" + place, key, value);
  }

  putAws(key, value) {
    return typeof key === "string" ? this.#tell("O", key, value) : this.$refuse();
  }

  /** Any value, by its key. */
  #tell(operation, key, value) {
    const json = typeof value === "string" ? undefined : toJson(value);
    if (json === undefined && typeof value !== "string") {
      return this.$refuse();
    }
    const field = operation + this.$recorder.$engine.named(key).$words;
    return this.$say(field + (json === undefined ? "S" + text(value) : "J" + text(json)));
  }

  addException(thrown, options) {
    if (!this.isOpen) {
      return this.$refuse();
    }
    this.setFault();
    const known = this.$recorder.$errors.get(thrown);
    if (known !== undefined && known.trace === this.$trace) {
      return known.entity === this ? this : this.$say(CAUSE + text(known.id));
    }
    const remote = read(options, "remote") === true;
    let id = "";
    // The innermost first: each names the one that caused it.
    for (const exception of describe(thrown).reverse()) {
      const cause = id;
      id = this.$recorder.$newId();
      this.$say(wordsOf(exception, id, cause, remote));
    }
    this.$recorder.$errors.set(thrown, { trace: this.$trace, entity: this, id });
    return this;
  }

  setHttpRequest(request) {
    if (!isObject(request)) {
      return this.$refuse();
    }
    return this.$say(told(requestOf, request, this.$recorder.$redactor));
  }

  setHttpResponse(response) {
    if (!isObject(response)) {
      return this.$refuse();
    }
    return this.$say(told(responseOf, response));
  }

  setError() {
    return this.$say(ERROR);
  }

  setThrottle() {
    return this.$say(ERROR + THROTTLE);
  }

  setFault() {
    return this.$say(FAULT);
  }

  toJSON() {
    return { name: this.$name, id: this.id, traceId: this.traceId };
  }

  sendInProgress() {
    if (!this.isOpen || !this.$recorder.$engine.show(this)) {
      return this.$refuse();
    }
    return this;
  }

  end(endTime) {
    this.$recorder.$end(this, endTime);
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.end();
  }
}

/** A URL as it may be shown, or as it is. */
function urlOf(url, isVerbatim, redactor) {
  if (typeof url !== "string") {
    return "";
  }
  return isVerbatim === true ? URL(clip(url)) : redactor.url(url);
}

const requestOf = (request, redactor) =>
  REQUEST + METHOD(request.method) + urlOf(request.url, request.verbatim, redactor) + AGENT(request.userAgent) +
  CLIENT(request.clientIp) + (request.xForwardedFor === true ? FORWARDED : "") + "X";

function responseOf({ status, contentLength }) {
  let all = RESPONSE;
  if (isCount(status) && status < 1_000) {
    all = flagsOf(status) + all + STATUS(String(status));
  }
  if (isCount(contentLength)) {
    all += LENGTH(String(contentLength));
  }
  return all + "X";
}

function sqlOf(sql, redactor) {
  const { connectionString: connection, query, databaseType, verbatim } = sql;
  const isVerbatim = verbatim === true;
  let all = SQL;
  if (typeof connection === "string") {
    all += CONNECTION + text(clip(isVerbatim ? connection : redactor.connection(connection)));
  }
  all += urlOf(sql.url, verbatim, redactor) + DATABASE(databaseType) + DATABASE_VERSION(sql.databaseVersion) +
    DRIVER(sql.driverVersion) + DATABASE_USER(sql.user) + PREPARATION(sql.preparation);
  if (typeof query === "string") {
    const shown = isVerbatim ? query : redactor.statement(query.slice(0, 3_000), typeof databaseType === "string" ? databaseType : "");
    all += QUERY(shown.slice(0, 3_000));
  }
  return all + "X";
}

const callOf = (given) => AWS + call(given) + "X";

function flagsOf(status) {
  if (status === 429) {
    return ERROR + THROTTLE;
  }
  if (status >= 400 && status < 500) {
    return ERROR;
  }
  return status >= 500 && status < 600 ? FAULT : "";
}

/** A link's trace and entity, as a header has them. */
function linked(link) {
  const [traceId, id] = isObject(link) ? [read(link, "traceId"), read(link, "id")] : [];
  return typeof traceId === "string" && typeof id === "string" ? `Root=${traceId};Parent=${id}` : "";
}

function attributesOf(attributes) {
  let all = "";
  for (const key of keys(attributes)) {
    if (key.length <= MAX_KEY) {
      const words = spelled(`${JSON.stringify(key)}:`);
      all += valueOf(read(attributes, key), before(`a${words}`), before(`j${words}`));
    }
  }
  return all;
}

function keys(object) {
  try {
    return Object.keys(object);
  } catch {
    return [];
  }
}

/** The words of a value that X-Ray indexes; none of any other. */
function valueOf(value, string, json) {
  switch (typeof value) {
    case "string":
      return string(clip(value));
    case "boolean":
      return json(String(value));
    case "number":
      return Number.isFinite(value) ? json(number(value)) : "";
    case "bigint":
      return value >= MIN_INTEGER && value <= MAX_INTEGER ? json(String(value)) : "";
    default:
      return "";
  }
}

export class Segment extends Entity {
  setUser(user) {
    return typeof user === "string" ? this.$say(USER + text(clip(user))) : this.$refuse();
  }

  setOrigin(origin) {
    return typeof origin === "string" ? this.$say(ORIGIN + text(clip(origin))) : this.$refuse();
  }

  setService(service) {
    return isObject(service) ? this.$say(`${SERVICE_BLOCK}${compose(SERVICE, service)}X`) : this.$refuse();
  }

  setResourceArn(arn) {
    return typeof arn === "string" ? this.$say(RESOURCE_ARN + text(clip(arn))) : this.$refuse();
  }

  setAws(resource) {
    if (!isObject(resource)) {
      return this.$refuse();
    }
    const sdk = read(resource, "xray") === undefined ? this.$recorder.$sdk : "";
    return this.$say(`${AWS}${compose(RESOURCE, resource)}${sdk}X`);
  }

  /** Says who made it. */
  $describe() {
    return this.$say(`${AWS}${this.$recorder.$sdk}X`);
  }

  addLink(link, attributes) {
    const header = typeof link === "string" ? link : linked(link);
    if (this.$links === MAX_LINKS) {
      return this.$refuse();
    }
    const { trace, low, high } = this.$recorder.$engine.read(header, "");
    if (trace === null || (low | high) === 0) {
      return this.$refuse();
    }
    let all = LINK + TRACE_ID + text(traceText(trace)) + ID + text(idText(high, low));
    if (isObject(attributes)) {
      all += `${ATTRIBUTES}${attributesOf(attributes)}X`;
    }
    this.$links = (this.$links ?? 0) + 1;
    return this.$say(`${all}X`);
  }

  answerHeader() {
    return `Root=${this.traceId}${asks(this.$trace.$came) ? ";Sampled=1" : ""}`;
  }
}

export class Subsegment extends Entity {
  setNamespace(namespace) {
    return namespace === "aws" || namespace === "remote" ? this.$say(NAMESPACE(namespace)) : this.$refuse();
  }

  setSql(sql) {
    if (!isObject(sql)) {
      return this.$refuse();
    }
    return this.$say(told(sqlOf, sql, this.$recorder.$redactor));
  }

  setAws(given) {
    return isObject(given) ? this.$say(told(callOf, given)) : this.$refuse();
  }

  setTraced() {
    return this.$say(TRACED);
  }

  addPrecursor(id) {
    return typeof id === "string" && /^[0-9a-f]{16}$/.test(id) ? this.$say(PRECURSOR + text(id)) : this.$refuse();
  }
}

/** What is not recorded: it holds what its header says, and takes everything. */
export class Unrecorded {
  constructor(recorder, name, header, traceparent, asked = false) {
    this.$recorder = recorder;
    this.name = name;
    this.$header = header;
    this.$traceparent = traceparent;
    this.$isAsked = asked;
    this.id = "";
    this.traceId = "";
    this.isSampled = false;
    this.isOpen = true;
    this.isW3c = traceparent !== "";
  }

  traceHeader() {
    return this.$header;
  }

  answerHeader() {
    const root = /(?:^|;)\s*(Root=[^;]*)/i.exec(this.$header)?.[1];
    return root === undefined ? "" : root + (this.$isAsked ? ";Sampled=0" : "");
  }

  traceparent() {
    return this.$traceparent;
  }

  subsegment(name) {
    return new Unrecorded(this.$recorder, typeof name === "string" ? name : "unnamed", this.$header, this.$traceparent);
  }

  run(name, work) {
    return this.$recorder.$run(() => this.subsegment(name), work);
  }

  enter(work) {
    return this.$recorder.$enter(this, work);
  }

  get fetch() {
    return tracedFetch(() => this, this.$recorder.$fetch);
  }

  end() {
    this.isOpen = false;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.end();
  }
}

for (const { prototype } of [Entity, Segment, Subsegment]) {
  for (const name of Object.getOwnPropertyNames(prototype).filter((each) => !(each in Unrecorded.prototype))) {
    Unrecorded.prototype[name] = function () {
      return this;
    };
  }
}
