// The modules of WebAssembly: the entry for each runtime says how it gets them.

let modules;

/** @param {{ recorder: () => WebAssembly.Module, redactor?: () => WebAssembly.Module | undefined }} given */
export function provide(given) {
  modules = { recorder: once(given.recorder), redactor: given.redactor };
}

export function loaded() {
  if (modules === undefined) {
    throw new TypeError("there is no module: `provide` it first");
  }
  return modules;
}

/** Compiled when it is needed, and then kept. */
function once(load) {
  let module;
  return () => (module ??= load());
}
