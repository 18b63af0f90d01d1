// Variables of the environment, wherever the runtime keeps them.

/** The variables of the process. In Deno each is asked for by itself: that may need a permission that nobody has given. */
function processVariables() {
  const { process, Deno } = globalThis;
  return Deno === undefined ? (process?.env ?? {}) : new Proxy({}, { get: (_, name) => Deno.env.get(name) });
}

const DISABLES = /^(?:n|no|f|false|off|0)$/i;
const STRATEGIES = ["LOG_ERROR", "RUNTIME_ERROR", "IGNORE_ERROR"];

/** What is read of them; what is empty counts as absent. */
export function readEnvironment(given) {
  const variables = given ?? processVariables();
  const read = (name) => {
    try {
      const value = variables[name];
      return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
    } catch {
      return undefined;
    }
  };
  const enabled = read("AWS_XRAY_SDK_ENABLED");
  const missing = read("AWS_XRAY_CONTEXT_MISSING")?.toUpperCase();
  return {
    enabled: enabled === undefined ? undefined : !DISABLES.test(enabled),
    name: read("AWS_XRAY_TRACING_NAME"),
    daemon: read("AWS_XRAY_DAEMON_ADDRESS"),
    missing: STRATEGIES.includes(missing) ? missing : undefined,
    isLambda: read("LAMBDA_TASK_ROOT") !== undefined,
    /** Of the invocation that runs. */
    header: () => read("_X_AMZN_TRACE_ID"),
  };
}

export { STRATEGIES };
