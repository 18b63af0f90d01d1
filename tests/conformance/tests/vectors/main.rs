//! The reference's test vectors that concern what there is today, each with what the official SDKs make of it, what we
//! do, and why where that is not the same.

mod decisions;
mod documents;
mod headers;
mod ids;
mod names;
mod statuses;
