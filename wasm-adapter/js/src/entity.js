// Segments and subsegments: objects that collect what is said of them as one string, which crosses to the module when
// they end.

import { idText, traceText } from "./engine.js";
import { describe } from "./exception.js";
import { tracedFetch } from "./fetch.js";
import { toJson } from "./metadata.js";
import { FALSE, TRUE, label, number, spelled, text } from "./protocol.js";

/** More than this of one entity crosses before it ends, and more of one call never does: the input has room for three bytes each. */
const MUCH = 5_000;

// Letters of fields are those of `fields.rs`.
const USER = `A${label("user")}T`;
const ORIGIN = `B${label("origin")}T`;
const NAMESPACE = `D${label("namespace")}S`;
const SQL = `E${label("sql")}O`;
const SERVICE = `F${label("service")}O`;
const AWS = `G${label("aws")}O`;
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

// Members of blocks, in the order in which the core writes them: the property, and kind and label.
const members = (list) => list.map(([property, kind, name]) => [property, kind + label(name)]);
const URL = label("url");
const REQUEST_BEFORE = members([["method", "t", "method"]]);
const REQUEST_AFTER = members([["userAgent", "t", "user_agent"], ["clientIp", "t", "client_ip"]]);
const FORWARDED = `j${label("x_forwarded_for")}${text("true")}`;
const STATUS = `j${label("status")}`;
const LENGTH = `j${label("content_length")}`;
const CONNECTION = `t${label("connection_string")}`;
const SQL_AFTER = members([
  ["databaseType", "t", "database_type"],
  ["databaseVersion", "t", "database_version"],
  ["driverVersion", "t", "driver_version"],
  ["user", "t", "user"],
  ["preparation", "t", "preparation"],
]);
const QUERY = `m${label("sanitized_query")}`;
const CALL = members([
  ["operation", "t", "operation"],
  ["region", "t", "region"],
  ["requestId", "t", "request_id"],
  ["id2", "t", "id_2"],
  ["accountId", "t", "account_id"],
  ["queueUrl", "t", "queue_url"],
  ["tableName", "t", "table_name"],
  ["bucketName", "t", "bucket_name"],
  ["key", "t", "key"],
]);
const SERVICES = members([["name", "t", "name"], ["version", "t", "version"], ["runtime", "t", "runtime"], ["runtimeVersion", "t", "runtime_version"]]);
const SDK = `o${label("xray")}`;
const SDKS = members([["sdk", "t", "sdk"], ["sdkVersion", "t", "sdk_version"], ["ruleName", "t", "sampling_rule_name"]]);
const TRACE_ID = `t${label("trace_id")}`;
const ID = `t${label("id")}`;

/** Links that X-Ray keeps of a segment. */
const MAX_LINKS = 20;

/** Of a text, more than any limit leaves of it is not carried over. */
const clip = (value) => (value.length > 1_500 ? value.slice(0, 1_500) : value);

/** A member of an options object: reading it may throw, and it may be of any type. */
function read(from, property) {
  try {
    return from[property];
  } catch {
    return undefined;
  }
}

/** The texts among the members of an object. */
function texts(list, from) {
  let all = "";
  for (const [property, made] of list) {
    const value = read(from, property);
    if (typeof value === "string") {
      all += made + text(clip(value));
    }
  }
  return all;
}

const isObject = (value) => typeof value === "object" && value !== null;
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

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
    /** What outlives it, should it be forgotten: the number of its document in the module, of which most have none until they end,
     * and how many entities are in it. */
    this.$held = { $place: 0, $entities: 1 };
    this.$told = "";
    /** The header that the request came with, for its data. */
    this.$came = parent === null ? "" : parent.$came;
    this.$errors = 0;
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
    const field = `P${this.$recorder.$engine.named("P", key)}`;
    switch (typeof value) {
      case "string":
        return this.$say(`${field}A${text(clip(value))}`);
      case "boolean":
        return this.$say(field + (value ? TRUE : FALSE));
      case "number":
        return Number.isFinite(value) ? this.$say(`${field}J${text(number(value))}`) : this.$refuse();
      default:
        return this.$refuse();
    }
  }

  putMetadata(key, value, namespace) {
    if (typeof key !== "string" || (namespace !== undefined && typeof namespace !== "string")) {
      return this.$refuse();
    }
    const { $engine: engine } = this.$recorder;
    const place = namespace === undefined ? DEFAULT : spelled(`${JSON.stringify(namespace)}:`);
    const field = `m${place}${engine.named("m", key)}`;
    if (typeof value === "string") {
      return this.$say(`${field}S${text(value)}`);
    }
    const json = toJson(value);
    return json === undefined ? this.$refuse() : this.$say(`${field}J${text(json)}`);
  }

  addException(thrown, options) {
    this.setFault();
    const known = this.$recorder.$errors.get(thrown);
    if (known !== undefined && known.trace === this.$trace && known.entity !== this) {
      return this.$say(CAUSE + text(known.id));
    }
    const chain = describe(thrown);
    const id = this.$recorder.$tellExceptions(this, chain, isObject(options) && read(options, "remote") === true);
    if (typeof thrown === "object" && thrown !== null) {
      this.$recorder.$errors.set(thrown, { trace: this.$trace, entity: this, id });
    }
    return this;
  }

  setHttpRequest(request) {
    if (!isObject(request)) {
      return this.$refuse();
    }
    const url = read(request, "url");
    let all = REQUEST + texts(REQUEST_BEFORE, request);
    if (typeof url === "string") {
      all += read(request, "verbatim") === true ? `t${URL}${text(clip(url))}` : this.$recorder.$redactor.url(URL, clip(url));
    }
    all += texts(REQUEST_AFTER, request);
    return this.$say(`${all}${read(request, "xForwardedFor") === true ? FORWARDED : ""}X`);
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

export class Segment extends Entity {
  setUser(user) {
    return typeof user === "string" ? this.$say(USER + text(clip(user))) : this.$refuse();
  }

  setOrigin(origin) {
    return typeof origin === "string" ? this.$say(ORIGIN + text(clip(origin))) : this.$refuse();
  }

  setService(service) {
    return isObject(service) ? this.$say(`${SERVICE}${texts(SERVICES, service)}X`) : this.$refuse();
  }

  $describe(sdk) {
    this.$say(`${AWS}${SDK}${texts(SDKS, sdk)}XX`);
  }

  addLink(header) {
    if (typeof header !== "string" || this.$links === MAX_LINKS) {
      return this.$refuse();
    }
    const { trace, low, high } = this.$recorder.$engine.read(header, "");
    if (trace === null || low + high === 0) {
      return this.$refuse();
    }
    this.$links = (this.$links ?? 0) + 1;
    return this.$say(LINK + TRACE_ID + text(traceText(trace)) + ID + text(idText(high, low)) + "X");
  }

  answerHeader() {
    return `Root=${this.traceId};Sampled=1`;
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
      all += CONNECTION + text(clip(verbatim ? connection : redactor.connection(clip(connection))));
    }
    if (typeof url === "string") {
      all += verbatim ? `t${URL}${text(clip(url))}` : redactor.url(URL, clip(url));
    }
    all += texts(SQL_AFTER, sql);
    if (typeof query === "string") {
      const type = read(sql, "databaseType");
      const shown = verbatim ? query : redactor.statement(query.slice(0, 3_000), typeof type === "string" ? type : "");
      all += QUERY + text(shown.slice(0, 3_000));
    }
    return this.$say(`${all}X`);
  }

  setAws(call) {
    return isObject(call) ? this.$say(`${AWS}${texts(CALL, call)}X`) : this.$refuse();
  }

  addPrecursor(id) {
    return typeof id === "string" && /^[0-9a-f]{16}$/.test(id) ? this.$say(PRECURSOR + text(id)) : this.$refuse();
  }
}

/** What is not recorded: it holds what its header says, and takes everything. */
export class Unrecorded {
  constructor(recorder, name, header, traceparent) {
    this.$recorder = recorder;
    this.name = name;
    this.$header = header;
    this.$traceparent = traceparent;
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
    return root === undefined ? "" : `${root};Sampled=0`;
  }

  traceparent() {
    return this.$traceparent;
  }

  subsegment(name) {
    return new Unrecorded(this.$recorder, String(name), this.$header, this.$traceparent);
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
  "setFault", "setUser", "setOrigin", "setService", "addLink", "setNamespace", "setSql", "setAws", "addPrecursor"]) {
  Unrecorded.prototype[method] = function () {
    return this;
  };
}
