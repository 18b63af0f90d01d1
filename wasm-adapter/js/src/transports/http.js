// What the transports over HTTP share: a call that ends, whatever the other side does.

/** Milliseconds a call may take. */
export const TIMEOUT = 5_000;

/**
 * A call with a deadline. Its body is read whole, so that the connection is free again.
 *
 * @returns {Promise<{ status: number, body: string }>}
 */
export async function post(fetch, url, headers, body, timeout) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`no answer within ${timeout} ms`)), timeout);
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: abort.signal });
    return { status: response.status, body: await response.text() };
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a call may go well when it is made again. */
export const isTransient = (status) => status === 429 || status >= 500;

/**
 * Sends each datagram to a relay of one's own, which hands it to a daemon.
 *
 * @param {import("../../index").HttpOptions} options
 * @returns {import("../../index").Transport}
 */
export function http(options) {
  const { url, headers = {}, timeout = TIMEOUT, fetch = globalThis.fetch } = options ?? {};
  const target = new URL(url).href;
  const all = { "Content-Type": "application/octet-stream", ...headers };
  return {
    async send(datagram) {
      for (let attempt = 0; ; attempt += 1) {
        let failure;
        try {
          const { status } = await post(fetch, target, all, datagram, timeout);
          if (status < 300) {
            return;
          }
          failure = new Error(`the relay answered with status ${status}`);
          if (!isTransient(status)) {
            throw failure;
          }
        } catch (error) {
          if (error === failure) {
            throw error;
          }
          failure = error;
        }
        if (attempt === 1) {
          throw failure;
        }
      }
    },
  };
}
