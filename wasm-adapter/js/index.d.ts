/// <reference lib="esnext.disposable" />

/** A value that X-Ray indexes. Numbers are finite, a `bigint` has 64 bits; texts longer than 1,000 characters are cut. */
export type AnnotationValue = string | number | bigint | boolean;

/** What a subsegment calls: AWS, or another service. */
export type Namespace = "aws" | "remote";

/** Takes datagrams: a header line, and a document of JSON. */
export interface Transport {
  /**
   * Sends one. It may throw or reject: then its entities count as failed, and nobody else hears of it. The bytes are the
   * transport's to keep.
   */
  send(datagram: Uint8Array): void | Promise<void>;
  /** Sends what it has kept back. Called whenever a segment ends, and by `recorder.flush()`. */
  flush?(): void | Promise<void>;
}

export interface RecorderOptions {
  /**
   * Where documents go. Without it `udp()`, where the runtime has UDP; elsewhere nothing is recorded, which is told once on
   * the console.
   */
  transport?: Transport;
  /** The name of the service, unless `AWS_XRAY_TRACING_NAME` says otherwise: of segments that `handler` begins. */
  service?: string;
  /** Whether anything is recorded, unless `AWS_XRAY_SDK_ENABLED` says otherwise. */
  enabled?: boolean;
  /**
   * Which segments are recorded, where the header and the program leave it open: all (`true`, the default), none (`false`), or
   * by rules, a document of version 1 or 2 as the other X-Ray SDKs read it, as an object or as JSON.
   */
  sampling?: boolean | object | string;
  /** What calls do that need a current entity where there is none, unless `AWS_XRAY_CONTEXT_MISSING` says otherwise. */
  contextMissing?: "LOG_ERROR" | "RUNTIME_ERROR" | "IGNORE_ERROR";
  /** How subsegments get into the document of the entity above: if they fit (the default), at most so many, or never. */
  embed?: "if-fits" | "never" | number;
  /** For requests made by `fetch`. */
  fetch?: FetchOptions;
  /** Variables of the environment, where they are not those of the process: the `env` of a Worker. */
  env?: Record<string, unknown>;
  /** `AsyncLocalStorage`, where it cannot be found by itself; `false` to go without. */
  asyncLocalStorage?: (new () => any) | false;
  /** Whether segments say which SDK made them. They do unless this says otherwise. */
  describeSdk?: boolean;
  /** Another clock: microseconds since the epoch. For tests. */
  now?: () => number;
  /** Another source of randomness, which fills the words. For tests. */
  random?: (words: Uint32Array) => void;
  /** The most documents that are kept open at once, of 16 KiB each, beyond which subsegments are sent by themselves. 1,024 unless this says otherwise. */
  maxOpenDocuments?: number;
  /**
   * The longest a document may be: 512 to 16,384 bytes, which is the default. Subsegments for which a document has no more room
   * are sent by themselves, so that none is lost; with 1,400 a datagram is one packet in most networks.
   */
  maxDocumentBytes?: number;
}

export interface SegmentOptions {
  /** `X-Amzn-Trace-Id` of the request: its trace is continued, and its decision is final. */
  header?: string;
  /** W3C `traceparent` of the request. */
  traceparent?: string;
  /** Whether to record it, where the header leaves it open. */
  sampled?: boolean;
  /** The request it serves, for rules to decide by. */
  request?: { host?: string; method?: string; path?: string };
  /** When the work began, in milliseconds since the epoch, where that is not now. */
  startTime?: number;
}

export interface HttpRequest {
  method?: string;
  /** Without its query, user and fragment, unless `verbatim`. */
  url?: string;
  userAgent?: string;
  clientIp?: string;
  /** Whether the address is from `X-Forwarded-For`, which anybody can write. */
  xForwardedFor?: boolean;
  /** Records the URL as it is. */
  verbatim?: boolean;
}

export interface HttpResponse {
  /** 429 says throttled, other 4xx error, 5xx fault. */
  status?: number;
  contentLength?: number;
}

export interface SqlQuery {
  /** Recorded with `?` for every literal. */
  query?: string;
  databaseType?: string;
  databaseVersion?: string;
  driverVersion?: string;
  user?: string;
  url?: string;
  connectionString?: string;
  preparation?: "call" | "statement";
  /** Records query, url and connection string as they are. */
  verbatim?: boolean;
}

export interface AwsCall {
  operation?: string;
  region?: string;
  requestId?: string;
  id2?: string;
  accountId?: string;
  retries?: number;
  queueUrl?: string;
  tableName?: string;
  tableNames?: string[];
  bucketName?: string;
  key?: string;
  resourceNames?: string[];
}

/** Where a service runs. Texts are cut at 250 characters, ARNs at 500. */
export interface AwsResource {
  accountId?: string;
  /** Who made the segment, where that is not this package. */
  xray?: { sdk?: string; sdkVersion?: string; package?: string; samplingRuleName?: string; autoInstrumentation?: boolean };
  ec2?: { instanceId?: string; availabilityZone?: string; instanceSize?: string; amiId?: string };
  ecs?: {
    container?: string;
    containerId?: string;
    containerArn?: string;
    taskArn?: string;
    taskFamily?: string;
    clusterArn?: string;
    launchType?: string;
    availabilityZone?: string;
  };
  eks?: { pod?: string; clusterName?: string; containerId?: string };
  elasticBeanstalk?: { environmentName?: string; versionLabel?: string; deploymentId?: number };
  cloudwatchLogs?: { logGroup: string; arn?: string }[];
}

/** What a segment and a subsegment have in common. Every method can be called after `end`, and is counted then. */
export interface Entity extends Disposable {
  readonly name: string;
  /** 16 hex digits, or empty where it is not recorded. */
  readonly id: string;
  /** `1-…-…`, or empty where there is none. */
  readonly traceId: string;
  readonly isSampled: boolean;
  readonly isOpen: boolean;
  /** `X-Amzn-Trace-Id` for a request made under this entity; empty where there is nothing to say. */
  traceHeader(): string;
  /** The same as W3C `traceparent`. */
  traceparent(): string;
  /** Begins a subsegment. */
  subsegment(name: string, options?: { startTime?: number }): Subsegment;
  /**
   * Runs `work` in a subsegment, which ends when that returns, throws, or its promise settles; what it throws is recorded,
   * and thrown on.
   */
  run<T>(name: string, work: (subsegment: Subsegment) => T): T;
  /** Runs `work` with this as the current entity, where the runtime can tell requests apart. */
  enter<T>(work: () => T): T;
  /** The global `fetch`, each call of which is a subsegment of this. */
  readonly fetch: typeof fetch;
  putAnnotation(key: string, value: AnnotationValue): this;
  /** Any value: `Map` and `Set` as object and array, values within themselves as `"[Circular]"`. */
  putMetadata(key: string, value: unknown, namespace?: string): this;
  /** Records something thrown with its stack and its causes, and says fault. */
  addException(thrown: unknown, options?: { remote?: boolean }): this;
  setHttpRequest(request: HttpRequest): this;
  setHttpResponse(response: HttpResponse): this;
  setError(): this;
  setThrottle(): this;
  setFault(): this;
  /** Any other member of the block `aws`. */
  putAws(key: string, value: unknown): this;
  /** Sends it as it stands, to show that work goes on: it is sent again when it ends. */
  sendInProgress(): this;
  /** Ends it now, or then: milliseconds since the epoch. It never throws; a second time does nothing. */
  end(endTime?: number): void;
}

export interface Segment extends Entity {
  setUser(user: string): this;
  setOrigin(origin: string): this;
  setResourceArn(arn: string): this;
  setService(service: { name?: string; version?: string; runtime?: string; runtimeVersion?: string }): this;
  /** Where the service runs, in place of the whole block `aws`. */
  setAws(resource: AwsResource): this;
  /** Links to the segment that a message came from, by the header it had or by ids: 20 at most. */
  addLink(link: string | { traceId: string; id: string }, attributes?: Record<string, AnnotationValue>): this;
  /** `X-Amzn-Trace-Id` for the response to the request this serves; with the decision where that asked for it (`Sampled=?`). */
  answerHeader(): string;
}

export interface Subsegment extends Entity {
  setNamespace(namespace: Namespace): this;
  setSql(query: SqlQuery): this;
  /** In place of the whole block `aws`. */
  setAws(call: AwsCall): this;
  /** Says that the service called sends a segment of its own. */
  setTraced(): this;
  /** The id of a subsegment that ended before this one began. */
  addPrecursor(id: string): this;
}

export interface FetchOptions {
  /** The `fetch` that makes the requests, if not the global one. */
  fetch?: typeof fetch;
  /** Requests that are not recorded: patterns of the host, or of host and path, or functions. */
  ignore?: (string | ((url: URL) => boolean))[];
  /** Who hears of the trace. Everybody does; in a page, who has the same origin. */
  propagate?: (url: URL) => boolean;
  /** Sends `traceparent`, too; that is done anyway where the request served came with one. */
  w3c?: boolean;
}

export interface HandlerOptions {
  /** The name of the segments; otherwise the service's, or the host's. */
  name?: string | ((request: Request) => string);
  /** Whether the address of the client is recorded. It is unless this says otherwise. */
  clientIp?: boolean;
}

/** What became of everything: `begun == sent + failed + dropped + open + queued`, in entities, always. */
export interface Stats {
  begun: number;
  /** Handed to the transport, and taken. */
  sent: number;
  /** Handed to the transport, and refused. */
  failed: number;
  /** Never sent: they found no room, or were forgotten before they ended. */
  dropped: number;
  open: number;
  /** Handed to the transport, which has not said what became of them. */
  queued: number;
  datagrams: number;
  bytes: number;
  /** Texts that were shortened. */
  cut: number;
  /** Calls that were refused: bad arguments, no room, after the end. */
  refused: number;
  /** The last error of the transport. */
  lastError: unknown;
}

export class Recorder {
  /** Reads the environment; throws `TypeError` where an option cannot be. */
  constructor(options?: RecorderOptions);
  readonly service: string | undefined;
  readonly isEnabled: boolean;
  /** Unless `AWS_XRAY_SDK_ENABLED` has a say; gives whether it is enabled now. */
  setEnabled(enabled: boolean): boolean;
  /** Begins a segment; in Lambda it is the invocation's. */
  segment(name: string, options?: SegmentOptions): Segment;
  /** Runs `work` in a segment, as {@link Entity.run} does in a subsegment. */
  run<T>(name: string, work: (segment: Segment) => T): T;
  run<T>(name: string, options: SegmentOptions, work: (segment: Segment) => T): T;
  /** The entity that `run`, `enter` or `handler` has made the current one, where the runtime can tell requests apart. */
  current(): Segment | Subsegment | undefined;
  /** A subsegment of the current entity. */
  subsegment(name: string): Subsegment;
  /**
   * The segment that somebody else keeps, by its header: in Lambda that of the invocation, which is the default. Subsegments
   * of it are sent as they end.
   */
  facade(header?: string): Segment;
  /** The global `fetch`, each call of which is a subsegment of the current entity. */
  readonly fetch: typeof fetch;
  /** A handler of requests with a segment for each. */
  handler<F extends (request: Request, ...rest: any[]) => Response | Promise<Response>>(serve: F, options?: HandlerOptions): F;
  /** A Lambda function whose subsegments are under the segment of its invocation. */
  lambda<F extends (event: any, context: any) => any>(serve: F): F;
  /** Takes variables of the environment from here, once. */
  configure(env: Record<string, unknown> | undefined): void;
  /** Waits until all that ended is sent, or was refused. It never rejects. */
  flush(): Promise<void>;
  stats(): Stats;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | null;
}

export interface UdpOptions {
  /** `host:port`, `[v6]:port` or `tcp:host:port udp:host:port`; otherwise `AWS_XRAY_DAEMON_ADDRESS`, or `127.0.0.1:2000`. */
  address?: string;
}

export interface AwsOptions {
  region: string;
  /** Or a function that has them; it is asked again, with `refresh`, when they are refused. */
  credentials: Credentials | ((options: { refresh: boolean }) => Credentials | Promise<Credentials>);
  /** Another endpoint than the region's. */
  endpoint?: string;
  /** Milliseconds a call may take; 5,000 unless this says otherwise. */
  timeout?: number;
  fetch?: typeof fetch;
  now?: () => Date;
}

export interface HttpOptions {
  url: string;
  headers?: Record<string, string>;
  timeout?: number;
  fetch?: typeof fetch;
}

/** UDP to the daemon, in Node, Deno and Bun. Throws `TypeError` where there is no UDP. */
export function udp(options?: UdpOptions): Transport;
/** The X-Ray service itself, by `PutTraceSegments`: at most 50 documents a call, sent when a segment ends, tried twice. */
export function aws(options: AwsOptions): Transport;
/** A relay of one's own: a `POST` for each datagram, tried twice. */
export function http(options: HttpOptions): Transport;
