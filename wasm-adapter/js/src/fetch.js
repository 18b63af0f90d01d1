// Requests that a program makes.

import { read } from "./blocks.js";
import { matcher } from "./patterns.js";

/**
 * A `fetch` that records each request in a subsegment, and tells the service called where in the trace it is.
 *
 * @param {() => import("../index").Entity | undefined} parent Who makes the request.
 * @param {import("../index").FetchOptions} options
 * @returns {typeof fetch}
 */
export function tracedFetch(parent, { fetch, ignore = [], propagate = mayPropagate, w3c = false }) {
  const ignored = ignore.map(rule);
  return async (input, init) => {
    const call = fetch ?? globalThis.fetch;
    const entity = parent();
    const url = target(input);
    if (entity === undefined || url === undefined || ignored.some((matches) => says(matches, url))) {
      return call(input, init);
    }
    const subsegment = entity.subsegment(url.host).setNamespace("remote");
    const request = says(propagate, url) ? traced(input, init, subsegment, w3c) : [input, init];
    const method = read(init, "method") ?? read(input, "method") ?? "GET";
    subsegment.setHttpRequest({ method: String(method).toUpperCase(), url: url.href });
    try {
      const response = await call(...request);
      subsegment.setHttpResponse({ status: read(response, "status"), contentLength: contentLength(read(response, "headers")) });
      return response;
    } catch (error) {
      subsegment.addException(error);
      throw error;
    } finally {
      subsegment.end();
    }
  };
}

function target(input) {
  try {
    const url = new URL(typeof input === "string" ? input : (input.url ?? input.href), globalThis.location?.href);
    // What is no request to a host has its content in its URL.
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    // What is no URL is for the real one to refuse.
    return undefined;
  }
}

/** What a rule of the program's says; one that throws says no. */
function says(rule, url) {
  try {
    return rule(url) === true;
  } catch {
    return false;
  }
}

/** A pattern of the host, or of host and path; or a function of the URL. */
function rule(given) {
  if (typeof given === "function") {
    return given;
  }
  if (typeof given !== "string") {
    throw new TypeError("fetch.ignore has patterns and functions");
  }
  const matches = matcher(given);
  return given.includes("/") ? (url) => matches(url.host + url.pathname) : (url) => matches(url.hostname);
}

/** In a page, a header of one's own makes a request to another origin one that has to be allowed first. */
function mayPropagate(url) {
  return globalThis.document === undefined || url.origin === globalThis.location?.origin;
}

/** The request with the headers of the trace; as it was, where it cannot have them. */
function traced(input, init, subsegment, w3c) {
  try {
    const headers = withHeaders(input, init, subsegment, w3c);
    // What is no plain object may have its members elsewhere than in itself: a request in place of options, say.
    const prototype = init && Object.getPrototypeOf(init);
    return !prototype || prototype === Object.prototype ? [input, { ...init, headers }] : [new Request(input, init), { headers }];
  } catch {
    return [input, init];
  }
}

function withHeaders(input, init, subsegment, w3c) {
  const headers = new Headers(init?.headers ?? (typeof input === "object" ? input.headers : undefined));
  const header = subsegment.traceHeader();
  if (header !== "") {
    headers.set("X-Amzn-Trace-Id", header);
  }
  const traceparent = w3c || subsegment.isW3c ? subsegment.traceparent() : "";
  if (traceparent !== "") {
    headers.set("traceparent", traceparent);
  }
  return headers;
}

/** @param {Headers} headers */
export function contentLength(headers) {
  const text = typeof headers?.get === "function" ? headers.get("content-length") : undefined;
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
