//! Clients of the AWS SDK for Rust, all of them: one interceptor. With the feature `aws-sdk`.
//!
#![cfg_attr(not(doctest), doc = include_str!("one_line.md"))]
//!
//! That is one line for each client: the configuration that clients share, `aws_config::SdkConfig`, takes no
//! interceptors.
//!
//! # What is recorded
//!
//! Each call is a subsegment of the current entity, from before the request is put together until the caller has the
//! answer, whatever it is: retries and what is waited between them included, and a body that is streamed excluded.
//!
//! | field | what it says |
//! |---|---|
//! | name | the service's id, `DynamoDB`, `S3`, `Secrets Manager`: what the SDKs for Node 3, Go and Java write, and X-Ray's own documentation; the Python SDK writes the prefix of the host name, `dynamodb` |
//! | namespace | `aws` |
//! | `aws.operation` | `GetItem` |
//! | `aws.region` | the client's region |
//! | `aws.request_id`, `aws.id_2` | the ids the service answers with |
//! | `aws.retries` | attempts after the first one |
//! | `aws.table_name`, … | the parameters of the [`Whitelist`] |
//! | `http.response` | status and content length of the last attempt's answer |
//! | flags | by status; `throttle` also where a retry classifier of the client says that the error is one of throttling, which DynamoDB answers with a 400, and S3 with a 503, which is a `fault` as well |
//! | exception | the error of the service, `remote`, its code as type; or `DispatchFailure`, `TimeoutError`, `ResponseError` or `ConstructionFailure`, named as the variants of `SdkError`, with what caused it on the way; of a request that could not be put together, only the field that was refused. A 304 has none |
//! | annotation `cancelled` | the future was dropped before it had an answer |
//!
//! `X-Amzn-Trace-Id` goes into each attempt, after it is signed: no signature covers that header, by the SDK's own rules,
//! as proxies may change it. One that is there already is replaced, the one that the SDK adds in Lambda for example,
//! which names the function's segment and not the call. Calls that are not sampled send `Sampled=0`. Without a current
//! entity nothing is recorded, as [`ContextMissing`](crate::ContextMissing) says, and nothing is sent.
//!
//! No subsegments: `GetSamplingRules`, `GetSamplingTargets` and `PutTraceSegments` of X-Ray itself, and URLs that are
//! presigned, which call nothing.
//!
//! # What is read, and what is not
//!
//! Of a request and its answer only parameters of the [`Whitelist`] get into a document, and nothing of bodies that are
//! streamed. Where they are read: the JSON protocols' bodies, the form of the AWS query protocol, and for REST services
//! path, query and headers, where it is known which ([`Parameter`]). Neither the CBOR protocol nor XML bodies are read.
//! Of a body the first [`MAX_BODY`] bytes are looked at, and a value of more than [`MAX_VALUE`] bytes is left out.
//! Table and queue names, object keys, prefixes and the attributes of queues are on the list of the official SDKs and thus
//! on the built-in one, and so are DynamoDB's item collection metrics, which have a partition key's value in them, where a
//! request asks for those. See [`SubsegmentInterceptor::whitelist`] where these are secrets. The text of a service's
//! error is recorded as it comes; that of an answer which cannot be read is not, as it may quote it.
//!
//! # What it costs
//!
//! Some 4 µs for a call that is recorded and less than 1 µs for one that is not, beside the 30 µs and more of the SDK
//! itself, the network not counted: `cargo bench -p aws-sdk-tests` measures it.
//!
//! # Versions
//!
//! Rust 1.94.1, as today's clients and `aws-smithy-runtime-api` from 1.13 on want it; 1.12, the oldest that this builds with, is
//! content with Rust 1.91.1. An `aws-smithy-runtime` older than 1.16 does not tell interceptors of a timeout of the whole
//! operation: it is known by the time that has passed then.

mod call;
mod failure;
mod interceptor;
mod json;
mod kept;
mod official;
mod parameter;
mod snake_case;
mod url;
mod value;
mod whitelist;
mod wire;

pub use self::interceptor::SubsegmentInterceptor;
pub use self::official::InvalidWhitelist;
pub use self::parameter::Parameter;
pub use self::whitelist::Whitelist;
pub use self::wire::{MAX_BODY, MAX_VALUE};
