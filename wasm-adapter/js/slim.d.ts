export * from "./index.js";

/**
 * Hands over the modules, before the first recorder is made: `xray-recorder/xray-recorder.wasm`, and for SQL and connection
 * strings `xray-recorder/redactor.wasm`, without which those are left out.
 */
export function provide(modules: { recorder: WebAssembly.Module; redactor?: WebAssembly.Module }): void;
