// What the module reads: operations, each a letter, a label and a value. See `fields.rs` and `input.rs`.

const DIGITS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

// A length in UTF-16 units, in digits of base 64 with 64 added to all but the last.
function length(units) {
  let digits = '';
  for (; units > 63; units >>= 6) digits += DIGITS[64 | (units & 63)];
  return digits + DIGITS[units];
}

// What stands before a text, and the text. Most are short, so that what stands before them is made once for each length.
export const before = (words) => {
  const known = [];
  return (value) => {
    const { length: units } = value;
    return (units < 64 ? (known[units] ??= words + DIGITS[units]) : words + length(units)) + value;
  };
};

export const text = before('');

// Labels are named by a number once the module knows them; there is room for 127.
export const MOST_LABELS = 127;
export const labels = [];
export const label = (key) => DIGITS[labels.push(`"${key}":`) - 1];
export const numbered = (number) => DIGITS[number];
export const DEFAULT = label('default');
// By its text, where there is no number left.
export const spelled = (made) => DIGITS[127] + text(made);

export const TRUE = `J${text('true')}`;

// A number as the core prints it: no sign behind the `e`.
export const number = (value) => {
  if ((value | 0) === value) return String(value);
  const plain = String(value);
  return plain.includes('+') ? plain.replace('+', '') : plain;
};

const FOREIGN = /[^\0-\x7f\p{L}\p{N}\p{Z}]/gu;
const ASCII = /^[\0-\x7f]*$/;
export const isAscii = (value) => ASCII.test(value);
// A name in which a NUL stands for each character beyond ASCII that no name may have.
export const screened = (name) => name.replace(FOREIGN, '\0');
