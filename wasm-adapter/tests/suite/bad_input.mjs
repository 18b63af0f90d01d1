// What no program should say, and some do.

import { equal, memory, ok, settled, test, throws } from "./harness.mjs";

const ODD = [undefined, null, 0, -1, NaN, Infinity, "", "x", "\ud800", true, 10n, Symbol("s"), {}, [], () => {}, new Date(NaN),
  Object.create(null), new Proxy({}, { get() { throw new Error("a trap"); } })];

/** Members of a value that lets them be read. */
function readable(value) {
  try {
    return { ...value };
  } catch {
    return {};
  }
}

test("every method takes every value without throwing, and documents stay valid", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  for (const value of ODD) {
    const segment = recorder.segment("checkout", { header: value, traceparent: value, sampled: true, startTime: value, request: value });
    for (const entity of [segment, segment.subsegment("sub", { startTime: value })]) {
      for (const method of ["setUser", "setOrigin", "setResourceArn", "setTraced", "sendInProgress", "putAws", "setService", "addLink", "setNamespace", "setSql", "setAws", "addPrecursor",
        "setHttpRequest", "setHttpResponse", "addException"]) {
        entity[method]?.(value);
      }
      entity.putAnnotation(value, value).putAnnotation("k", value).putMetadata(value, value).putMetadata("k", value, value);
      entity.setHttpRequest({ method: value, url: value, userAgent: value, clientIp: value, xForwardedFor: value });
      entity.setHttpResponse({ status: value, contentLength: value });
      entity.setSql?.({ query: value, url: value, databaseType: value, connectionString: value });
      entity.setAws?.({ operation: value, region: value, retries: value, tableNames: value, resourceNames: [value, value] });
      entity.setAws?.({ accountId: value, xray: value, ec2: { amiId: value }, ecs: { taskArn: value }, cloudwatchLogs: [value] });
      entity.putAws(value, value).putAws("k", value);
      entity.addLink?.({ traceId: value, id: value }, value);
      entity.addLink?.("Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a", { k: value, ...readable(value) });
      entity.addException({ name: value, message: value, stack: value, cause: value });
      entity.traceHeader();
      entity.end(value);
    }
  }
  for (const document of documents()) {
    ok(document.in_progress || document.end_time >= document.start_time, JSON.stringify(document));
  }
  settled(recorder);
});

test("names of every kind are names", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  for (const value of ODD) {
    recorder.segment(value, { sampled: true }).end();
  }
  equal(documents().length, ODD.length);
  ok(documents().every(({ name }) => typeof name === "string" && name.length > 0));
});

test("an entity that has ended takes nothing more, and counts it", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  segment.end();
  segment.end();
  segment.putAnnotation("late", 1).setUser("u").putMetadata("m", 1).setFault();
  const late = segment.subsegment("late");
  late.end();
  equal(documents().map(({ name }) => name), ["checkout", "late"]);
  equal([documents()[0].annotations, recorder.stats().refused], [undefined, 4]);
  settled(recorder);
});

test("metadata may be as long as a document has room for", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("checkout");
  const page = "x".repeat(13_000);
  segment.putMetadata("small", 1).putMetadata("page", { page }).putMetadata("after", 2);
  segment.putMetadata("page of others", "漢".repeat(13_000));
  segment.putAnnotation("tenant", "acme");
  segment.end();
  const [{ metadata, annotations }] = documents();
  equal([metadata.default, annotations], [{ small: 1, page: { page }, after: 2 }, { tenant: "acme" }]);
  equal(settled(recorder).refused, 1);
});

test("long texts are cut or refused, and ten megabytes break nothing", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const long = "é".repeat(5 * 1024 * 1024);
  const segment = recorder.segment(long);
  segment.putAnnotation("long", long).putAnnotation(long, 1).putMetadata("long", long).putMetadata(long, 1).setUser(long);
  segment.setHttpRequest({ url: `https://a.example.com/${long}`, userAgent: long });
  segment.addException(new Error(long));
  segment.putAnnotation("after", 1);
  const query = segment.subsegment("db");
  query.setSql({ query: `SELECT '${long}'` });
  query.end();
  segment.end();
  const [document] = documents();
  equal([document.annotations.after, document.name.length], [1, 200]);
  ok(document.annotations.long.length === 1_000 && document.annotations.long.endsWith("…"));
  const { cut, refused } = settled(recorder);
  ok(cut >= 4 && refused >= 2, JSON.stringify({ cut, refused }));
});

test("letters of three bytes take no more room than there is", ({ xray }) => {
  const { recorder, documents } = memory(xray);
  const segment = recorder.segment("漢".repeat(2_000));
  for (let number = 0; number < 5; number += 1) {
    segment.putAnnotation(`k${number}`, "漢".repeat(850));
  }
  segment.end();
  const [{ name, annotations }] = documents();
  equal([name.length, Object.values(annotations).map(({ length }) => length)], [200, [850, 850, 850, 850, 850]]);
  equal(settled(recorder).refused, 0);
});

test("keys that are names of something else are keys", ({ xray }) => {
  const { recorder, datagrams } = memory(xray);
  const segment = recorder.segment("checkout");
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    segment.putAnnotation(key, key).putMetadata(key, { [key]: 1 }, key);
  }
  segment.end();
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    ok(datagrams[0].includes(`"${key}":"${key}"`) && datagrams[0].includes(`"${key}":{"${key}":{"${key}":1}}`), datagrams[0]);
  }
});

test("options that cannot be are refused in words", ({ xray }) => {
  for (const [options, says] of [
    [{ transport: 7 }, "transport"],
    [{ transport: {} }, "transport"],
    [{ sampling: "{" }, "sampling"],
    [{ sampling: { version: 3 } }, "version"],
    [{ sampling: { version: 2, default: { fixed_target: 1, rate: 2 } } }, "rate"],
    [{ contextMissing: "PANIC" }, "contextMissing"],
    [{ embed: -1 }, "embed"],
    [{ maxDocumentBytes: 511 }, "maxDocumentBytes"],
    [{ maxOpenDocuments: "many" }, "maxOpenDocuments"],
    [{ fetch: { ignore: [7] } }, "ignore"],
  ]) {
    throws(() => new xray.Recorder({ env: {}, ...options }), TypeError, says);
  }
  throws(() => xray.aws({ region: "nowhere!", credentials: { accessKeyId: "a", secretAccessKey: "b" } }), TypeError, "region");
  throws(() => xray.aws({ region: "us-east-1" }), TypeError, "credentials");
  throws(() => xray.http({ url: "no url" }), TypeError);
  const { recorder } = memory(xray);
  throws(() => recorder.run("a"), TypeError, "function");
  throws(() => recorder.handler(7), TypeError, "function");
});

test("many entities may be open at once", ({ xray }) => {
  const { recorder, documents } = memory(xray, { maxOpenDocuments: 8 });
  const segments = Array.from({ length: 50 }, (_, number) => recorder.segment(`s${number}`));
  segments.forEach((segment) => segment.subsegment("below").end());
  segments.forEach((segment) => segment.end());
  equal(settled(recorder).sent, 100);
  const names = documents().flatMap((document) => [document.name, ...(document.subsegments ?? []).map(({ name }) => name)]);
  equal(names.filter((name) => name === "below").length, 50);
  const again = recorder.segment("again");
  again.subsegment("below").end();
  again.end();
  equal(documents().at(-1).subsegments.length, 1, "documents are given back");
});
