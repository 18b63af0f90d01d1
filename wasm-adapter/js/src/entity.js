// Segments and subsegments: objects that collect what is said of them as one string, which crosses to the module when
// they end.

import { CALL, REQUEST_AFTER, REQUEST_BEFORE, RESOURCE, SERVICE, SQL_AFTER, clip, compose, isCount, isObject, read } from "./blocks.js";
import { idText, traceText } from "./engine.js";
import { describe, wordsOf } from "./exception.js";
import { tracedFetch } from "./fetch.js";
import { asks } from "./headers.js";
import { toJson } from "./metadata.js";
import { FALSE, TRUE, label, number, spelled, text } from "./protocol.js";

/** More than this of one entity crosses before it ends, and more of one call never does: the input has room for three bytes each. */
const MUCH = 5_000;

// Letters of fields are those of `fields.rs`.
const USER = `A${label("user")}T`;
const ORIGIN = `B${label("origin")}T`;
const RESOURCE_ARN = `C${spelled('"resource_arn":')}R`;
const NAMESPACE = `D${label("namespace")}S`;
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
const DEFAULT = label("default");

const URL = label("url");
const STATUS = `j${label("status")}`;
const LENGTH = `j${label("content_length")}`;
const CONNECTION = `t${label("connection_string")}`;
const QUERY = `m${label("sanitized_query")}`;
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
    /** The segment it is of. */
    this.$root = parent === null ? this : parent.$root;
    this.$trace = trace;
    this.$name = name;
    this.$start = start;
    this.$low = 0;
    this.$high = 0;
    this.$numberLow = 0;
    this.$numberHigh = 0;
    /** What outlives it, should it be forgotten: the number of its document in the module, of which most have none until they end,
     * and how many entities are in it. */
    this.$held = { $place: 0, $entities: 1 };
    this.$told = "";
    /** The header that the request came with, for its data. */
    this.$came = parent === null ? "" : parent.$came;
    /** The subsegment that ended last. */
    this.$last = null;
    this.isOpen = true;
    this.isW3c = parent === null ? false : parent.isW3c;
  }

  get name() {
    return this.$name;
  }

  get $place() {
    return this.$held.$place;
  }

  set $place(place) {
    this.$held.$place = place;
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
    return this.$recorder.$engine.write(this, this.$came);
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
    if (!this.isOpen || words.length > MUCH) {
      this.$recorder.$refuse();
      return this;
    }
    if (this.$told.length + words.length > MUCH) {
      this.$recorder.$engine.settle(this);
      if (this.$told !== "") {
        // There is no document for it before its end.
        this.$recorder.$refuse();
        return this;
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
    const said = valueOf(value);
    return said === "" ? this.$refuse() : this.$say(`P${this.$recorder.$engine.named("P", key)}${said}`);
  }

  putMetadata(key, value, namespace) {
    if (typeof key !== "string" || (namespace !== undefined && typeof namespace !== "string")) {
      return this.$refuse();
    }
    const place = namespace === undefined ? DEFAULT : spelled(`${JSON.stringify(namespace)}:`);
    return this.#tell(`m${place}`, key, value);
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
    const field = operation + this.$recorder.$engine.named("m", key);
    return this.$say(json === undefined ? `${field}S${text(value)}` : `${field}J${text(json)}`);
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
    const url = read(request, "url");
    let all = REQUEST + compose(REQUEST_BEFORE, request);
    if (typeof url === "string") {
      all += read(request, "verbatim") === true ? `t${URL}${text(clip(url))}` : this.$recorder.$redactor.url(URL, url);
    }
    return this.$say(`${all}${compose(REQUEST_AFTER, request)}X`);
  }

  setHttpResponse(response) {
    if (!isObject(response)) {
      return this.$refuse();
    }
    const [status, contentLength] = [read(response, "status"), read(response, "contentLength")];
    let all = RESPONSE;
    if (isCount(status) && status < 1_000) {
      all = flagsOf(status) + all + STATUS + text(String(status));
    }
    if (isCount(contentLength)) {
      all += LENGTH + text(String(contentLength));
    }
    return this.$say(`${all}X`);
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
    const said = valueOf(read(attributes, key));
    if (said !== "" && key.length <= MAX_KEY) {
      all += said[0].toLowerCase() + spelled(`${JSON.stringify(key)}:`) + said.slice(1);
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
function valueOf(value) {
  switch (typeof value) {
    case "string":
      return `A${text(clip(value))}`;
    case "boolean":
      return value ? TRUE : FALSE;
    case "number":
      return Number.isFinite(value) ? `J${text(number(value))}` : "";
    case "bigint":
      return value >= MIN_INTEGER && value <= MAX_INTEGER ? `J${text(String(value))}` : "";
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
    const sdk = read(resource, "xray") === undefined ? compose(RESOURCE, this.$recorder.$sdk) : "";
    return this.$say(`${AWS}${compose(RESOURCE, resource)}${sdk}X`);
  }

  addLink(link, attributes) {
    const header = typeof link === "string" ? link : linked(link);
    if (this.$links === MAX_LINKS) {
      return this.$refuse();
    }
    const { trace, low, high } = this.$recorder.$engine.read(header, "");
    if (trace === null || low + high === 0) {
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
    return `Root=${this.traceId}${asks(this.$came) ? ";Sampled=1" : ""}`;
  }
}

export class Subsegment extends Entity {
  setNamespace(namespace) {
    return namespace === "aws" || namespace === "remote" ? this.$say(NAMESPACE + text(namespace)) : this.$refuse();
  }

  setSql(sql) {
    if (!isObject(sql)) {
      return this.$refuse();
    }
    const { $redactor: redactor } = this.$recorder;
    const verbatim = read(sql, "verbatim") === true;
    const [connection, url, query] = [read(sql, "connectionString"), read(sql, "url"), read(sql, "query")];
    let all = SQL;
    if (typeof connection === "string") {
      all += CONNECTION + text(clip(verbatim ? connection : redactor.connection(connection)));
    }
    if (typeof url === "string") {
      all += verbatim ? `t${URL}${text(clip(url))}` : redactor.url(URL, url);
    }
    all += compose(SQL_AFTER, sql);
    if (typeof query === "string") {
      const type = read(sql, "databaseType");
      const shown = verbatim ? query : redactor.statement(query.slice(0, 3_000), typeof type === "string" ? type : "");
      all += QUERY + text(shown.slice(0, 3_000));
    }
    return this.$say(`${all}X`);
  }

  setAws(call) {
    return isObject(call) ? this.$say(`${AWS}${compose(CALL, call)}X`) : this.$refuse();
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

for (const method of ["putAnnotation", "putMetadata", "addException", "setHttpRequest", "setHttpResponse", "setError", "setThrottle",
  "setFault", "setUser", "setOrigin", "setResourceArn", "setService", "addLink", "setNamespace", "setSql", "setAws", "putAws", "setTraced",
  "addPrecursor", "sendInProgress"]) {
  Unrecorded.prototype[method] = function () {
    return this;
  };
}
