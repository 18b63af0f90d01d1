// Headers, decisions, requests made and served.

import { equal, memory, ok, settled, test } from "./harness.mjs";

const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";

test("the header of a request decides and goes on", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout", { header: `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1` });
  const call = segment.subsegment("api");
  equal(call.traceHeader(), `${ROOT};Parent=${call.id};Sampled=1;Lineage=a:1`);
  equal(call.traceparent(), `00-5759e988bd862e3fe1be46a994272793-${call.id}-01`);
  call.end();
  segment.end();
  equal(documents()[0].subsegments[0].id, call.id);

  const unsampled = recorder.segment("checkout", { header: `${ROOT};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:1` });
  equal([unsampled.isSampled, unsampled.subsegment("api").traceHeader()], [false, `${ROOT};Sampled=0;Lineage=a:1`]);
  unsampled.end();
  const w3c = recorder.segment("checkout", { traceparent: "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01" });
  equal([w3c.traceId, w3c.isSampled], ["1-5759e988-bd862e3fe1be46a994272793", true]);
  w3c.end();
  equal(documents().length, 2);
  settled(recorder);
});

test("rules decide where the header leaves it open", ({ xray }) => {
  const sampling = {
    version: 2,
    default: { fixed_target: 0, rate: 0 },
    rules: [
      { host: "*", http_method: "POST", url_path: "/pay/*", fixed_target: 0, rate: 1 },
      { host: "*", http_method: "*", url_path: "/once", fixed_target: 1, rate: 0 },
    ],
  };
  for (const given of [sampling, JSON.stringify(sampling)]) {
    const { recorder, documents } = memory(xray, { sampling: given, now: () => 1_700_000_000_000_000 });
    const sampled = (method, path, options) => {
      const segment = recorder.segment("checkout", { request: { host: "h", method, path }, ...options });
      segment.end();
      return segment.isSampled;
    };
    equal([sampled("POST", "/pay/7"), sampled("post", "/PAY/7"), sampled("GET", "/pay/7")], [true, true, false]);
    equal([sampled("GET", "/once"), sampled("GET", "/once")], [true, false]);
    equal([sampled("GET", "/", { sampled: true }), sampled("POST", "/pay/1", { sampled: false })], [true, false]);
    equal(sampled("GET", "/", { header: `${ROOT};Sampled=1` }), true);
    equal(documents().length, 5);
  }
  equal(memory(xray, { sampling: false }).recorder.segment("a").isSampled, false);
});

const answering = (made) => async (input, init) => {
  const request = new Request(input, init);
  made.push({ url: request.url, header: request.headers.get("x-amzn-trace-id"), body: await request.text() });
  return new Response("ok", { status: 503, headers: { "content-length": "2" } });
};

test("fetch records a request and says where it is from", async ({ xray }) => {
  const made = [];
  const { recorder, documents } = memory(xray, { fetch: { fetch: answering(made), ignore: ["*.internal", "a.com/health*"] } });
  const segment = recorder.segment("checkout");
  const response = await segment.fetch("https://pay.example.com/charge?secret=1", { method: "POST", body: "x" });
  equal([response.status, await response.text()], [503, "ok"]);
  await segment.fetch("https://db.internal/x");
  await segment.fetch(new URL("https://a.com/health/1"));
  await segment.fetch(new Request("https://a.com/other", { headers: { "X-Mine": "1" } }));
  segment.end();

  const [first, second, ...rest] = documents()[0].subsegments;
  equal(rest.length, 0);
  equal([first.name, first.namespace, first.fault], ["pay.example.com", "remote", true]);
  equal(first.http, {
    request: { method: "POST", url: "https://pay.example.com/charge" },
    response: { status: 503, content_length: 2 },
  });
  // A page tells nobody but its own origin.
  const told = globalThis.document === undefined;
  equal(made.map(({ header }) => header !== null), [told, false, false, told]);
  ok(!told || made[0].header.includes(`Parent=${first.id};Sampled=1`), made[0].header);
  equal([made[0].body, second.name], ["x", "a.com"]);
});

test("a rule for requests that throws breaks no request", async ({ xray }) => {
  const throwing = () => {
    throw new Error("a rule of the program");
  };
  const made = [];
  const { recorder, documents } = memory(xray, { fetch: { fetch: answering(made), ignore: [throwing], propagate: throwing } });
  const segment = recorder.segment("checkout");
  equal((await segment.fetch("https://a.example.com/")).status, 503);
  segment.end();
  equal([made[0].header, documents()[0].subsegments.length], [null, 1]);
});

test("rules match whatever the case is, in any alphabet", ({ xray }) => {
  const rule = { host: "*", http_method: "*", url_path: "/ÄPFEL/?/*", fixed_target: 0, rate: 1 };
  const { recorder } = memory(xray, { sampling: { version: 2, default: { fixed_target: 0, rate: 0 }, rules: [rule] } });
  const sampled = (path) => recorder.segment("checkout", { request: { host: "h", method: "GET", path } }).isSampled;
  equal([sampled("/äpfel/漢/1"), sampled("/ÄPFEL/a/1"), sampled("/äpfel/漢字/1")], [true, true, false]);
});

test("who is told of the trace can be chosen, and a page tells its own origin", async ({ xray }) => {
  const made = [];
  const propagate = (url) => url.host === "pay.example.com";
  const { recorder } = memory(xray, { fetch: { fetch: answering(made), propagate } });
  const segment = recorder.segment("checkout");
  await segment.fetch("https://pay.example.com/charge");
  await segment.fetch("https://a.com/other");
  segment.end();
  equal(made.map(({ header }) => header !== null), [true, false]);

  if (globalThis.document !== undefined) {
    const page = memory(xray, { fetch: { fetch: answering(made) } });
    const visit = page.recorder.segment("visit");
    await visit.fetch("/api/cart?secret=1");
    visit.end();
    const [call] = page.documents()[0].subsegments;
    ok(made[2].header.includes(`Parent=${call.id};Sampled=1`), made[2].header);
    equal([call.name, call.http.request.url], [location.host, `${location.origin}/api/cart`]);
  }
});

test("a fetch that fails is recorded and fails", async ({ xray }) => {
  const failing = async () => {
    throw new TypeError("network down");
  };
  const { recorder, documents } = memory(xray, { fetch: { fetch: failing } });
  const segment = recorder.segment("checkout");
  let caught;
  await segment.fetch("https://a.example.com/").catch((error) => (caught = error));
  segment.end();
  equal(caught.message, "network down");
  const [call] = documents()[0].subsegments;
  equal([call.fault, call.cause.exceptions[0].message], [true, "network down"]);
});

test("a handler has a segment that ends with the body", async ({ xray, hasStorage }) => {
  const { recorder, documents } = memory(xray, { service: "edge", fetch: { fetch: answering([]) } });
  const waited = [];
  let release;
  const handler = recorder.handler(async (request, env, ctx) => {
    equal([env.a, typeof ctx.waitUntil], [1, "function"]);
    if (hasStorage) {
      await recorder.fetch("https://api.example.com/");
    }
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first "));
        await new Promise((resolve) => (release = resolve));
        controller.enqueue(new TextEncoder().encode("last"));
        controller.close();
      },
    });
    return new Response(body, { status: 201, headers: { "X-Own": "1" } });
  });
  const request = new Request("https://shop.example.com/pay?card=1", {
    headers: { "X-Amzn-Trace-Id": `${ROOT};Parent=53995c3f42cd8ad8;Sampled=?`, "User-Agent": "t", "CF-Connecting-IP": "203.0.113.7" },
  });
  const response = await handler(request, { a: 1 }, { waitUntil: (promise) => waited.push(promise) });
  equal([response.status, response.headers.get("x-own")], [201, "1"]);
  equal(response.headers.get("x-amzn-trace-id"), `${ROOT};Sampled=1`);
  const reader = response.body.getReader();
  await reader.read();
  equal([documents().length, waited.length], [0, 1], "it ends with the body");
  release();
  while (!(await reader.read()).done);
  await Promise.all(waited);

  const [document] = documents();
  equal([document.name, document.parent_id], ["edge", "53995c3f42cd8ad8"]);
  const { url, method, client_ip: ip } = document.http.request;
  equal([url, method, ip], ["https://shop.example.com/pay", "GET", "203.0.113.7"]);
  equal(document.http.response.status, 201);
  equal(document.subsegments?.length, hasStorage ? 1 : undefined);
  settled(recorder);
});

test("a handler that throws is recorded and throws", async ({ xray }) => {
  const { recorder, documents } = memory(xray, { service: "edge" });
  const handler = recorder.handler(async () => {
    throw new RangeError("broken");
  });
  let caught;
  await handler(new Request("https://a.example.com/"), undefined, undefined).catch((error) => (caught = error));
  equal(caught.message, "broken");
  await recorder.flush();
  const [document] = documents();
  equal([document.fault, document.cause.exceptions[0].type, document.http.response.status], [true, "RangeError", 500]);
});

test("a body that is cancelled or fails ends the segment and says so", async ({ xray }) => {
  const { recorder, documents } = memory(xray, { service: "edge" });
  const serve = (source) => recorder.handler(() => new Response(new ReadableStream(source)));
  const cancelled = await serve({})(new Request("https://a.example.com/"));
  await cancelled.body.cancel();
  const broken = await serve({
    pull() {
      throw new Error("half way");
    },
  })(new Request("https://a.example.com/"));
  await broken.text().catch(() => {});
  await recorder.flush();
  const [first, second] = documents();
  equal(first.metadata["xray-recorder"], { cancelled: true });
  equal([second.fault, second.cause.exceptions[0].message], [true, "half way"]);
  settled(recorder);
});

test("in Lambda a segment is that of the invocation, whoever begins it", async ({ xray }) => {
  const env = { _X_AMZN_TRACE_ID: `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`, LAMBDA_TASK_ROOT: "/var/task" };
  const { recorder, documents } = memory(xray, { env });
  recorder.run("named by the program", (segment) => segment.subsegment("call").end());
  const header = "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a;Sampled=1";
  const other = recorder.segment("named by the program", { header });
  other.putAnnotation("nobody", "writes there").subsegment("call").end();
  other.end();
  const sent = documents();
  equal(sent.map(({ type, name, parent_id: parent }) => [type, name, parent]), [
    ["subsegment", "call", "53995c3f42cd8ad8"],
    ["subsegment", "call", "70de5b6f19ff9a0a"],
  ]);
  const stats = settled(recorder);
  equal([stats.begun, stats.sent], [2, 2]);
});

test("in Lambda subsegments are under the segment of the invocation, each sent alone", async ({ xray }) => {
  const env = { _X_AMZN_TRACE_ID: `${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1`, LAMBDA_TASK_ROOT: "/var/task" };
  const { recorder, documents } = memory(xray, { env });
  const other = "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a;Sampled=1";
  const work = recorder.lambda(async (event) => {
    const facade = recorder.facade(event);
    const call = facade.subsegment("call");
    call.subsegment("below").end();
    call.end();
    facade.end();
  });
  await Promise.all([work(undefined, {}), work(other, {})]);
  const sent = documents();
  equal(sent.map(({ type }) => type), ["subsegment", "subsegment", "subsegment", "subsegment"]);
  const calls = sent.filter(({ name }) => name === "call");
  equal(calls.map(({ parent_id: parent }) => parent), ["53995c3f42cd8ad8", "70de5b6f19ff9a0a"]);
  const stats = settled(recorder);
  equal([stats.begun, stats.sent], [4, 4]);
});
