// What is recorded of something thrown.

import { isObject, read } from "./blocks.js";
import { label, text } from "./protocol.js";

// Words of an exception, in the order of its members.
const EXCEPTION = "S\x7f\0O";
const EXCEPTION_ID = `s${label("id")}`;
const TYPE = `t${label("type")}`;
const REMOTE = `j${label("remote")}${text("true")}`;
const CAUSED_BY = `s${label("cause")}`;
const STACK = `l${label("stack")}`;
const PATH = `t${label("path")}`;
const LINE = `j${label("line")}`;
const LABEL = `t${label("label")}`;
const TRUNCATED = `j${label("truncated")}`;
const MESSAGE = `m${label("message")}`;

/** Frames of a stack that are recorded. */
const MAX_FRAMES = 10;
/** Causes of causes that are recorded. */
const MAX_CAUSES = 10;

/** Characters of a path, of a label, and of a message, of which the core leaves what there is room for. */
const MOST = 150;
const MOST_OF_MESSAGE = 1_000;

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
    return { type: thrown === null ? "null" : typeof thrown, message: shown(thrown), frames: [], truncated: 0 };
  }
  const type = shown(read(thrown, "name") ?? read(read(thrown, "constructor"), "name") ?? "Error");
  const message = shown(read(thrown, "message") ?? "");
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

function shown(value) {
  try {
    return typeof value === "symbol" ? String(value) : `${value}`;
  } catch {
    return "";
  }
}

/** The words of an exception, which has this id and perhaps a cause of that one. */
export function wordsOf({ type, message, frames, truncated }, id, cause, remote) {
  let all = `${EXCEPTION}${EXCEPTION_ID}${text(id)}${TYPE}${text(type.slice(0, 500))}`;
  if (remote) {
    all += REMOTE;
  }
  if (cause !== "") {
    all += CAUSED_BY + text(cause);
  }
  if (frames.length > 0) {
    all += STACK;
    for (const { path, line, label: name } of frames) {
      all += `O${PATH}${text(path.slice(-MOST))}${LINE}${text(String(line))}${LABEL}${text(name.slice(0, MOST))}X`;
    }
    all += "Y";
  }
  if (truncated > 0) {
    all += TRUNCATED + text(String(truncated));
  }
  // The message takes the room that is left.
  return `${all}${MESSAGE}${text(message.slice(0, MOST_OF_MESSAGE))}X`;
}

/** What was thrown and recorded, so that it is known when it is seen again; not what is no object. */
export function seen() {
  const map = new WeakMap();
  return {
    get: (thrown) => (isObject(thrown) ? map.get(thrown) : undefined),
    set: (thrown, known) => void (isObject(thrown) && map.set(thrown, known)),
  };
}
