// A document of sampling rules, as the other X-Ray SDKs read it.

const COMMON = ["fixed_target", "rate"];

/**
 * The rules, checked: what is wrong with them is said in words.
 *
 * @returns {{ host: string, method: string, path: string, fixedTarget: number, billionths: number }[]} The last is the default.
 */
export function parseRules(given) {
  let document = given;
  if (typeof given === "string") {
    try {
      document = JSON.parse(given);
    } catch (error) {
      throw new TypeError(`sampling: ${error.message}`);
    }
  }
  const { version, default: fallback, rules = [] } = document;
  if (version !== 1 && version !== 2) {
    throw new TypeError("sampling: version is 1 or 2");
  }
  if (typeof fallback !== "object" || fallback === null) {
    throw new TypeError("sampling: default is missing");
  }
  const host = version === 1 ? "service_name" : "host";
  for (const name of ["host", "service_name", "http_method", "url_path"]) {
    if (fallback[name] !== undefined && fallback[name] !== null) {
      throw new TypeError(`sampling: default has no ${name}`);
    }
  }
  const list = rules === null || (!Array.isArray(rules) && Object.keys(rules).length === 0) ? [] : rules;
  if (!Array.isArray(list)) {
    throw new TypeError("sampling: rules are an array");
  }
  return [
    ...list.map((rule, at) => {
      const place = `sampling: rules[${at}]`;
      if (typeof rule !== "object" || rule === null) {
        throw new TypeError(`${place} is no object`);
      }
      const pattern = (name) => {
        const value = rule[name];
        if (typeof value !== "string" || value === "" || value.length > 255) {
          throw new TypeError(`${place}: ${name} is a text of 1 to 255 characters`);
        }
        // The module folds the case of ASCII.
        return value.toLowerCase();
      };
      return { host: pattern(host), method: pattern("http_method"), path: pattern("url_path"), ...share(rule, place) };
    }),
    { host: "", method: "", path: "", ...share(fallback, "sampling: default") },
  ];
}

function share(rule, place) {
  for (const name of COMMON) {
    if (typeof rule[name] !== "number") {
      throw new TypeError(`${place}: ${name} is a number`);
    }
  }
  const { fixed_target: fixedTarget, rate } = rule;
  if (!Number.isInteger(fixedTarget) || fixedTarget < 0 || fixedTarget > 0xffff_ffff) {
    throw new TypeError(`${place}: fixed_target is a whole number from 0 on`);
  }
  if (!(rate >= 0 && rate <= 1)) {
    throw new TypeError(`${place}: rate is from 0 to 1`);
  }
  return { fixedTarget, billionths: Math.floor(rate * 1e9) };
}
