// What sends, and what becomes of what cannot be sent.

import { equal, ok, settled, test } from "./harness.mjs";

const recording = (xray, transport, options) => new xray.Recorder({ transport, env: {}, describeSdk: false, ...options });

test("a send that throws, rejects or never settles is counted and reaches nobody", async ({ xray }) => {
  let turn = 0;
  const transport = {
    send() {
      turn += 1;
      if (turn === 1) {
        throw new Error("at once");
      }
      return turn === 2 ? Promise.reject(new Error("later")) : new Promise(() => {});
    },
  };
  const recorder = recording(xray, transport);
  for (let number = 0; number < 3; number += 1) {
    const segment = recorder.segment("checkout");
    segment.subsegment("below").end();
    segment.end();
  }
  await Promise.resolve();
  await Promise.resolve();
  const { begun, sent, failed, queued, lastError } = recorder.stats();
  equal([begun, sent, failed, queued], [6, 0, 4, 2]);
  equal(lastError.message, "later");
});

test("documents reach the X-Ray service's endpoint, 50 a call", async ({ xray, serverUrl }) => {
  if (serverUrl === undefined) {
    return;
  }
  const key = `suite-${Math.floor(Math.random() * 1e9)}`;
  const endpoint = `${serverUrl}/${key}/`;
  const recorder = recording(xray, xray.aws({
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
    endpoint,
    fetch: (url, init) => fetch(url.replace("/TraceSegments", `/${key}/TraceSegments`), init),
  }));
  const segment = recorder.segment("wide");
  const children = Array.from({ length: 120 }, (_, number) => segment.subsegment(`child ${number}`));
  segment.end();
  children.forEach((child) => child.end());
  await recorder.flush();
  const { calls } = await (await fetch(`${serverUrl}/calls/${key}`)).json();
  equal(calls.map(({ body }) => JSON.parse(body).TraceSegmentDocuments.length).sort((a, b) => a - b), [1, 20, 50, 50]);
  ok(calls.every(({ headers }) => headers.authorization.startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")));
  equal(settled(recorder).sent, 121);
});

test("a service that fails is asked twice, and what it refused is counted", async ({ xray }) => {
  const credentials = { accessKeyId: "AKID", secretAccessKey: "secret" };
  const answers = { calls: 0 };
  const answer = (status, body) => () => new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  const expired = answer(403, { message: "ExpiredTokenException" });
  const hangs = (init) => new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
  for (const [name, script, credential, expected] of [
    ["throttled", [answer(429, "slow down"), answer(200, { UnprocessedTraceSegments: [] })], credentials, [2, 2, 0]],
    ["throttled for long", [answer(429, "a"), answer(429, "b")], credentials, [2, 0, 2]],
    ["broken", [answer(500, "oh"), answer(500, "oh")], credentials, [2, 0, 2]],
    ["garbage", [answer(200, "<html>")], credentials, [1, 0, 2]],
    ["refused", [answer(400, "bad")], credentials, [1, 0, 2]],
    ["expired", [expired, expired], credentials, [1, 0, 2]],
    ["renewed", [expired, answer(200, {})], ({ refresh }) => ({ ...credentials, accessKeyId: refresh ? "NEW" : "OLD" }), [2, 2, 0]],
    ["without credentials", [answer(200, {})], () => Promise.reject(new Error("none")), [0, 0, 2]],
    ["hanging", [hangs, hangs], credentials, [2, 0, 2]],
  ]) {
    answers.calls = 0;
    const fake = async (_url, init) => script[answers.calls++](init);
    const transport = xray.aws({ region: "us-east-1", credentials: credential, fetch: fake, timeout: 20 });
    const recorder = recording(xray, transport);
    recorder.run("checkout", (segment) => segment.run("below", () => {}));
    await recorder.flush();
    const { sent, failed } = settled(recorder);
    equal([answers.calls, sent, failed], expected, name);
  }
});

test("whatever becomes of what is sent, the user has the response, and nobody hears of it", async ({ xray }) => {
  const credentials = { accessKeyId: "AKID", secretAccessKey: "secret" };
  const status = (code) => () => new Response("no", { status: code });
  const unprocessed = (_url, init) => {
    const [document] = JSON.parse(init.body).TraceSegmentDocuments;
    return Response.json({ UnprocessedTraceSegments: [{ Id: JSON.parse(document).id, ErrorCode: "ParseError", Message: "no" }] });
  };
  const hangs = (_url, { signal }) =>
    new Promise((_, reject) => {
      const refuse = () => reject(signal.reason);
      signal.addEventListener("abort", refuse);
      if (signal.aborted) {
        refuse();
      }
    });
  for (const [name, service, credential, says] of [
    ["throttled", status(429), credentials, "429"],
    ["broken", status(500), credentials, "500"],
    ["hanging", hangs, credentials, "20 ms"],
    ["unprocessed", unprocessed, credentials, "ParseError"],
    ["expired", () => new Response("ExpiredTokenException", { status: 403 }), () => credentials, "ExpiredToken"],
    ["without a network", () => Promise.reject(new TypeError("network down")), credentials, "network down"],
  ]) {
    let asked;
    const gate = new Promise((open) => (asked = open));
    const fake = async (url, init) => {
      await gate;
      return service(url, init);
    };
    const transport = xray.aws({ region: "us-east-1", credentials: credential, fetch: fake, timeout: 20 });
    const recorder = recording(xray, transport, { service: "edge" });
    const handler = recorder.handler(() => new Response("served", { status: 201 }));
    const waited = [];
    const response = await handler(new Request("https://a.example.com/"), {}, { waitUntil: (promise) => waited.push(promise) });
    equal([response.status, await response.text()], [201, "served"], name);
    equal([waited.length, recorder.stats().queued], [1, 1], `${name}: it is not waited for`);
    asked();
    await Promise.all(waited);
    const { sent, failed, lastError } = settled(recorder);
    equal([sent, failed], [0, 1], name);
    ok(String(lastError).includes(says), `${name}: ${lastError}`);
  }
});

test("documents that the service could not process are counted as failed, and no others", async ({ xray }) => {
  const fake = async (_url, init) => {
    const ids = JSON.parse(init.body).TraceSegmentDocuments.map((document) => JSON.parse(document).id);
    return Response.json({ UnprocessedTraceSegments: [{ Id: ids[1], ErrorCode: "ParseError", Message: "no" }] });
  };
  const transport = xray.aws({ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" }, fetch: fake });
  const recorder = recording(xray, transport);
  const segment = recorder.segment("checkout");
  const late = [0, 1, 2].map((number) => segment.subsegment(`late ${number}`));
  segment.end();
  await recorder.flush();
  equal(recorder.stats().sent, 1, "an answer without the id of this one");
  late.forEach((subsegment) => subsegment.end());
  await recorder.flush();
  const { sent, failed } = settled(recorder);
  equal([sent, failed], [3, 1]);
});

test("a relay gets each datagram", async ({ xray, serverUrl }) => {
  if (serverUrl === undefined) {
    return;
  }
  const key = `relay-${Math.floor(Math.random() * 1e9)}`;
  const recorder = recording(xray, xray.http({ url: `${serverUrl}/${key}/relay`, headers: { "X-Key": "k" } }));
  recorder.run("checkout", () => {});
  await recorder.flush();
  const { calls } = await (await fetch(`${serverUrl}/calls/${key}`)).json();
  equal([calls.length, calls[0].headers["x-key"]], [1, "k"]);
  ok(calls[0].body.startsWith('{"format":"json","version":1}\n{"trace_id":"1-'), calls[0].body);
  equal(settled(recorder).sent, 1);
});

test("UDP reaches the daemon, over IPv4 and IPv6, or is refused in words where there is none", async ({ xray, udp, serverUrl }) => {
  if (udp === undefined) {
    let error;
    try {
      xray.udp({ address: "127.0.0.1:2000" });
    } catch (thrown) {
      error = thrown;
    }
    ok(error instanceof TypeError && /UDP/.test(error.message), `another error: ${error}`);
    return;
  }
  for (const address of udp) {
    const name = `udp ${Math.floor(Math.random() * 1e9)}`;
    const recorder = recording(xray, xray.udp({ address }));
    recorder.run(name, () => {});
    await recorder.flush();
    equal(settled(recorder).sent, 1, `${address}: ${recorder.stats().lastError}`);
    const answer = await fetch(`${serverUrl}/datagram/${encodeURIComponent(name)}`);
    equal((await answer.json()).name, name);
  }
});

test("an address that is none is an error", async ({ xray, udp }) => {
  if (udp === undefined) {
    return;
  }
  for (const address of ["", "a", "a:", ":1", "a:0", "a:70000", "::1:2000", "[::1", "tcp:a:1", "a:1 b:2", 7]) {
    let error;
    try {
      xray.udp({ address });
    } catch (thrown) {
      error = thrown;
    }
    ok(address === "" || (error instanceof TypeError && error.message.includes("daemon address")), `${address}: ${error}`);
  }
});
