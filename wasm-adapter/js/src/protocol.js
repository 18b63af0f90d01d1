// What the module reads: operations, each a letter, a label and a value. See `fields.rs` and `input.rs`.

const DIGITS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

// A length in UTF-16 units, in digits of base 64 with 64 added to all but the last.
function length(units) {
  let digits = '';
  for (; units > 63; units >>= 6) digits += DIGITS[64 | (units & 63)];
  return digits + DIGITS[units];
}
const LENGTHS = Array.from({ length: 256 }, (_, units) => length(units));

export const text = (value) => (value.length < 256 ? LENGTHS[value.length] : length(value.length)) + value;

// Labels are named by a number once the module knows them; there is room for 127.
export const MOST_LABELS = 127;
export const labels = [];
export const label = (key) => DIGITS[labels.push(`"${key}":`) - 1];
export const numbered = (number) => DIGITS[number];
// By its text, where there is no number left.
export const spelled = (made) => DIGITS[127] + text(made);

export const TRUE = `J${text('true')}`;
export const FALSE = `J${text('false')}`;

// A number as the core prints it: no sign behind the `e`.
export const number = (value) => {
  const plain = String(value);
  return plain.includes('+') ? plain.replace('+', '') : plain;
};

const FOREIGN = /[^\0-\x7f\p{L}\p{N}\p{Z}]/gu;
const ASCII = /^[\0-\x7f]*$/;
export const isAscii = (value) => ASCII.test(value);
// A name in which a NUL stands for each character beyond ASCII that no name may have.
export const screened = (name) => name.replace(FOREIGN, '\0');
