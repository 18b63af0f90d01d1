// Signature version 4 of AWS, by WebCrypto: the same in every runtime.

const encoder = new TextEncoder();

/**
 * The headers with which a request is signed, beside those it has.
 *
 * @param {{ method: string, url: string, headers?: Record<string, string>, body?: Uint8Array | string }} request
 * @param {{ region: string, service: string, credentials: import("../index").Credentials, date: Date }} signer
 * @returns {Promise<Record<string, string>>}
 */
export async function sign(request, { region, service, credentials, date }) {
  const url = new URL(request.url);
  const body = typeof request.body === "string" ? encoder.encode(request.body) : (request.body ?? new Uint8Array());
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const added = { "X-Amz-Date": time };
  if (credentials.sessionToken) {
    added["X-Amz-Security-Token"] = credentials.sessionToken;
  }

  const headers = new Map([["host", url.host]]);
  for (const [name, value] of Object.entries({ ...request.headers, ...added })) {
    headers.set(name.toLowerCase(), String(value).trim().replace(/ +/g, " "));
  }
  const names = [...headers.keys()].sort();
  const signed = names.join(";");
  const canonical = [
    request.method,
    path(url.pathname),
    query(url.searchParams),
    ...names.map((name) => `${name}:${headers.get(name)}`),
    "",
    signed,
    hex(await digest(body)),
  ].join("\n");

  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, hex(await digest(encoder.encode(canonical)))].join("\n");
  let key = encoder.encode(`AWS4${credentials.secretAccessKey}`);
  for (const part of [day, region, service, "aws4_request"]) {
    key = await hmac(key, part);
  }
  const signature = hex(await hmac(key, text));
  return {
    ...added,
    Authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
      `SignedHeaders=${signed}, Signature=${signature}`,
  };
}

/** A path in its shortest form, escaped once more: what is escaped in it is part of its name. */
function path(pathname) {
  const segments = [];
  for (const segment of pathname.split("/")) {
    if (segment === "..") {
      segments.pop();
    } else if (segment !== "" && segment !== ".") {
      segments.push(escape(segment));
    }
  }
  const end = segments.length > 0 && pathname.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** @param {URLSearchParams} parameters */
function query(parameters) {
  const pairs = [...parameters].map(([name, value]) => [escape(name), escape(value)]);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  pairs.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]));
  return pairs.map((pair) => pair.join("=")).join("&");
}

/** Escapes every byte of the UTF-8 that is not unreserved. */
function escape(text) {
  return text.replace(/[^A-Za-z0-9\-._~]+/gu, (run) => {
    let escaped = "";
    for (const byte of encoder.encode(run)) {
      escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }
    return escaped;
  });
}

const digest = (bytes) => crypto.subtle.digest("SHA-256", bytes);

async function hmac(key, text) {
  const usable = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", usable, encoder.encode(text)));
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
