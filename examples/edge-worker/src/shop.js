// A shop that takes orders, traced: the program to copy. It does not know in which runtime it runs.

/** The handler of requests, with a segment for each. `prices` is the address of the service that knows prices. */
export function shop(recorder, prices) {
  async function price(item) {
    // A request that is a subsegment. It tells the service called where in the trace it is.
    const answer = await recorder.fetch(`${prices}/price/${encodeURIComponent(item)}`);
    if (!answer.ok) {
      throw new Error(`there is no price for ${item}`);
    }
    return (await answer.json()).cents;
  }

  return recorder.handler(async (request) => {
    const [, path, item = ""] = new URL(request.url).pathname.split("/");
    if (path !== "order") {
      return new Response("try /order/tea\n", { status: 404 });
    }
    const segment = recorder.current();
    segment.putAnnotation("item", item);
    try {
      // Work that is a subsegment: it ends when the promise does, and what that throws is recorded, and thrown on.
      const cents = await segment.run("order", async (order) => {
        const each = await price(item);
        order.putMetadata("price", { cents: each });
        return 2 * each;
      });
      return Response.json({ item, cents });
    } catch (error) {
      return new Response(`${error.message}\n`, { status: 502 });
    }
  });
}
