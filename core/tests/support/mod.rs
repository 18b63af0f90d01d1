//! What the integration tests share: random arguments, a JSON reader that finds duplicate keys, a log of what happened.

#![allow(dead_code, reason = "each test takes its part")]

pub(crate) mod arguments;
pub(crate) mod blocks;
pub(crate) mod json;
pub(crate) mod log;
pub(crate) mod model;
pub(crate) mod operation;
pub(crate) mod random_operation;
pub(crate) mod sent;
