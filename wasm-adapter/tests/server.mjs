// Where the transports of a test send to: an HTTP server that remembers what it was told, and a daemon's UDP side.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";

/** How long something may take that does happen. */
const DEADLINE = 20_000;

export async function serve() {
  const calls = new Map();
  const called = new Map();
  const waiting = new Map();
  const arrived = new Map();
  const daemons = [];
  for (const [type, host] of [["udp4", "127.0.0.1"], ["udp6", "::1"]]) {
    const socket = createSocket(type);
    socket.on("message", (datagram) => {
      const document = JSON.parse(datagram.toString().split("\n")[1]);
      arrived.set(document.name, document);
      waiting.get(document.name)?.(document);
    });
    socket.bind(0, host);
    await once(socket, "listening");
    daemons.push(socket);
  }
  const later = (listeners, name) =>
    new Promise((resolve, reject) => {
      listeners.set(name, resolve);
      setTimeout(() => reject(new Error(`${name} did not arrive`)), DEADLINE).unref();
    });
  const wait = (name) => arrived.get(name) ?? later(waiting, name);

  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) {
      body += part;
    }
    const [, first, second] = decodeURIComponent(request.url).split("/");
    const answer = (value) => {
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
      });
      response.end(JSON.stringify(value));
    };
    if (request.method === "OPTIONS") {
      answer({});
    } else if (first === "calls") {
      answer({ calls: calls.get(second) ?? [] });
    } else if (first === "datagram") {
      await Promise.resolve(wait(second)).then(answer, (error) => {
        response.writeHead(504);
        response.end(String(error));
      });
    } else {
      const call = { headers: request.headers, body };
      calls.set(first, [...(calls.get(first) ?? []), call]);
      called.get(first)?.(call);
      answer({ UnprocessedTraceSegments: [] });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const [v4, v6] = daemons.map((socket) => socket.address().port);
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    udp: [`127.0.0.1:${v4}`, `localhost:${v4}`, `tcp:127.0.0.1:1 udp:127.0.0.1:${v4}`, `[::1]:${v6}`],
    /** The first call with this key, which is waited for. */
    call: async (key) => calls.get(key)?.[0] ?? later(called, key),
    close() {
      server.close();
      server.closeAllConnections();
      daemons.forEach((socket) => socket.close());
    },
  };
}
