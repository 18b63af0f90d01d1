// Blocks of members, as words that the module reads: which there are, in the order in which the core writes them.

import { before, label, spelled, text } from "./protocol.js";

/** Of a text, more than any limit leaves of it is not carried over. */
export const clip = (value) => (value.length > 1_500 ? value.slice(0, 1_500) : value);

/** A member of somebody else's object: reading it may throw, and it may be of any type. */
export function read(from, property) {
  try {
    return from?.[property];
  } catch {
    return undefined;
  }
}

/**
 * The words that `words` makes of an object. Where reading a member throws, that member is as if it were not there: all are
 * read again through what says so. Each member has its own place in a program, as one place for all of them is slow.
 */
export function told(words, from, more) {
  try {
    return words(from, more);
  } catch {
    return words(new Proxy({}, { get: (_, property) => read(from, property) }), more);
  }
}

export const isObject = (value) => typeof value === "object" && value !== null;
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

/** A label of its own number, for what most requests have; others are spelled each time. */
const often = (key) => label(key);
const seldom = (key) => spelled(`"${key}":`);

/** `requestId` is `request_id` in a document. */
const snake = (property) => property.replace(/[A-Z0-9]/g, (letter) => `_${letter.toLowerCase()}`);

// What makes words of a value: none of what it does not take.
export const one = (kind, made) => {
  const words = before(kind + made);
  return (value) => (typeof value === "string" ? words(clip(value)) : "");
};
const count = (made) => (value) => (isCount(value) ? `j${made}${text(String(value))}` : "");
const flag = (made) => (value) => (value === true ? `j${made}${text("true")}` : "");
const block = (made, members) => (value) => (isObject(value) ? `o${made}${compose(members, value)}X` : "");
const several = (made, each) => (value) => {
  const all = Array.isArray(value) ? value.map(each).join("") : "";
  return all === "" ? "" : `l${made}${all}Y`;
};
const list = (made) => several(made, (value) => (typeof value === "string" ? `T${text(clip(value))}` : ""));
const blocks = (made, members) => several(made, (value) => (isObject(value) ? `O${compose(members, value)}X` : ""));

const texts = (name, ...properties) => properties.map((property) => [property, one("t", name(snake(property)))]);
const arn = (property) => [property, one("r", seldom(snake(property)))];

/** The words of an object's members. */
export function compose(members, from) {
  let all = "";
  for (const [property, words] of members) {
    try {
      all += words(from[property]);
    } catch {
      // A trap of somebody else's, or a symbol where there is to be a text.
    }
  }
  return all;
}

export const SERVICE = texts(often, "name", "version", "runtime", "runtimeVersion");

const [OPERATION, REGION, REQUEST_ID, ID2, ACCOUNT, QUEUE, TABLE, BUCKET, KEY] = ["operation", "region", "request_id", "id_2",
  "account_id", "queue_url", "table_name", "bucket_name", "key"].map((name) => one("t", often(name)));
const RETRIES = count(often("retries"));
const TABLES = list(seldom("table_names"));
const RESOURCES = list(seldom("resource_names"));

/** What a call of AWS says. */
export const call = (from) =>
  OPERATION(from.operation) + REGION(from.region) + REQUEST_ID(from.requestId) + ID2(from.id2) + ACCOUNT(from.accountId) +
  RETRIES(from.retries) + QUEUE(from.queueUrl) + TABLE(from.tableName) + TABLES(from.tableNames) + BUCKET(from.bucketName) +
  KEY(from.key) + RESOURCES(from.resourceNames);

/** Where a service runs. */
export const RESOURCE = [
  ...texts(seldom, "accountId"),
  ["xray", block(often("xray"), [
    ...texts(often, "sdk", "sdkVersion"),
    ...texts(seldom, "package", "samplingRuleName"),
    ["autoInstrumentation", flag(seldom("auto_instrumentation"))],
  ])],
  ["ec2", block(seldom("ec2"), texts(seldom, "instanceId", "availabilityZone", "instanceSize", "amiId"))],
  ["ecs", block(seldom("ecs"), [
    ...texts(seldom, "container", "containerId"),
    arn("containerArn"),
    arn("taskArn"),
    ...texts(seldom, "taskFamily"),
    arn("clusterArn"),
    ...texts(seldom, "launchType", "availabilityZone"),
  ])],
  ["eks", block(seldom("eks"), texts(seldom, "pod", "clusterName", "containerId"))],
  ["elasticBeanstalk", block(seldom("elastic_beanstalk"), [
    ...texts(seldom, "environmentName", "versionLabel"),
    ["deploymentId", count(seldom("deployment_id"))],
  ])],
  ["cloudwatchLogs", blocks(seldom("cloudwatch_logs"), [...texts(seldom, "logGroup"), arn("arn")])],
];
