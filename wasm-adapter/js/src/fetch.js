// Requests that a program makes.

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
    const subsegment = entity.subsegment(url.host || "fetch");
    try {
      subsegment.setNamespace("remote");
      const method = String(init?.method ?? input.method ?? "GET").toUpperCase();
      subsegment.setHttpRequest({ method, url: url.href });
      const response = await call(input, says(propagate, url) ? withHeaders(input, init, subsegment, w3c) : init);
      subsegment.setHttpResponse({ status: response.status, contentLength: contentLength(response.headers) });
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
    return new URL(typeof input === "string" ? input : (input.url ?? input.href), globalThis.location?.href);
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
  return { ...init, headers };
}

/** @param {Headers} headers */
export function contentLength(headers) {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
