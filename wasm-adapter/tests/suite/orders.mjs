// Whatever is said, and in whatever order, documents stay well formed: each key stands once, and nothing is half written.

import { equal, memory, settled, test } from "./harness.mjs";

/** The same choices each time. */
function chooser(seed) {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

const shared = new Error("seen above, too");
const LINK = "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a";

const CALLS = [
  (entity, n) => entity.putAnnotation(`key${n % 4}`, "x".repeat(n * 7)),
  (entity, n) => entity.putMetadata(`key${n % 3}`, { n, text: "é\"\\\n".repeat(n) }, n % 2 ? `space${n % 3}` : undefined),
  (entity) => entity.addException(shared),
  (entity, n) => entity.addException(new TypeError(`own ${n}`, { cause: new Error("below") }), { remote: n % 2 === 0 }),
  (entity, n) => entity.setHttpRequest({ method: "GET", url: `https://example.com/${"p".repeat(n * 9)}?secret` }),
  (entity, n) => entity.setHttpResponse({ status: [200, 404, 429, 503][n % 4], contentLength: n }),
  (entity, n) => entity.setAws(n % 3 ? { operation: "Get", tableNames: ["a", "b"], accountId: "1", eks: { pod: "p" } } : {}),
  (entity, n) => entity.putAws(`member${n % 3}`, [n]),
  (entity) => entity.setError(),
  (entity) => entity.setThrottle(),
  (entity) => entity.setFault(),
  (entity) => entity.setUser?.("u"),
  (entity, n) => entity.setOrigin?.(`AWS::${n}`),
  (entity, n) => entity.setService?.({ version: `${n}` }),
  (entity, n) => entity.addLink?.(LINK, n % 2 ? { queue: "q", delay: n } : undefined),
  (entity, n) => entity.setNamespace?.(n % 2 ? "aws" : "remote"),
  (entity) => entity.setSql?.({ query: "SELECT 'secret'", databaseType: "PostgreSQL" }),
  (entity) => entity.setTraced?.(),
  (entity) => entity.addPrecursor?.("70de5b6f19ff9a0a"),
  (entity) => entity.setResourceArn?.("arn:aws:x"),
  (entity) => entity.sendInProgress(),
];

/** What reads to the same text has no key twice; of the times, zeros at the end would not. */
function isWellFormed(datagram) {
  const text = datagram.split("\n")[1].replace(/_time":(\d+)\.\d+/g, '_time":$1').replace(/"in_progress":true +/, '"in_progress":true');
  try {
    equal(JSON.stringify(JSON.parse(text)), text);
  } catch (error) {
    throw new Error(`${error.message}: ${text}`);
  }
}

test("calls in any order leave documents in which each key stands once", ({ xray }) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const choose = chooser(seed);
    const { recorder, datagrams } = memory(xray, { maxDocumentBytes: seed % 2 ? 16_384 : 512 + choose(3_000) });
    const open = [recorder.segment("story")];
    for (let step = 0; step < 40 && open.length > 0; step += 1) {
      const entity = open[choose(open.length)];
      const choice = choose(CALLS.length + 6);
      if (choice < CALLS.length) {
        CALLS[choice](entity, choose(12));
      } else if (choice % 2 === 0) {
        open.push(entity.subsegment(`step ${step}`));
      } else if (open.length > 1) {
        open.splice(open.indexOf(entity), 1)[0].end();
      }
    }
    open.reverse().forEach((entity) => entity.end());
    datagrams.forEach(isWellFormed);
    equal(datagrams.some((datagram) => datagram.includes("secret")), false);
    settled(recorder);
  }
});
