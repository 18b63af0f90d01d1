// Requests that a program serves.

import { contentLength } from "./fetch.js";

/**
 * A handler of requests, `(request, env, ctx) => Response`, each of which has a segment of its own. It ends with the body of
 * the response, and what was recorded is sent before the runtime lets go of the request.
 *
 * @param {import("../index").Recorder} recorder
 * @param {Function} serve
 * @param {import("../index").HandlerOptions} options
 */
export function tracedHandler(recorder, serve, { name, clientIp = true }) {
  return async function (request, env, ctx, ...rest) {
    recorder.configure(env);
    const url = new URL(request.url);
    const { headers } = request;
    const segment = recorder.segment(nameOf(name, request) ?? recorder.service ?? url.host, {
      header: headers.get("x-amzn-trace-id") ?? undefined,
      traceparent: headers.get("traceparent") ?? undefined,
      request: { host: url.host, method: request.method, path: url.pathname },
    });
    const told = { method: request.method, url: url.href, userAgent: headers.get("user-agent") ?? undefined };
    segment.setHttpRequest({ ...told, ...(clientIp ? client(headers) : {}) });

    let ended;
    const end = new Promise((resolve) => {
      ended = () => {
        segment.end();
        resolve(recorder.flush());
      };
    });
    // Where there is nobody to tell, sending goes on by itself. Vercel has one argument less.
    waitUntil([ctx, env], end);
    try {
      const response = await segment.enter(() => serve.call(this, request, env, ctx, ...rest));
      return answer(segment, response, ended);
    } catch (error) {
      segment.addException(error);
      segment.setHttpResponse({ status: 500 });
      ended();
      throw error;
    }
  };
}

/** The address of the client, by the headers of who stands before this program. */
function client(headers) {
  const own = headers.get("cf-connecting-ip") ?? headers.get("x-real-ip");
  if (own) {
    return { clientIp: own };
  }
  const first = headers.get("x-forwarded-for")?.split(",")[0].trim();
  return first ? { clientIp: first, xForwardedFor: true } : {};
}

/** What the program calls it, unless that throws. */
function nameOf(name, request) {
  try {
    return typeof name === "function" ? name(request) : name;
  } catch {
    return undefined;
  }
}

function waitUntil(contexts, end) {
  try {
    contexts.find((context) => typeof context?.waitUntil === "function")?.waitUntil(end);
  } catch {
    // The request is over, or the runtime's own has failed.
  }
}

/** The response, with the trace's header, whose body ends the segment. */
function answer(segment, response, ended) {
  const { status, headers, body } = response;
  const length = contentLength(headers);
  segment.setHttpResponse({ status, contentLength: length });
  const header = segment.answerHeader();
  // A response of 101 is a connection, and cannot be made anew; others are what they are where there is nothing to tell.
  if (!(status >= 200) || (!segment.isSampled && header === "")) {
    ended();
    return response;
  }
  const traced = body === null || body === undefined || !segment.isSampled ? body : followed(body, segment, ended);
  // Some runtimes give a text its type only when the headers are asked for.
  const type = headers.get("content-type");
  const copy = new Response(traced, response);
  if (type !== null && !copy.headers.has("content-type")) {
    copy.headers.set("content-type", type);
  }
  if (header !== "") {
    copy.headers.set("X-Amzn-Trace-Id", header);
  }
  if (traced === body) {
    ended();
  }
  return copy;
}

/** The same bytes, and a word when the last of them has gone, or will not go. */
function followed(body, segment, ended) {
  const reader = body.getReader();
  let over = false;
  const finish = (error) => {
    if (!over) {
      over = true;
      if (error !== undefined) {
        segment.addException(error);
      }
      ended();
    }
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          finish();
        } else {
          controller.enqueue(value);
        }
      } catch (error) {
        finish(error);
        controller.error(error);
      }
    },
    cancel(reason) {
      segment.putMetadata("cancelled", true, "xray-recorder");
      finish();
      return reader.cancel(reason);
    },
  });
}
