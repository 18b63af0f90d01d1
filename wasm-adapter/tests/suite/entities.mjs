// Segments, subsegments and what is said of them.

import { equal, memory, ok, settled, test } from "./harness.mjs";

const HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

test("a segment is a document", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout", { header: HEADER });
  equal([segment.isSampled, segment.isOpen, segment.name], [true, true, "checkout"]);
  segment.putAnnotation("tenant", "acme").putAnnotation("items", 3).putAnnotation("gift", true).putAnnotation("rate", 1.5);
  segment.putMetadata("cart", { lines: [1, 2] }).putMetadata("note", "é漢😀", "shop").setUser("u-17").setOrigin("Acme::Shop");
  segment.end();
  equal([segment.isOpen, documents().length], [false, 1]);

  const [document] = documents();
  const { id, start_time: start, end_time: end, ...rest } = document;
  equal(id, segment.id);
  ok(/^[0-9a-f]{16}$/.test(id) && end >= start && start > 1.7e9, JSON.stringify(document));
  equal(rest, {
    trace_id: "1-5759e988-bd862e3fe1be46a994272793",
    parent_id: "53995c3f42cd8ad8",
    name: "checkout",
    annotations: { tenant: "acme", items: 3, gift: true, rate: 1.5 },
    metadata: { default: { cart: { lines: [1, 2] } }, shop: { note: "é漢😀" } },
    user: "u-17",
    origin: "Acme::Shop",
  });
  equal(settled(recorder).sent, 1);
});

test("a subsegment is embedded in its parent at any depth", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  const outer = segment.subsegment("outer");
  const inner = outer.subsegment("inner");
  inner.setNamespace("remote").putAnnotation("n", 1);
  inner.end();
  outer.putAnnotation("n", 2);
  outer.end();
  segment.end();
  const [document] = documents();
  equal(documents().length, 1);
  const [found] = document.subsegments;
  equal([found.name, found.annotations.n, found.subsegments[0].name], ["outer", 2, "inner"]);
  equal(found.subsegments[0].namespace, "remote");
  equal([found.id, found.subsegments[0].id], [outer.id, inner.id]);
  equal(settled(recorder).sent, 3);
});

test("a late subsegment is sent alone", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  const late = segment.subsegment("late");
  segment.end();
  late.end();
  const [first, second] = documents();
  equal([first.name, second.name, second.type], ["checkout", "late", "subsegment"]);
  equal([second.parent_id, second.trace_id], [segment.id, segment.traceId]);
  equal(settled(recorder).sent, 2);
});

test("a thousand children are all there, each once", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("wide");
  for (let number = 0; number < 1_000; number += 1) {
    const child = segment.subsegment("child");
    child.putAnnotation("n", number);
    child.end();
  }
  segment.end();
  const numbers = [];
  const visit = (entity) => {
    if (entity.annotations) {
      numbers.push(entity.annotations.n);
    }
    (entity.subsegments ?? []).forEach(visit);
  };
  documents().forEach(visit);
  equal(numbers.sort((a, b) => a - b), Array.from({ length: 1_000 }, (_, number) => number));
  const stats = settled(recorder);
  equal([stats.begun, stats.sent], [1_001, 1_001]);
  ok(stats.datagrams > 1 && stats.datagrams < 1_001);
});

test("siblings under Promise.all are siblings", async ({ xray }) => {
  const { recorder, documents } = memory(xray);
  await recorder.run("checkout", (segment) =>
    Promise.all(
      [0, 1, 2, 3, 4].map((number) =>
        segment.run(`call ${number}`, async (call) => {
          for (let turn = number; turn < 5; turn += 1) {
            await Promise.resolve();
          }
          await call.run("below", async () => {});
        }),
      ),
    ),
  );
  const [document] = documents();
  equal(document.subsegments.map(({ name }) => name).sort(), [0, 1, 2, 3, 4].map((number) => `call ${number}`));
  ok(document.subsegments.every(({ subsegments }) => subsegments.length === 1 && subsegments[0].name === "below"));
  settled(recorder);
});

test("run ends on return, throw and reject, and records what was thrown with its stack", async ({ xray }) => {
  const { recorder, documents } = memory(xray);
  equal(recorder.run("returns", (segment) => segment.run("inner", () => 42)), 42);
  const error = new TypeError("no", { cause: new RangeError("deep") });
  for (const work of [
    () => {
      throw error;
    },
    async () => {
      throw error;
    },
  ]) {
    let caught;
    try {
      await recorder.run("throws", (segment) => segment.run("inner", work));
    } catch (thrown) {
      caught = thrown;
    }
    ok(caught === error, "another error");
  }
  const [returned, ...thrown] = documents();
  equal([returned.fault, returned.cause], [undefined, undefined]);
  for (const document of thrown) {
    const [inner] = document.subsegments;
    equal([document.fault, inner.fault], [true, true]);
    const types = inner.cause.exceptions.map(({ type, message }) => [type, message]).sort();
    equal(types, [["RangeError", "deep"], ["TypeError", "no"]]);
    const outermost = inner.cause.exceptions.find(({ type }) => type === "TypeError");
    const innermost = inner.cause.exceptions.find(({ type }) => type === "RangeError");
    equal(outermost.cause, innermost.id);
    ok(outermost.stack.length > 0 && outermost.stack[0].line > 0, JSON.stringify(outermost));
    equal(document.cause, outermost.id, "seen again above, it is told by its id");
  }
  settled(recorder);
});

test("using ends an entity", ({ xray }) => {
  if (Symbol.dispose === undefined) {
    return;
  }
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  segment.subsegment("inner")[Symbol.dispose]();
  segment[Symbol.dispose]();
  equal(documents()[0].subsegments[0].name, "inner");
});

test("the current entity is the one that run made so, where the runtime can tell", async ({ xray, hasStorage }) => {
  const { recorder, documents } = memory(xray);
  await recorder.run("a", async (segment) => {
    await Promise.resolve();
    equal(recorder.current() === segment, hasStorage);
    if (hasStorage) {
      const call = recorder.subsegment("below");
      call.end();
    }
  });
  equal(recorder.current(), undefined);
  equal(documents()[0].subsegments?.length, hasStorage ? 1 : undefined);
});

test("metadata takes any value", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  const circle = { name: "c" };
  circle.self = circle;
  segment.putMetadata("circle", circle);
  segment.putMetadata("big", 10n ** 30n).putMetadata("small", 7n);
  segment.putMetadata("map", new Map([["a", new Set([1])], ["__proto__", 2]]));
  segment.putMetadata("date", new Date(0)).putMetadata("nothing", undefined).putMetadata("code", () => 1);
  segment.putMetadata("numbers", [NaN, -Infinity, 1e300]).putMetadata("lone", "\ud800");
  segment.putMetadata("throws", { toJSON: () => { throw new Error("no"); } });
  segment.end();
  equal(documents()[0].metadata.default, {
    circle: { name: "c", self: "[Circular]" },
    big: "1000000000000000000000000000000",
    small: 7,
    map: JSON.parse('{"a":[1],"__proto__":2}'),
    date: "1970-01-01T00:00:00.000Z",
    nothing: null,
    code: null,
    numbers: [null, null, 1e300],
    lone: "\ufffd",
  });
  equal(recorder.stats().refused, 1);
});

test("secrets do not leave by default", ({ xray }) => {
  const { recorder, documents, datagrams } = memory(xray);
  const segment = recorder.segment("checkout");
  segment.setHttpRequest({ method: "GET", url: "https://user:hunter2@shop.example.com/cart?token=hunter2#hunter2" });
  const db = segment.subsegment("db");
  db.setSql({
    query: "SELECT * FROM users WHERE password = 'hunter2'",
    databaseType: "PostgreSQL",
    url: "postgresql://app:hunter2@db.example.com/orders?password=hunter2",
    connectionString: "Server=db;Password=hunter2;Database=orders",
  });
  db.end();
  segment.end();
  ok(!datagrams.join().includes("hunter2"), datagrams.join());
  const [document] = documents();
  equal(document.http.request, { method: "GET", url: "https://shop.example.com/cart" });
  equal(document.subsegments[0].sql.sanitized_query, "SELECT * FROM users WHERE password = ?");
});

test("what is disabled records nothing and passes headers on", ({ xray }) => {
  const { recorder, documents } = memory(xray, { env: { AWS_XRAY_SDK_ENABLED: "false" } });
  equal([recorder.isEnabled, recorder.setEnabled(true)], [false, false]);
  const segment = recorder.segment("checkout", { header: HEADER });
  segment.putAnnotation("a", 1);
  equal([segment.isSampled, segment.traceHeader()], [false, HEADER]);
  segment.subsegment("x").end();
  segment.end();
  equal(documents().length, 0);
});

test("where the clock stands still, a segment says so and precursors keep the order", ({ xray }) => {
  const { recorder, datagrams } = memory(xray);
  const segment = recorder.segment("checkout");
  for (let number = 0; number < 20; number += 1) {
    segment.subsegment(`${number}`).end();
  }
  segment.end();
  const document = JSON.parse(datagrams[0].split("\n")[1]);
  const isCoarse = globalThis.navigator?.userAgent === "Cloudflare-Workers";
  equal(document.metadata, isCoarse ? { "xray-recorder": { clock: "stands still between I/O" } } : undefined);
  let followed = 0;
  document.subsegments.forEach(({ start_time: start, precursor_ids: precursors }, at, all) => {
    const before = all[at - 1];
    const isTold = isCoarse && before?.end_time === start;
    followed += isTold ? 1 : 0;
    equal(precursors, isTold ? [before.id] : undefined);
  });
  equal(followed > 0, isCoarse);
});
