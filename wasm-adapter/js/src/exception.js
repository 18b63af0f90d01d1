// What is recorded of something thrown.

import { read } from "./blocks.js";

/** Frames of a stack that are recorded. */
const MAX_FRAMES = 10;
/** Causes of causes that are recorded. */
const MAX_CAUSES = 10;

/**
 * The exception and what caused it, the outermost first.
 *
 * @param {unknown} thrown
 * @returns {{ type: string, message: string, frames: { label: string, path: string, line: number }[], truncated: number }[]}
 */
export function describe(thrown) {
  const chain = [];
  const seen = new Set();
  let next = thrown;
  while (chain.length <= MAX_CAUSES && !seen.has(next)) {
    seen.add(next);
    chain.push(one(next));
    const cause = read(next, "cause");
    if (cause === undefined || cause === null) {
      break;
    }
    next = cause;
  }
  return chain;
}

function one(thrown) {
  if (typeof thrown !== "object" || thrown === null) {
    return { type: thrown === null ? "null" : typeof thrown, message: text(thrown), frames: [], truncated: 0 };
  }
  const type = text(read(thrown, "name") ?? read(read(thrown, "constructor"), "name") ?? "Error");
  const message = text(read(thrown, "message") ?? "");
  const frames = parse(read(thrown, "stack"));
  return { type, message, frames: frames.slice(0, MAX_FRAMES), truncated: Math.max(0, frames.length - MAX_FRAMES) };
}

/** V8: `    at label (path:line:column)`. JavaScriptCore, SpiderMonkey: `label@path:line:column`. */
const V8 = /^\s*at (?:(.*?) \()?(.*?):(\d+)(?::\d+)?\)?$/;
const OTHER = /^(.*?)@(.*?):(\d+)(?::\d+)?$/;

function parse(stack) {
  if (typeof stack !== "string") {
    return [];
  }
  const frames = [];
  for (const line of stack.split("\n")) {
    const match = V8.exec(line) ?? OTHER.exec(line);
    if (match) {
      frames.push({ label: match[1] || "anonymous", path: match[2], line: Number(match[3]) });
    }
  }
  return frames;
}

function text(value) {
  try {
    return typeof value === "symbol" ? String(value) : `${value}`;
  } catch {
    return "";
  }
}
