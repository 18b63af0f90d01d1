// What is handed to the transport, and what becomes of it.

/** Datagrams that a transport may take its time with. */
const MOST_PENDING = 10_000;

export class Delivery {
  #stats;
  #transport;
  #make;
  #pending = new Set();
  #flushing = new Set();
  #startsSoon = false;
  #told = false;

  /** With a transport, or what makes one when there is something to send. */
  constructor(stats, transport, make) {
    this.#stats = stats;
    this.#transport = transport;
    this.#make = make;
  }

  /** Says once what is wrong. */
  warn(message) {
    if (!this.#told) {
      this.#told = true;
      try {
        globalThis.console?.warn(`xray-recorder: ${message}`);
      } catch {
        // Somebody's own console.
      }
    }
  }

  /** Hands a datagram over. What becomes of it is counted, and nobody else hears of it. */
  give({ datagram, entities, cut, refused }) {
    const stats = this.#stats;
    stats.datagrams += 1;
    stats.bytes += datagram.length;
    stats.cut += cut;
    stats.refused += refused;
    const fails = (error) => {
      stats.failed += entities;
      stats.lastError = error;
    };
    let sending;
    try {
      if (this.#pending.size >= MOST_PENDING) {
        throw new Error(`${MOST_PENDING} datagrams wait for the transport`);
      }
      this.#transport ??= this.#make();
      sending = this.#transport.send(datagram);
      if (typeof sending?.then !== "function") {
        stats.sent += entities;
        return;
      }
    } catch (error) {
      fails(error);
      if (this.#transport === undefined) {
        this.warn(`nothing is sent: ${error?.message}`);
      }
      return;
    }
    stats.queued += entities;
    const settled = Promise.resolve(sending).then(() => (stats.sent += entities), fails);
    const done = settled.then(() => {
      stats.queued -= entities;
      this.#pending.delete(done);
    });
    this.#pending.add(done);
  }

  /** Has the transport send what it has kept back. */
  start() {
    let flushed;
    try {
      flushed = this.#transport?.flush?.();
      if (typeof flushed?.then !== "function") {
        return;
      }
    } catch (error) {
      this.#stats.lastError = error;
      return;
    }
    const settled = Promise.resolve(flushed).catch((error) => (this.#stats.lastError = error));
    const done = settled.then(() => this.#flushing.delete(done));
    this.#flushing.add(done);
  }

  /** The same for what ends later than its segment, together with what else ends in this turn. */
  startSoon() {
    if (!this.#startsSoon) {
      this.#startsSoon = true;
      queueMicrotask(() => {
        this.#startsSoon = false;
        this.start();
      });
    }
  }

  /** Waits for all that was handed over. What others begin meanwhile is theirs to wait for. */
  async flush() {
    this.start();
    await Promise.all([...this.#pending, ...this.#flushing]);
  }
}
