// What a recorder is told, checked: what cannot be is said in words.

import { isObject } from "./blocks.js";
import { STRATEGIES } from "./environment.js";

/** Bytes of a document: of the longest, and of one with room for a name and what cannot be left out. */
const MOST_BYTES = 16_384;
const LEAST_BYTES = 512;

/** The module's way to say that what fits is embedded. */
export const IF_FITS = 0xffff_ffff;

/** The options, with those that nobody gave. */
export function check(options) {
  if (!isObject(options)) {
    throw new TypeError("the options of a recorder are an object");
  }
  const { transport, sampling = true, contextMissing, embed, fetch = {}, env, maxOpenDocuments = 1_024, maxDocumentBytes = MOST_BYTES } = options;
  for (const name of ["now", "random"]) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new TypeError(`${name} is a function`);
    }
  }
  if (!isObject(fetch) || !Array.isArray(fetch.ignore ?? [])) {
    throw new TypeError("fetch has options, and in \"ignore\" a list");
  }
  if (typeof sampling !== "boolean" && typeof sampling !== "string" && !isObject(sampling)) {
    throw new TypeError("sampling is true, false or a document of rules");
  }
  if (transport !== undefined && typeof transport?.send !== "function") {
    throw new TypeError("a transport is an object with a function `send`");
  }
  if (contextMissing !== undefined && !STRATEGIES.includes(contextMissing)) {
    throw new TypeError(`contextMissing is one of ${STRATEGIES.join(", ")}`);
  }
  if (embed !== undefined && embed !== "if-fits" && embed !== "never" && !(Number.isSafeInteger(embed) && embed >= 0 && embed < IF_FITS)) {
    throw new TypeError('embed is "if-fits", "never" or a number');
  }
  if (!Number.isSafeInteger(maxOpenDocuments) || maxOpenDocuments < 0) {
    throw new TypeError("maxOpenDocuments is a number from 0 on");
  }
  if (!Number.isSafeInteger(maxDocumentBytes) || maxDocumentBytes < LEAST_BYTES || maxDocumentBytes > MOST_BYTES) {
    throw new TypeError(`maxDocumentBytes is a number from ${LEAST_BYTES} to ${MOST_BYTES}`);
  }
  return { ...options, sampling, fetch, maxOpenDocuments, maxDocumentBytes };
}
