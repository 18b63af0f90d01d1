// A worker, with the types of Cloudflare's runtime instead of a page's.

import { Recorder, aws } from "xray-recorder";

interface Env {
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
}

const recorder = new Recorder({ service: "edge", transport: aws({ region: "eu-central-1", credentials: async () => keys() }) });

async function keys() {
  return { accessKeyId: "AKID", secretAccessKey: "secret" };
}

export default {
  fetch: recorder.handler(async (request: Request, env: Env, ctx: ExecutionContext) => {
    ctx.waitUntil(Promise.resolve(env.AWS_ACCESS_KEY_ID));
    const answer = await recorder.fetch("https://pay.example.com/charge", { method: "POST" });
    return new Response(answer.body, { headers: { "X-From": request.url } });
  }),
} satisfies ExportedHandler<Env>;
