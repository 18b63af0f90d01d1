// PutTraceSegments, for runtimes without UDP: the X-Ray service itself, without a daemon.

import { within } from "../deadline.js";
import { sign } from "../sigv4.js";
import { TIMEOUT, isTransient, post } from "./http.js";

/** The most documents of a call. */
const MAX_DOCUMENTS = 50;
/** The most bytes of a call, a little below what the service takes. */
const MAX_BYTES = 900_000;

const decoder = new TextDecoder();

/** Codes with which credentials are refused that were good before. */
const EXPIRED = /ExpiredToken|RequestExpired|UnrecognizedClient|InvalidSignature/;

/**
 * Sends documents to the X-Ray service, those of a request together.
 *
 * @param {import("../../index").AwsOptions} options
 * @returns {import("../../index").Transport}
 */
export function aws(options) {
  const { region, credentials, endpoint, timeout = TIMEOUT, fetch = globalThis.fetch, now = () => new Date() } = options ?? {};
  if (typeof region !== "string" || !/^[a-z0-9-]+$/.test(region)) {
    throw new TypeError(`${JSON.stringify(region)} is no AWS region`);
  }
  if (typeof credentials !== "function" && !(credentials?.accessKeyId && credentials?.secretAccessKey)) {
    throw new TypeError("credentials are an object with accessKeyId and secretAccessKey, or a function that gives one");
  }
  const url = new URL("/TraceSegments", endpoint ?? `https://xray.${region}.amazonaws.com`).href;
  const ask = typeof credentials === "function" ? credentials : () => credentials;
  /** @type {{ document: string, bytes: number, resolve: () => void, reject: (error: unknown) => void }[]} */
  let waiting = [];
  let bytes = 0;
  const calls = new Set();

  const call = async (body, isRetry) => {
    const headers = { "Content-Type": "application/json" };
    const signed = await sign(
      { method: "POST", url, headers, body },
      { region, service: "xray", credentials: await within(ask({ refresh: isRetry }), timeout), date: now() },
    );
    return post(fetch, url, { ...headers, ...signed }, body, timeout);
  };

  const put = async (batch) => {
    const body = JSON.stringify({ TraceSegmentDocuments: batch.map(({ document }) => document) });
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await call(body, attempt > 0);
        if (answer.status === 200) {
          return settle(batch, answer.body);
        }
        const failure = new Error(`PutTraceSegments: status ${answer.status}: ${answer.body.slice(0, 200)}`);
        const may = isTransient(answer.status) || (typeof credentials === "function" && EXPIRED.test(answer.body));
        if (attempt === 1 || !may) {
          return batch.forEach(({ reject }) => reject(failure));
        }
      } catch (error) {
        if (attempt === 1) {
          return batch.forEach(({ reject }) => reject(error));
        }
      }
    }
  };

  const send = () => {
    if (waiting.length === 0) {
      return;
    }
    const batch = waiting;
    waiting = [];
    bytes = 0;
    const made = put(batch);
    calls.add(made);
    made.then(() => calls.delete(made));
  };

  return {
    send(datagram) {
      // What stands before the first line break is for the daemon.
      const document = decoder.decode(datagram.subarray(datagram.indexOf(10) + 1));
      if (bytes + datagram.length > MAX_BYTES) {
        send();
      }
      const sent = new Promise((resolve, reject) => waiting.push({ document, resolve, reject }));
      bytes += datagram.length;
      if (waiting.length === MAX_DOCUMENTS) {
        send();
      }
      return sent;
    },
    async flush() {
      send();
      await Promise.all(calls);
    },
  };
}

/** Tells each document of a call what became of it. */
function settle(batch, body) {
  const refused = new Map();
  try {
    for (const { Id, ErrorCode, Message } of JSON.parse(body).UnprocessedTraceSegments ?? []) {
      refused.set(Id, new Error(`PutTraceSegments: ${ErrorCode}: ${Message}`));
    }
  } catch (error) {
    return batch.forEach(({ reject }) => reject(error));
  }
  for (const { document, resolve, reject } of batch) {
    const refusal = refused.size > 0 ? refused.get(JSON.parse(document).id) : undefined;
    if (refusal) {
      reject(refusal);
    } else {
      resolve();
    }
  }
}
