// What must not leave the process, in statements, connection strings and URLs of databases: the second module, which is
// there when the first of them is.

import { before, label } from './protocol.js';

export const URL = before(`t${label('url')}`);
const WEB = before(`w${label('url')}`);

// What the core copies without a second look.
const PLAIN_URL = /^[^\0-#;-@\\]*$/;
const WEB_URL = /^(?:https?:\/\/|wss?:\/\/|\/(?!\/)(?!.*:\/\/))/is;
const PLAIN_STATEMENT = /^[\t-\r ]*(?:sele|inse|upda|dele|with|merg)[^"#$'\-/0-9;[\]`]*$/i;

export class Redactor {
  #module;
  #exports;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  // `module` gives a `WebAssembly.Module`, or nothing where there is none: then nothing of such a text is shown.
  constructor(module) {
    this.#module = module;
  }

  // The member of a URL.
  url(url) {
    if (WEB_URL.test(url)) {
      // Whole, as what stands before the host must not be mistaken for it; of what is longer nothing is shown.
      const end = url.search(/[?#]/);
      const shown = end < 0 ? url : url.slice(0, end);
      return shown.length > 4_000 ? URL('?') : WEB(shown);
    }
    const shown = PLAIN_URL.test(url) ? url : this.#redact(0, url, '');
    return URL(shown.slice(0, 1_500));
  }

  connection(connection) {
    return this.#redact(1, connection, '');
  }

  statement(statement, databaseType) {
    return PLAIN_STATEMENT.test(statement) ? statement : this.#redact(2, statement, databaseType);
  }

  // Whether there is a module: where it cannot be had, nothing is shown.
  #start() {
    try {
      this.#exports ??= new WebAssembly.Instance(this.#module(), {}).exports;
      return true;
    } catch {
      return false;
    }
  }

  #redact(kind, secret, databaseType) {
    if (secret.length > 5_000 || !this.#start()) return '?';
    const { memory, redact, state } = this.#exports;
    const bytes = new Uint8Array(memory.buffer, state(), 16_384 * 3);
    const { written } = this.#encoder.encodeInto(secret, bytes);
    const behind = this.#encoder.encodeInto(databaseType.slice(0, 100), bytes.subarray(written)).written;
    return this.#decoder.decode(bytes.subarray(16_384, 16_384 + redact(kind, written, behind)));
  }
}
