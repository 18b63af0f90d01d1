//! The judge of everybody else's tests is tested here against the documented rules and against official documents.

mod datagram;
mod official;
mod receiver;
mod robustness;
mod rules;
mod support;
mod trace;
mod validator;
mod waterfall;
