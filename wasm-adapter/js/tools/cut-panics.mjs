// The panic handler does nothing but trap, so functions that only lead there may trap at once; their callers then make no
// message for them, which `wasm-opt` sees. The module must have its names.
//
// node cut-panics.mjs in.wasm out.wasm

import { readFileSync, writeFileSync } from 'node:fs';
import { read } from './module.mjs';

const PANICS =
  /core9panicking|slice_error_fail|slice_index_fail|(expect|unwrap)_failed|len_mismatch_fail|panic_already|rust_begin_unwind/;

const encoded = (value) => {
  const bytes = [];
  for (let left = value; ; ) {
    const byte = left & 127;
    left >>>= 7;
    bytes.push(left > 0 ? byte | 128 : byte);
    if (left === 0) return bytes;
  }
};

const [from, to] = process.argv.slice(2);
const bytes = readFileSync(from);
const { sections, bodies, names } = read(bytes);
const pieces = [bytes.subarray(0, 8)];
for (const { id, start, end } of sections) {
  if (id !== 10) {
    pieces.push(bytes.subarray(start, end));
    continue;
  }
  // No locals, `unreachable`, `end`.
  const code = bodies.flatMap((body) =>
    PANICS.test(names.get(body.index) ?? '')
      ? [Buffer.from([3, 0, 0x00, 0x0b])]
      : [Buffer.from(encoded(body.end - body.start)), bytes.subarray(body.start, body.end)],
  );
  const content = Buffer.concat([Buffer.from(encoded(bodies.length)), ...code]);
  pieces.push(Buffer.from([10, ...encoded(content.length)]), content);
}
writeFileSync(to, Buffer.concat(pieces));
