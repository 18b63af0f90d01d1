// Every method, as a program uses it: the types let it.

import { Recorder, aws, http, udp } from "xray-recorder";
import type { AnnotationValue, Credentials, Entity, Segment, Stats, Subsegment, Transport } from "xray-recorder";

const keys: Credentials = { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: null };
const kept: Uint8Array[] = [];
const memory: Transport = { send: (datagram) => void kept.push(datagram), flush: async () => {} };

export const transports: Transport[] = [
  memory,
  udp(),
  udp({ address: "127.0.0.1:2000" }),
  aws({ region: "eu-central-1", credentials: keys, endpoint: "http://127.0.0.1", timeout: 1_000, now: () => new Date(), fetch }),
  aws({ region: "eu-central-1", credentials: () => keys }),
  aws({ region: "eu-central-1", credentials: async ({ refresh }) => (refresh ? { ...keys, sessionToken: "t" } : keys) }),
  http({ url: "https://relay.example.com/", headers: { "X-Key": "k" }, timeout: 1_000, fetch }),
];

class Storage {
  run<T>(_store: unknown, work: () => T): T {
    return work();
  }
  getStore(): unknown {
    return undefined;
  }
}

const recorder = new Recorder({
  transport: memory,
  service: "checkout",
  enabled: true,
  sampling: { version: 2, default: { fixed_target: 1, rate: 0.1 }, rules: [] },
  contextMissing: "IGNORE_ERROR",
  embed: "if-fits",
  fetch: {
    fetch,
    ignore: ["*.internal", (url) => url.pathname === "/health"],
    propagate: (url) => url.hostname !== "a.com",
    w3c: true,
  },
  env: { AWS_XRAY_TRACING_NAME: "shop" },
  asyncLocalStorage: Storage,
  describeSdk: false,
  now: () => 1_700_000_000_000_000,
  random: (words) => void words.fill(7),
  maxOpenDocuments: 8,
  maxDocumentBytes: 1_400,
});
new Recorder();
new Recorder({ sampling: false, embed: 100, asyncLocalStorage: false });
new Recorder({ sampling: '{"version": 2}', embed: "never", contextMissing: "LOG_ERROR" });

function common(entity: Entity): void {
  const texts: string[] = [entity.name, entity.id, entity.traceId, entity.traceHeader(), entity.traceparent()];
  const flags: boolean[] = [entity.isSampled, entity.isOpen];
  const values: AnnotationValue[] = ["acme", 3, 7n, true];
  for (const value of values) {
    entity.putAnnotation("key", value);
  }
  entity
    .putAnnotation("tenant", "acme")
    .putMetadata("cart", { lines: [1, new Map([["a", new Set([1n])]])] })
    .putMetadata("texts", [texts, flags], "shop")
    .addException(new TypeError("no", { cause: "deep" }))
    .addException("a text", { remote: true })
    .setHttpRequest({ method: "GET", url: "https://a.com/", userAgent: "t", clientIp: "::1", xForwardedFor: true, verbatim: true })
    .setHttpResponse({ status: 429, contentLength: 0 })
    .setError()
    .setThrottle()
    .setFault()
    .putAws("consistent_read", true)
    .sendInProgress();
  const child: Subsegment = entity.subsegment("child", { startTime: Date.now() });
  child.end(Date.now());
  const sum: number = entity.run("sum", (call) => call.name.length + 1);
  const later: Promise<string> = entity.run("later", async (call) => call.id);
  const entered: number = entity.enter(() => sum);
  const answer: Promise<Response> = entity.fetch("https://pay.example.com/", { method: "POST", body: "x" });
  void [later, entered, answer];
  entity.end();
}

const segment: Segment = recorder.segment("checkout", {
  header: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
  traceparent: "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
  sampled: true,
  request: { host: "h", method: "GET", path: "/" },
  startTime: Date.now(),
});
segment
  .putAnnotation("chained", 1)
  .setUser("u-17")
  .setOrigin("Acme::Shop")
  .setResourceArn("arn:aws:ecs:eu-central-1:1:task/t")
  .setService({ name: "shop", version: "1", runtime: "workerd", runtimeVersion: "2" })
  .setAws({ accountId: "1", ecs: { containerId: "c" }, elasticBeanstalk: { deploymentId: 7 }, cloudwatchLogs: [{ logGroup: "/shop" }] })
  .addLink({ traceId: "1-581cf771-a006649127e371903a2de979", id: "70de5b6f19ff9a0a" }, { queue: "orders", delay: 1 })
  .addLink("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
export const answered: string = segment.answerHeader();
common(segment);

const query = segment.subsegment("orders@db.example.com");
query
  .putAnnotation("chained", 1)
  .setNamespace("remote")
  .setSql({ query: "SELECT 1", databaseType: "PostgreSQL", databaseVersion: "17", driverVersion: "8" })
  .setSql({ user: "u", url: "postgresql://db.example.com/orders" })
  .setSql({ connectionString: "Server=db", preparation: "statement", verbatim: true })
  .setAws({ operation: "PutItem", region: "eu-central-1", requestId: "r", id2: "i", accountId: "1", tableName: "t" })
  .setAws({ queueUrl: "https://sqs.example.com/q", bucketName: "b", key: "k", retries: 2, tableNames: ["t"], resourceNames: ["r"] })
  .setTraced()
  .addPrecursor("53995c3f42cd8ad8");
common(query);

export function ended(): string {
  using work = recorder.segment("work");
  return work.id;
}

export const runs: [number, Promise<number>] = [
  recorder.run("plain", (work) => work.name.length),
  recorder.run("options", { sampled: true }, async (work) => work.setUser("u").name.length),
];

const current: Segment | Subsegment | undefined = recorder.current();
current?.putAnnotation("tenant", "acme");
recorder.subsegment("below").end();
recorder.facade().subsegment("a").end();
recorder.facade("Root=1-5759e988-bd862e3fe1be46a994272793").subsegment("b").end();
export const response: Promise<Response> = recorder.fetch(new URL("https://pay.example.com/"));

interface Env {
  TENANT: string;
}
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}
export const worker = {
  fetch: recorder.handler(
    async (request: Request, env: Env, ctx: Context) => {
      ctx.waitUntil(Promise.resolve());
      return new Response(`${request.url} ${env.TENANT}`);
    },
    { name: (request) => new URL(request.url).host, clientIp: false },
  ),
};
export const served: Response | Promise<Response> = worker.fetch(
  new Request("https://a.com/"),
  { TENANT: "acme" },
  { waitUntil: () => {} },
);
const handler = (request: Request) => new Response(request.url);
export const plain: (request: Request) => Response = recorder.handler(handler, { name: "plain" });
export const lambda: (event: { id: number }) => Promise<number> = recorder.lambda(async (event: { id: number }) => event.id);

recorder.configure({ AWS_XRAY_SDK_ENABLED: "false" });
recorder.configure(undefined);
export const flushed: Promise<void> = recorder.flush();
export const enabled: boolean = recorder.isEnabled && recorder.setEnabled(false);
export const service: string | undefined = recorder.service;
const stats: Stats = recorder.stats();
export const lost: number = stats.begun - stats.sent - stats.failed - stats.dropped - stats.open - stats.queued;
export const figures: number[] = [stats.datagrams, stats.bytes, stats.cut, stats.refused];
export const lastError: unknown = stats.lastError;
