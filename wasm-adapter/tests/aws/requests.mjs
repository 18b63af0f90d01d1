// Random requests of the `aws` transport, as it makes them: a JSON array on standard output. `node requests.mjs COUNT SEED`.

import { aws } from "xray-recorder";

const PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS = [..."abcXYZ019-._~ !*'()&=+,;:@$?#[]%<>|{}\"\\/é漢😀\u2028\t\0"];
const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "me-central-1"];

const [count, seed] = process.argv.slice(2).map(Number);
const random = generator(seed);
const below = (limit) => Math.floor(random() * limit);
const pick = (choices) => choices[below(choices.length)];
const text = (least, most, letters) => Array.from({ length: least + below(most - least + 1) }, () => pick(letters)).join("");

/** Mulberry32: the same numbers from the same seed. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function request() {
  const signer = {
    region: pick(REGIONS),
    date: below(4_000_000_000) * 1_000 + below(1_000),
    credentials: {
      accessKeyId: `AKID${text(16, 16, PLAIN).toUpperCase()}`,
      secretAccessKey: text(40, 40, `${PLAIN}/+`),
      sessionToken: pick([undefined, null, text(80, 400, `${PLAIN}/+=`)]),
    },
  };
  const host = `${text(1, 8, PLAIN)}.example.com`;
  const endpoint = pick([undefined, `https://${host}`, `https://${host}:8443`, `http://${host}:80/`]);
  let made;
  const fake = async (url, { method, headers, body }) => {
    made = { url, method, headers, body, ...signer };
    return Response.json({});
  };
  const { region, date, credentials } = signer;
  const transport = aws({ region, credentials, endpoint, fetch: fake, now: () => new Date(date) });
  const sent = [];
  for (let documents = 1 + below(5); documents > 0; documents -= 1) {
    sent.push(transport.send(new TextEncoder().encode(`{"format":"json","version":1}\n${text(0, 60, LETTERS)}`)));
  }
  await transport.flush();
  await Promise.all(sent);
  return made;
}

const requests = [];
while (requests.length < count) {
  requests.push(await request());
}
console.log(JSON.stringify(requests));
