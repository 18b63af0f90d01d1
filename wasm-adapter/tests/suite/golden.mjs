// The golden documents of the core, told in JavaScript: the same bytes.

import documents from "./golden-documents.mjs";
import { equal, test } from "./harness.mjs";

const HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1";

/** The core's own generator, in words of 32 bits. */
function seeded(seed) {
  let state = BigInt(seed);
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  };
  return (words) => {
    const bytes = new DataView(new ArrayBuffer(4 * words.length));
    for (let at = 0; at < words.length; at += 2) {
      bytes.setBigUint64(4 * at, next(), true);
    }
    // The core reads a trace id byte by byte, and numbers as a whole.
    words.forEach((_, at) => (words[at] = bytes.getUint32(4 * at, at > 2)));
  };
}

function told(xray, seed, story, options) {
  const decoder = new TextDecoder();
  const sent = [];
  const clock = { at: 1_465_510_280_123_456 };
  const recorder = new xray.Recorder({
    transport: { send: (bytes) => void sent.push(`${decoder.decode(bytes)}\n`) },
    env: {},
    describeSdk: false,
    now: () => clock.at,
    random: seeded(seed),
    ...options,
  });
  story(recorder, clock);
  equal([recorder.stats().refused, recorder.stats().dropped], [0, 0]);
  return sent.join("");
}

/** Bytes are compared, and the first that differs is shown. */
function same(found, expected) {
  let at = 0;
  while (at < expected.length && found[at] === expected[at]) {
    at += 1;
  }
  equal(found.slice(Math.max(0, at - 60), at + 120), expected.slice(Math.max(0, at - 60), at + 120));
  equal(found === expected, true);
}

test("a minimal segment is the golden bytes", ({ xray }) => {
  const found = told(xray, 1, (recorder, clock) => {
    const segment = recorder.segment("sensor");
    clock.at += 1_500;
    segment.end();
  });
  same(found, documents.minimal);
});

test("a segment with more subsegments than it has room for is the golden bytes", ({ xray }) => {
  const story = (recorder, clock) => {
    const segment = recorder.segment("fan-out", { header: "Sampled=?" });
    for (const [n, name] of ["one", "two", "three", "four", "five", "six"].entries()) {
      const child = segment.subsegment(name).putAnnotation("n", n);
      clock.at += 100;
      if (n === 5) {
        const leaf = child.subsegment("leaf");
        clock.at += 7;
        leaf.end();
      }
      child.end();
    }
    segment.end();
  };
  same(told(xray, 3, story, { maxDocumentBytes: 768 }), documents.wide);
});

test("a segment with every field is the golden bytes", ({ xray }) => {
  // Numbers that JavaScript does not have are written as they are, where the runtime can.
  const raw = JSON.rawJSON;
  const story = (recorder, clock) => {
    const segment = recorder.segment("checkout über 漢字", { header: HEADER });
    segment.sendInProgress();
    fill(segment, raw);
    clock.at += 1_000;
    const query = segment.subsegment("orders@db.example.com").setNamespace("remote").setSql(SQL);
    clock.at += 2_345;
    query.end();

    const call = segment.subsegment("DynamoDB").setNamespace("aws").addPrecursor(query.id).setTraced();
    call
      .setHttpRequest({ method: "POST", url: "https://dynamodb.eu-west-1.amazonaws.com/", userAgent: "aws-sdk-rust/1", clientIp: "10.0.0.1" })
      .setHttpResponse({ status: 200, contentLength: 4_294_967_296 })
      .setAws(CALL)
      .putAws("consistent_read", true);
    clock.at += 999_999;
    call.end();
    segment.end();
  };
  const numbers = /"numbers":\{"floats":[^\]]*\],"integers":[^\]]*\]\},?/;
  const withoutNumbers = documents.rich.replace(numbers, "").replace(/,\}/g, "}");
  equal(numbers.test(documents.rich), true);
  same(told(xray, 2, story), raw === undefined ? withoutNumbers : documents.rich);
});

const SQL = {
  connectionString: "host=db.example.com",
  url: "postgresql://db.example.com:5432/orders",
  query: 'SELECT "id" FROM orders WHERE customer = ?',
  databaseType: "PostgreSQL",
  databaseVersion: "17.2",
  driverVersion: "tokio-postgres 0.7",
  user: "reader",
  preparation: "statement",
};

const CALL = {
  operation: "BatchGetItem",
  region: "eu-west-1",
  requestId: "KQ7T",
  id2: "id+2",
  accountId: "123456789012",
  retries: 2,
  queueUrl: "https://sqs.eu-west-1.amazonaws.com/1/q",
  tableName: "carts",
  tableNames: ["carts", "orders"],
  bucketName: "b",
  key: "k/1",
  resourceNames: ["r"],
};

const RESOURCE = {
  accountId: "123456789012",
  xray: { sdk: "X-Ray for Rust", sdkVersion: "0.1.0", package: "xray-recorder", samplingRuleName: "checkout", autoInstrumentation: true },
  ec2: { instanceId: "i-0b", availabilityZone: "eu-west-1a", instanceSize: "m5.large", amiId: "ami-1" },
  ecs: {
    container: "ip-10-0-0-1",
    containerId: "c0ffee",
    containerArn: "arn:aws:ecs:eu-west-1:123456789012:container/c",
    taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/t",
    taskFamily: "shop",
    clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/x",
    launchType: "FARGATE",
    availabilityZone: "eu-west-1b",
  },
  eks: { pod: "p", clusterName: "k", containerId: "d0" },
  elasticBeanstalk: { environmentName: "shop-prod", versionLabel: "v7", deploymentId: 42 },
  cloudwatchLogs: [{ logGroup: "/shop", arn: "arn:aws:logs:eu-west-1:123456789012:log-group:/shop" }],
};

function fill(segment, raw) {
  segment
    .setUser('u-17 "quoted" \\ \u0001')
    .setOrigin("AWS::ECS::Container")
    .setResourceArn("arn:aws:ecs:eu-west-1:123456789012:task/t")
    .setService({ name: "checkout", version: "1.4.2", runtime: "rust", runtimeVersion: "1.95.0" })
    .setHttpRequest({ method: "GET", url: "https://shop.example.com/cart", userAgent: "curl/8", clientIp: "203.0.113.7", xForwardedFor: true })
    .setHttpResponse({ status: 429, contentLength: 0 })
    .setAws(RESOURCE)
    .putAnnotation("tenant", "acme")
    .putAnnotation("items", 2)
    .putAnnotation("total", 12.5)
    .putAnnotation("debt", -(2n ** 63n))
    .putAnnotation("most", 2n ** 64n - 1n)
    .putAnnotation("paid", false)
    .putAnnotation("items", 3)
    .putMetadata("cart", ["book", null, "pen \u{1f980}"]);
  if (raw !== undefined) {
    segment.putMetadata("floats", [raw("1.5e300"), 0.1, null, raw("-0.0")], "numbers");
    segment.putMetadata("integers", [raw("340282366920938463463374607431768211455"), -128, "x", null], "numbers");
  }
  segment
    .putMetadata("cart", ["book"])
    .addLink({ traceId: "1-581cf771-a006649127e371903a2de979", id: "70de5b6f19ff9a0a" }, { queue: "orders", delay: 0.25 });
}
