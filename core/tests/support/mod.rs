//! What the integration tests share: random arguments, a JSON reader that finds duplicate keys, a log of what happened.

#![allow(dead_code, reason = "each test takes its part")]

pub(crate) mod arguments;
pub(crate) mod json;
pub(crate) mod log;
