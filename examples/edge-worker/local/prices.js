// The service that knows prices, on loopback.

import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

const PRICES = { tea: 450, cake: 380 };

export async function prices() {
  const server = createServer(async (request, response) => {
    // As long as a service takes that is near.
    await setTimeout(5);
    const cents = PRICES[request.url.split("/")[2]];
    response.writeHead(cents === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ cents }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}
