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
    const segment = recorder.segment(typeof name === "function" ? name(request) : (name ?? recorder.service ?? url.host), {
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
    // Where there is nobody to tell, sending goes on by itself.
    ctx?.waitUntil?.(end);
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

/** The response, with the trace's header, whose body ends the segment. */
function answer(segment, response, ended) {
  const { status, headers, body } = response;
  const length = contentLength(headers);
  segment.setHttpResponse({ status, contentLength: length });
  const header = segment.answerHeader();
  // A response of 101 is a connection, and cannot be made anew.
  if (status < 200) {
    ended();
    return response;
  }
  const traced = body === null || body === undefined ? body : followed(body, length, segment, ended);
  const copy = new Response(traced, response);
  if (header !== "") {
    copy.headers.set("X-Amzn-Trace-Id", header);
  }
  if (traced === body) {
    ended();
  }
  return copy;
}

/** The same bytes, and a word when the last of them has gone, or will not go. */
function followed(body, length, segment, ended) {
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
  const stream = new ReadableStream({
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
  // Workers send a body of known length as one only if the stream says so.
  const { FixedLengthStream } = globalThis;
  if (FixedLengthStream !== undefined && length !== undefined) {
    const { readable, writable } = new FixedLengthStream(length);
    stream.pipeTo(writable).catch(() => {});
    return readable;
  }
  return stream;
}
