// The current entity, where the runtime can keep one apart for each request.

/**
 * What carries the current entity across `await`: `AsyncLocalStorage`, where the runtime has it, and otherwise nothing.
 * Then parents are handed on by hand.
 *
 * @param {(new () => any) | false | undefined} given The class, for a runtime that has it where it cannot be found.
 */
export function storage(given) {
  if (given === false) {
    return undefined;
  }
  const AsyncLocalStorage = given ?? globalThis.AsyncLocalStorage ?? builtin("node:async_hooks")?.AsyncLocalStorage;
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage();
}

/** A module of Node's, without an import that other runtimes or bundlers would stumble over. */
export function builtin(name) {
  try {
    return globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}
