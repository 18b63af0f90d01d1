// UDP to the daemon, where the runtime has it.

import { builtin } from "../context.js";
import { readEnvironment } from "../environment.js";

/** Where the daemon listens by default. */
export const DEFAULT_ADDRESS = "127.0.0.1:2000";

/**
 * The host and the port for documents: `host:port`, `[v6]:port` or `tcp:host:port udp:host:port`.
 *
 * @returns {{ host: string, port: number, isV6: boolean }}
 */
export function parseAddress(text) {
  const refuse = (why) => new TypeError(`${JSON.stringify(text)} is no daemon address: ${why}`);
  if (typeof text !== "string") {
    throw refuse("it is no text");
  }
  const parts = text.split(/\s+/).filter(Boolean);
  let address = parts[0] ?? "";
  if (parts.length === 2) {
    const udp = parts.find((part) => part.startsWith("udp:"));
    if (!udp || !parts.some((part) => part.startsWith("tcp:"))) {
      throw refuse("two parts must be one `tcp:` and one `udp:`");
    }
    address = udp.slice(4);
  } else if (parts.length !== 1 || /^(?:tcp|udp):/.test(address)) {
    throw refuse("it is `host:port` or `tcp:host:port udp:host:port`");
  }
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    throw refuse("a host and a port from 1 to 65535 are needed; an IPv6 address stands in brackets");
  }
  // The daemon listens on IPv4.
  const host = match[1] ?? (match[2].toLowerCase() === "localhost" ? "127.0.0.1" : match[2]);
  return { host, port, isV6: match[1] !== undefined };
}

/**
 * Sends each datagram to the daemon by `node:dgram`, which Node, Deno and Bun have.
 *
 * @param {import("../../index").UdpOptions} [options]
 * @returns {import("../../index").Transport}
 */
export function udp(options) {
  const { address } = options ?? {};
  const userAgent = globalThis.navigator?.userAgent;
  if (userAgent === "Cloudflare-Workers") {
    // There the import works, and what is sent vanishes.
    throw new TypeError("Cloudflare Workers have no UDP: use the transport `aws` or `http`");
  }
  const dgram = builtin("node:dgram");
  if (!dgram) {
    throw new TypeError("this runtime has no UDP: use the transport `aws` or `http`");
  }
  const given = address ?? readEnvironment().daemon ?? DEFAULT_ADDRESS;
  const { host, port, isV6 } = parseAddress(given || DEFAULT_ADDRESS);
  /** @type {Promise<any> | undefined} */
  let opened;
  const open = async () => {
    await askDeno(isV6 ? `[${host}]:${port}` : `${host}:${port}`);
    const socket = dgram.createSocket({ type: isV6 ? "udp6" : "udp4" });
    // Without a listener an error would end the process. What it concerns is told by `send`.
    socket.on("error", () => {});
    // Bound to the loopback, Deno wants no permission for all interfaces.
    const local = isLoopback(host) ? (isV6 ? "::1" : "127.0.0.1") : undefined;
    await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ port: 0, address: local, exclusive: true }, () => resolve(undefined));
    });
    socket.unref?.();
    return socket;
  };
  let sending = 0;
  return {
    async send(datagram) {
      sending += 1;
      try {
        opened ??= open().catch((error) => {
          opened = undefined;
          throw error;
        });
        const socket = await opened;
        await new Promise((resolve, reject) => {
          socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve(undefined)));
        });
      } finally {
        sending -= 1;
        if (sending === 0 && globalThis.Deno !== undefined) {
          // There an open socket keeps the program from ending.
          const done = opened;
          opened = undefined;
          done?.then((socket) => socket.close());
        }
      }
    },
  };
}

const isLoopback = (host) => host === "::1" || /^127\./.test(host);

/** Deno ends the process when a socket is used without permission, and does not let the error be caught. */
async function askDeno(host) {
  const { Deno } = globalThis;
  const permissions = Deno?.permissions;
  if (!permissions) {
    return;
  }
  const { state } = await permissions.query({ name: "net", host });
  if (state !== "granted") {
    throw new Error(`Deno has no permission to send to ${host}: run with --allow-net=${host}`);
  }
}
