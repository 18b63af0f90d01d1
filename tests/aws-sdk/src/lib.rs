//! The interceptor of `xray_recorder::ext::aws_sdk` in real clients of the AWS SDK for Rust.
//!
//! | where | what |
//! |---|---|
//! | `tests/clients` | against a server that answers as it is told to, and beside what the Python SDK sends of the same calls |
//! | `tests/moto.rs` | against moto, which is many services of AWS in one server: `cargo xtask test moto` starts it |
//! | `benches/interceptor.rs` | what the interceptor adds to a call: `cargo bench -p aws-sdk-tests` |
//! | here | the examples of the documentation, and what all of these share |
//!
//! # The examples
//!
//! They stand here to be built: where they are read there are no clients.
#![doc = include_str!("../../../std-adapter/src/ext/aws_sdk/one_line.md")]
#![doc = include_str!("../../../std-adapter/src/ext/aws_sdk/one_call.md")]

pub mod clients;
pub mod server;
