// A worker as a user writes it, which both modules of the package are needed for.

import { Recorder, http } from "xray-recorder";

let recorder;

export default {
  fetch(request, env, ctx) {
    recorder ??= new Recorder({ service: "bundled", transport: http({ url: env.RELAY }) });
    const traced = recorder.handler(async () => {
      const query = "SELECT name FROM users WHERE id = 7";
      recorder.current().run("users", (call) => call.setNamespace("remote").setSql({ query, databaseType: "PostgreSQL" }));
      return new Response("served");
    });
    return traced(request, env, ctx);
  },
};
