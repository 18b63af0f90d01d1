// Where traces go instead of X-Ray: a receiver on loopback, by HTTP and by UDP, as the X-Ray daemon is one.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";

/** Calls `take` with each document, and gives the addresses. */
export async function receiver(take) {
  // What stands in the first line is the same for all.
  const datagram = (text) => take(JSON.parse(text.slice(text.indexOf("\n") + 1)));

  const socket = createSocket("udp4");
  socket.on("message", (bytes) => datagram(bytes.toString()));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    datagram(Buffer.concat(parts).toString());
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return { url: `http://127.0.0.1:${server.address().port}`, udp: `127.0.0.1:${socket.address().port}` };
}
