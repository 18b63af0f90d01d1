// Patterns of `*` and `?`, as sampling rules have them.

/**
 * Whether the text is one of the pattern, in any case.
 *
 * @param {string} pattern
 */
export function matcher(pattern) {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replace(/\?/g, ".");
  const expression = new RegExp(`^${escaped}$`, "isu");
  return (text) => expression.test(text);
}
