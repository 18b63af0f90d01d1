// W2 of the benchmarks, a segment with ten subsegments, told in three ways that give the same document.

const SHOP = "https://shop.example.com/cart/checkout";
const SEGMENT = {
  name: "checkout-api",
  method: "GET",
  url: `${SHOP}?id=1234`,
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
  clientIp: "203.0.113.7",
  status: 200,
  contentLength: 5123,
  tenant: "acme",
};
const PAYMENT = {
  name: "payments.example.com",
  kind: "http",
  method: "POST",
  url: "https://payments.example.com/v1/charge",
  status: 200,
  contentLength: 312,
};
const CARTS = {
  name: "DynamoDB",
  kind: "aws",
  status: 200,
  operation: "GetItem",
  region: "us-east-1",
  requestId: "3AIENM5J4ELQ3SPODHKBIRVIC3VV4KQNSO5AEMVJF66Q9ASUAAJG",
  tableName: "carts",
};
const ORDERS = {
  name: "orders@db.example.com",
  kind: "sql",
  url: "jdbc:postgresql://db.example.com:5432/orders",
  query: "SELECT id, total FROM orders WHERE customer_id = ? AND state = ?",
  databaseType: "PostgreSQL",
  databaseVersion: "15.3",
  user: "app",
};
const RENDER = { name: "render_template", kind: "local" };
const SUBSEGMENTS = [PAYMENT, CARTS, ORDERS, RENDER, PAYMENT, CARTS, ORDERS, RENDER, PAYMENT, RENDER].map((each) => ({
  ...each,
  attempt: 1,
  cache: "miss",
  step: "step-7 of checkout",
}));

/** As a program tells it to the package. */
export function record(recorder) {
  const segment = recorder.segment(SEGMENT.name);
  const { method, url, userAgent, clientIp, status, contentLength } = SEGMENT;
  segment.setHttpRequest({ method, url, userAgent, clientIp });
  segment.putAnnotation("tenant", SEGMENT.tenant);
  for (const told of SUBSEGMENTS) {
    const subsegment = segment.subsegment(told.name);
    if (told.kind === "http") {
      subsegment.setNamespace("remote");
      subsegment.setHttpRequest({ method: told.method, url: told.url });
      subsegment.setHttpResponse({ status: told.status, contentLength: told.contentLength });
    } else if (told.kind === "aws") {
      subsegment.setNamespace("aws");
      subsegment.setHttpResponse({ status: told.status });
      const { operation, region, requestId, tableName } = told;
      subsegment.setAws({ operation, region, requestId, tableName });
    } else if (told.kind === "sql") {
      subsegment.setNamespace("remote");
      const { url, query, databaseType, databaseVersion, user } = told;
      subsegment.setSql({ url, query, databaseType, databaseVersion, user });
    }
    subsegment.putAnnotation("attempt", told.attempt);
    subsegment.putAnnotation("cache", told.cache);
    subsegment.putMetadata("step", told.step);
    subsegment.end();
  }
  segment.setHttpResponse({ status, contentLength });
  segment.end();
}

const LINE = '{"format":"json","version":1}\n';
const ORIGIN = performance.timeOrigin;
/** Seconds, to the microsecond. */
const now = () => Math.floor((ORIGIN + performance.now()) * 1_000) / 1e6;

// Randomness as the package draws it, much at once, and hexadecimal digits in the fastest way: `toString(16)` takes six
// times as long.
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const random = new Uint8Array(512);
let drawn = random.length;
function digits(bytes) {
  if (drawn + bytes > random.length) {
    crypto.getRandomValues(random);
    drawn = 0;
  }
  let all = "";
  for (let left = bytes; left > 0; left -= 1) {
    all += HEX[random[drawn++]];
  }
  return all;
}

/** As one writes it by hand who trusts every value: no limits, no redaction, so that URLs are given as they are to be shown. */
export function write(sdk) {
  const start = now();
  const segment = {
    trace_id: `1-${Math.floor(start).toString(16)}-${digits(12)}`,
    id: digits(8),
    start_time: start,
    name: SEGMENT.name,
    aws: { xray: sdk },
    http: {
      request: { method: SEGMENT.method, url: SHOP, user_agent: SEGMENT.userAgent, client_ip: SEGMENT.clientIp },
    },
    annotations: { tenant: SEGMENT.tenant },
    subsegments: [],
  };
  for (const told of SUBSEGMENTS) {
    const subsegment = { id: digits(8), start_time: now(), name: told.name };
    if (told.kind === "http") {
      subsegment.namespace = "remote";
      subsegment.http = {
        request: { method: told.method, url: told.url },
        response: { status: told.status, content_length: told.contentLength },
      };
    } else if (told.kind === "aws") {
      subsegment.namespace = "aws";
      subsegment.http = { response: { status: told.status } };
      subsegment.aws = {
        operation: told.operation,
        region: told.region,
        request_id: told.requestId,
        table_name: told.tableName,
      };
    } else if (told.kind === "sql") {
      subsegment.namespace = "remote";
      subsegment.sql = {
        url: told.url,
        sanitized_query: told.query,
        database_type: told.databaseType,
        database_version: told.databaseVersion,
        user: told.user,
      };
    }
    subsegment.annotations = { attempt: told.attempt, cache: told.cache };
    subsegment.metadata = { default: { step: told.step } };
    subsegment.end_time = now();
    segment.subsegments.push(subsegment);
  }
  segment.http.response = { status: SEGMENT.status, content_length: SEGMENT.contentLength };
  segment.end_time = now();
  return Buffer.from(LINE + JSON.stringify(segment));
}

/** As a program tells it to the official SDK, whose blocks for calls are plain objects, too. */
export function recordOfficially(AWSXRay) {
  const segment = new AWSXRay.Segment(SEGMENT.name);
  segment.http = {
    request: { method: SEGMENT.method, url: SHOP, user_agent: SEGMENT.userAgent, client_ip: SEGMENT.clientIp },
  };
  segment.addAnnotation("tenant", SEGMENT.tenant);
  for (const told of SUBSEGMENTS) {
    const subsegment = segment.addNewSubsegment(told.name);
    if (told.kind === "http") {
      subsegment.namespace = "remote";
      subsegment.addAttribute("http", {
        request: { method: told.method, url: told.url },
        response: { status: told.status, content_length: told.contentLength },
      });
    } else if (told.kind === "aws") {
      subsegment.namespace = "aws";
      subsegment.addAttribute("http", { response: { status: told.status } });
      const { operation, region, requestId, tableName } = told;
      subsegment.addAttribute("aws", { operation, region, request_id: requestId, table_name: tableName });
    } else if (told.kind === "sql") {
      subsegment.namespace = "remote";
      const { url, query, databaseType, databaseVersion, user } = told;
      subsegment.addSqlData({
        url,
        sanitized_query: query,
        database_type: databaseType,
        database_version: databaseVersion,
        user,
      });
    }
    subsegment.addAnnotation("attempt", told.attempt);
    subsegment.addAnnotation("cache", told.cache);
    subsegment.addMetadata("step", told.step);
    subsegment.close();
  }
  segment.http.response = { status: SEGMENT.status, content_length: SEGMENT.contentLength };
  segment.close();
}
