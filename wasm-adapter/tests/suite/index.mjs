// What the package does in every runtime.

import "./entities.mjs";
import "./requests.mjs";
import "./transports.mjs";
import "./bad_input.mjs";
import "./golden.mjs";
import "./orders.mjs";
import "./hostile.mjs";

export { runAll } from "./harness.mjs";
