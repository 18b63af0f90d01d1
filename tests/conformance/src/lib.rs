//! The official SDKs as the measure: the same story told through our API has the same structure.
//!
//! A *capture* is what a program on an official SDK really sent. A *story* is the same program through ours. Both are
//! brought into one [`shape`]: documents joined to trees, ids and times normalized. Then they are [compared](compare),
//! and each difference must be documented by exactly one row of one table, [`differences::ROWS`]. A difference that no
//! row documents fails, and so does a row that no capture needs. Every document of ours must also please the strict
//! judge of `xray-recorder-receiver`.
//!
//! # Captures
//!
//! | capture | story |
//! |---|---|
//! | `py01_minimal` | here, by guards and by closures |
//! | `py02_nested` | here, by guards and by closures |
//! | `py03_annotations_metadata_user` | here; what is no annotation value cannot be spelled |
//! | `py04_exception_cause` | here, by exceptions given and by an error that passes two closures |
//! | `py05_http_status_flags` | here |
//! | `py06_streaming` | here |
//! | `py07_segment_closed_first` | here, by guards and by closures |
//! | `py08_lambda` | here, under the header of the invocation, a header handed over and a segment that a program begins |
//! | `py09_lambda_unsampled` | here |
//! | `py10_without_sampling` | here, by guards and by closures |
//! | `py11_name_sanitise` | here, by guards and by closures |
//! | `py12_flask` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `py13_requests_client` | elsewhere: in `std-adapter/tests/ext/reqwest`, by reqwest |
//! | `py14_sqlite` | here, with what the driver says given by hand; in `tests/sql` by rusqlite |
//! | `py15_sqlalchemy_core` | elsewhere: in `tests/sql`, by sqlx |
//! | `py16_botocore_dynamodb` | elsewhere: in `tests/aws-sdk`, by real clients of the AWS SDK |
//! | `py17_ecs_plugin` | here, with the data given by hand; the plugin is tested against scripted endpoints |
//! | `py18_end_time_and_traceid` | here, by guards and by the current entity |
//! | `py19_origin_header_propagation` | here, without the client, by guards and by closures |
//! | `py20_nonserialisable` | here, with what serde makes of such values |
//! | `py21_centralized_sampling` | here, with the rule's name given; the calls and decisions over TCP are told in `std-adapter/tests/sampling` |
//! | `py22_unsampled_propagation` | here, without the client, by guards and by closures |
//! | `py23_threads` | here, by a shared guard and by a reference attached on each thread |
//! | `py24_asyncio` | here, by guards that are open at once and by two futures polled by turns |
//! | `py25_bottle` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `py26_aiohttp_server` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `py27_django` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `py28_flask_lambda` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `py29_capture_decorator` | here, by guards and by closures; the attribute in `std-adapter/tests/capture.rs` |
//! | `node01_minimal` | here |
//! | `node02_nested` | here |
//! | `node03_exception` | here |
//! | `node04_http_client` | elsewhere: in `std-adapter/tests/ext/http_client`, by hyper's client |
//! | `node05_express` | elsewhere: in `std-adapter/tests/ext/tower`, by axum |
//! | `node06_lambda` | here, under the header of the invocation |
//! | `node07_streaming` | here |
//! | `node09_without_sampling` | here, by guards and by closures |
//! | `node11_segment_closed_first` | here |
//! | `node12_name_not_sanitised` | here |
//! | `node16_lambda_unsampled` | here, without the client, under the header of the invocation and one handed over |
//! | `node17_unsampled_propagation` | here, without the client, by guards and by closures |
//!
//! A capture that is told elsewhere needs a framework, a client library or a database, and is told where that is integrated.
//!
//! # Test vectors
//!
//! What the official SDKs were seen to do with single inputs.
//!
//! | vectors | where |
//! |---|---|
//! | trace headers, read and written | `tests/vectors/headers.rs`; what a middleware answers comes with the frameworks |
//! | addresses of the daemon | a unit test of `xray_recorder::DaemonAddress` |
//! | names, and those that follow from a host | `tests/vectors/names.rs`; every character there is in `tests/names.rs` |
//! | flags that follow from an HTTP status | `tests/vectors/statuses.rs`; Node's types of causes in `tests/vectors/causes.rs` |
//! | trace ids, generation, W3C | `tests/vectors/ids.rs` |
//! | who decides | `tests/vectors/decisions.rs` for header and program; with a sampler `std-adapter/tests/sampling/decisions.rs` |
//! | structure of documents and datagrams | stories and `tests/vectors/documents.rs`; what the daemon takes is tested with the receiver |
//! | calls without an open entity, or after its end | `tests/vectors/context.rs`, but for what is logged then |
//! | wildcards, sampling rules, central sampling | unit tests of `wildcard_match`, `core/tests/sampling` |
//! | `isSampled` of a message | with SQS |
//! | snake_case of parameters | with the AWS SDK |
//! | URL helpers | with the HTTP clients and frameworks |
//! | switches of the environment | `tests/vectors/switches.rs`, `tests/vectors/context.rs` |

#![forbid(unsafe_code)]

pub mod capture;
pub mod compare;
pub mod differences;
mod label;
pub mod memory;
pub mod shape;
pub mod teller;
pub mod verdict;

pub use capture::Capture;
pub use teller::{HEADER, Teller};
pub use verdict::Story;
