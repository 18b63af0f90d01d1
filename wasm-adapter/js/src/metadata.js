// Any value as JSON.

/** What stands for a value that contains itself. */
const CIRCULAR = "[Circular]";

/**
 * The value as JSON text, or nothing where it has none: something in it throws when it is read.
 *
 * A `Map` is an object, a `Set` an array, a `bigint` a number, an `Error` its name and message; what JSON has no word
 * for is `null`, and a value within itself is a text that says so.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function toJson(value) {
  try {
    // `undefined`, functions and symbols alone have no JSON.
    return JSON.stringify(value, plain) ?? "null";
  } catch {
    try {
      return JSON.stringify(value, withoutCircles()) ?? "null";
    } catch {
      return undefined;
    }
  }
}

/** @this {Record<string, unknown>} */
function plain(_key, value) {
  switch (typeof value) {
    case "object":
      return value === null ? value : known(value);
    case "bigint":
      return bigint(value);
    case "function":
    case "symbol":
    case "undefined":
      return null;
    default:
      return value;
  }
}

function known(value) {
  if (value instanceof Map) {
    // Not `Object.fromEntries`: a key may be `__proto__`.
    const object = Object.create(null);
    for (const [key, member] of value) {
      object[typeof key === "symbol" ? String(key) : `${key}`] = member;
    }
    return object;
  }
  if (value instanceof Set) {
    return [...value];
  }
  if (value instanceof Error) {
    return { name: value.name, message: value.message };
  }
  return value;
}

/** A number where that is exact, and its digits otherwise. */
function bigint(value) {
  return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
}

function withoutCircles() {
  /** @type {object[]} */
  const above = [];
  /** @this {object} */
  return function (key, value) {
    // `this` holds the value: what is not above it any more was left.
    while (above.length > 0 && above[above.length - 1] !== this) {
      above.pop();
    }
    const made = plain(key, value);
    if (typeof made !== "object" || made === null) {
      return made;
    }
    if (above.includes(made) || above.includes(value)) {
      return CIRCULAR;
    }
    above.push(made);
    return made;
  };
}
