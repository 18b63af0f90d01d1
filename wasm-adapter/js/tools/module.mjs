// As much of the WebAssembly format as it takes to find functions and their names.

export function read(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = number();
    at += length;
    return bytes.subarray(at - length, at).toString();
  };
  const sections = [];
  const bodies = [];
  const names = new Map();
  let imports = 0;
  while (at < bytes.length) {
    const start = at;
    const id = bytes[at++];
    const length = number();
    const content = at;
    const end = at + length;
    if (id === 2) {
      for (let left = number(); left > 0; left -= 1) {
        text();
        text();
        if (bytes[at++] !== 0) throw new Error('an import that is no function');
        number();
        imports += 1;
      }
    } else if (id === 10) {
      const count = number();
      for (let index = 0; index < count; index += 1) {
        const size = number();
        bodies.push({ index: imports + index, start: at, end: at + size });
        at += size;
      }
    } else if (id === 0 && text() === 'name') {
      while (at < end) {
        const kind = bytes[at++];
        const behind = number() + at;
        if (kind === 1) for (let left = number(); left > 0; left -= 1) names.set(number(), text());
        at = behind;
      }
    }
    sections.push({ id, start, content, end });
    at = end;
  }
  return { sections, bodies, names };
}
