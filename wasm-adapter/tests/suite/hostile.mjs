// What programs and transports do to a recorder, and what it must not do to them.

import { equal, memory, ok, settled, test, throws } from "./harness.mjs";

const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";

test("the end of the stack breaks one trace off, and none that follows", async ({ xray }) => {
  const { recorder, documents } = memory(xray);
  for (let request = 0; request < 20; request += 1) {
    const walk = (segment, depth) => segment.run("visit", (child) => walk(child, depth + 1));
    let caught;
    try {
      recorder.run("deep", (segment) => walk(segment, 0));
    } catch (error) {
      caught = error;
    }
    ok(caught !== undefined);
  }
  const before = documents().length;
  for (let number = 0; number < 50; number += 1) {
    const segment = recorder.segment("after");
    segment.subsegment("below").end();
    segment.end();
  }
  equal(documents().slice(before).map(({ name, subsegments }) => [name, subsegments?.length]), Array(50).fill(["after", 1]));
});

test("a transport may record while it sends", ({ xray }) => {
  const decoder = new TextDecoder();
  const sent = [];
  let isBusy = false;
  const transport = {
    send(bytes) {
      sent.push(JSON.parse(decoder.decode(bytes).split("\n")[1]));
      if (!isBusy) {
        isBusy = true;
        recorder.segment("inner", { header: `${ROOT};Sampled=1` }).end();
        isBusy = false;
      }
    },
  };
  const recorder = new xray.Recorder({ transport, env: {} });
  const outer = recorder.segment("outer");
  const late = outer.subsegment("late");
  const { id } = outer;
  outer.end();
  late.end();
  equal(sent.map(({ name }) => name), ["outer", "inner", "late", "inner"]);
  equal([outer.id, sent[2].parent_id, sent[1].trace_id], [id, id, ROOT.slice(5)]);
  equal(settled(recorder).sent, 4);
});

test("a transport whose promises are none is counted, and ends nothing by an error", ({ xray }) => {
  const bad = () => ({ get then() { throw new Error("a trap"); } });
  const recorder = new xray.Recorder({ transport: { send: bad, flush: bad }, env: {} });
  recorder.segment("checkout").end();
  recorder.segment("checkout").end();
  equal(settled(recorder).failed, 2);
});

test("a clock or randomness that fails is replaced", ({ xray }) => {
  const failing = () => {
    throw new Error("it fails");
  };
  for (const now of [failing, () => NaN, () => 7n]) {
    const { recorder, documents } = memory(xray, { now, random: failing });
    const error = new Error("the program's own");
    throws(() => recorder.run("checkout", (segment) => segment.run("below", () => { throw error; })), Error, "the program's own");
    ok(documents()[0].start_time > 1.7e9 && documents()[0].subsegments.length === 1);
    settled(recorder);
  }
});

test("secrets that are longer than what is shown do not leave", ({ xray }) => {
  const { recorder, datagrams } = memory(xray);
  const secret = `hunter2${"x".repeat(1_600)}`;
  const segment = recorder.segment("checkout");
  segment.setHttpRequest({ url: `https://user:${secret}@shop.example.com/cart` });
  const db = segment.subsegment("db");
  db.setSql({ url: `postgresql://app:${secret}@db.example.com/orders`, connectionString: `Server=db;Password=${secret}` });
  db.end();
  segment.end();
  ok(!datagrams.join().includes("hunter2"), datagrams.join());
});

test("a request in place of options keeps its method and body", async ({ xray }) => {
  const made = [];
  const fetch = async (input, init) => {
    const request = new Request(input, init);
    made.push([request.method, await request.text(), request.headers.has("x-amzn-trace-id")]);
    return new Response("ok");
  };
  const { recorder } = memory(xray, { fetch: { fetch, propagate: () => true } });
  const segment = recorder.segment("checkout");
  await segment.fetch("https://a.example.com/", new Request("https://a.example.com/", { method: "POST", body: "hello" }));
  segment.end();
  equal(made, [["POST", "hello", true]]);
});

test("fetch gives what the real one gives, whatever that is", async ({ xray }) => {
  for (const answer of [undefined, { ok: true }, "text"]) {
    const { recorder } = memory(xray, { fetch: { fetch: async () => answer } });
    const segment = recorder.segment("checkout");
    equal(await segment.fetch("https://a.example.com/"), answer);
    segment.end();
    settled(recorder);
  }
  const { recorder, datagrams } = memory(xray, { fetch: { fetch: async (input) => new Response(String(input)) } });
  const odd = recorder.segment("checkout", { header: `${ROOT};Sampled=0;x=漢` });
  equal(await (await odd.fetch("https://a.example.com/")).text(), "https://a.example.com/");
  const segment = recorder.segment("checkout");
  await segment.fetch("data:text/plain,hunter2");
  segment.end();
  ok(!datagrams.join().includes("hunter2"));
  const w3c = recorder.segment("checkout", { traceparent: "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00" });
  equal(w3c.traceHeader(), `${ROOT};Sampled=0`);
});

test("a handler leaves a response alone that is not recorded", async ({ xray }) => {
  const { recorder } = memory(xray, { enabled: false });
  const response = new Response("served", { headers: { "content-length": "50" } });
  const handler = recorder.handler(() => response, { name: () => { throw new Error("a name"); } });
  ok((await handler(new Request("https://a.example.com/"))) === response);
});

test("a handler finds waitUntil where the runtime has it, and does without", async ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const waited = [];
  const handler = recorder.handler(() => new Response(null, { status: 204 }));
  const request = () => new Request("https://a.example.com/");
  await handler(request(), { waitUntil: (promise) => waited.push(promise) });
  await handler(request(), {}, { waitUntil: () => { throw new Error("over"); } });
  await Promise.all(waited);
  equal([waited.length, documents().length], [1, 2]);
});

test("what a program has disabled stays so", ({ xray }) => {
  const recorder = new xray.Recorder({ transport: { send() {} } });
  recorder.setEnabled(false);
  recorder.configure({ AWS_XRAY_TRACING_NAME: "shop" });
  equal([recorder.isEnabled, recorder.service], [false, "shop"]);
});

test("what ends later than its segment is sent, too", async ({ xray }) => {
  const calls = [];
  const transport = { send: (bytes) => new Promise((resolve) => calls.push(resolve)), flush: () => calls.splice(0).forEach((resolve) => resolve()) };
  const recorder = new xray.Recorder({ transport, env: {} });
  const segment = recorder.segment("checkout");
  const late = segment.subsegment("late");
  segment.end();
  await Promise.resolve();
  late.end();
  await recorder.flush();
  equal(settled(recorder).sent, 2);
});

test("a function in Lambda answers, whatever its transport does", async ({ xray }) => {
  const credentials = () => new Promise(() => {});
  const transport = xray.aws({ region: "eu-central-1", credentials, timeout: 20 });
  const recorder = new xray.Recorder({ transport, env: { LAMBDA_TASK_ROOT: "/var/task" } });
  const work = recorder.lambda(async (_event, context) => recorder.facade(context.xRayTraceId).run("call", () => 42));
  const answers = await Promise.all(["1", "2"].map((digit) =>
    work({}, { xRayTraceId: `Root=1-5759e988-bd862e3fe1be46a99427279${digit};Parent=53995c3f42cd8ad8;Sampled=1` })));
  equal([answers, recorder.stats().failed], [[42, 42], 2]);
});
