// The shop as a Cloudflare Worker.

import { env } from "cloudflare:workers";
import { Recorder, http } from "xray-recorder";

import { shop } from "./shop.js";

const recorder = new Recorder({ service: "shop", transport: http({ url: env.TRACES }) });

export default { fetch: shop(recorder, env.PRICES) };
