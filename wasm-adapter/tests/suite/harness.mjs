// A test runner that asks nothing of the runtime it runs in.

const tests = [];

/** A test: its name is a sentence. */
export function test(name, body) {
  tests.push({ name, body });
}

/** Runs all tests; `only` leaves out those whose needs the runtime does not have. */
export async function runAll(context) {
  const results = [];
  for (const { name, body } of tests) {
    try {
      await body(context);
      results.push({ name, ok: true });
    } catch (error) {
      results.push({ name, ok: false, error: `${error?.stack ?? error}` });
    }
  }
  return results;
}

export function equal(found, expected, what = "") {
  const [a, b] = [show(found), show(expected)];
  if (a !== b) {
    throw new Error(`${what}\n     found ${a}\n  expected ${b}`);
  }
}

export function ok(value, what = "it is not so") {
  if (!value) {
    throw new Error(what);
  }
}

export function throws(work, kind, says = "") {
  try {
    work();
  } catch (error) {
    ok(error instanceof kind && error.message.includes(says), `another error: ${error}`);
    return;
  }
  throw new Error("it threw nothing");
}

function show(value) {
  return JSON.stringify(value, (_key, member) => (member === undefined ? "undefined" : member));
}

const decoder = new TextDecoder();

/** A transport that keeps the documents, and a recorder that sends by it. */
export function memory(xray, options = {}) {
  const datagrams = [];
  const transport = { send: (bytes) => void datagrams.push(decoder.decode(bytes)) };
  const recorder = new xray.Recorder({ transport, env: {}, describeSdk: false, ...options });
  const documents = () =>
    datagrams.map((datagram) => {
      const [header, document] = datagram.split("\n");
      equal(header, '{"format":"json","version":1}');
      return withoutClock(JSON.parse(document));
    });
  return { recorder, documents, datagrams };
}

/** Where the clock stands still between I/O, a segment says so; in most tests that is of no matter. */
function withoutClock(document) {
  const own = document.metadata?.["xray-recorder"];
  if (own?.clock !== undefined) {
    delete own.clock;
    if (Object.keys(own).length === 0) {
      delete document.metadata["xray-recorder"];
    }
    if (Object.keys(document.metadata).length === 0) {
      delete document.metadata;
    }
  }
  return document;
}

/** Asserts that everything begun has become something, and nothing is open. */
export function settled(recorder) {
  const stats = recorder.stats();
  const { begun, sent, failed, dropped, open, queued } = stats;
  equal(begun, sent + failed + dropped + open + queued, JSON.stringify(stats));
  equal([open, queued], [0, 0], "open and queued");
  return stats;
}
