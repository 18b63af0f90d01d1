// Time, in microseconds since the epoch.

/** Whether the clock stands still between I/O. */
export const isCoarse = globalThis.navigator?.userAgent === "Cloudflare-Workers";

/** Wall time when a process begins, and the steady clock from there on, in microseconds. */
export function clock() {
  const { performance } = globalThis;
  // In Workers the one is the other, and neither is there before the first request.
  if (isCoarse || performance?.now === undefined) {
    return () => Date.now() * 1_000;
  }
  let offset;
  let last = 0;
  let next = 0;
  return () => {
    const now = performance.now();
    // Wall time that was set meanwhile is followed, by the second. It is read seldom, as that takes as long as the other.
    if (now >= next) {
      next = now + 100;
      const apart = Date.now() - now;
      if (offset === undefined || Math.abs(apart - offset) > 1_000) {
        offset = apart;
        last = 0;
      }
    }
    last = Math.max(last, Math.floor((offset + now) * 1_000));
    return last;
  };
}
