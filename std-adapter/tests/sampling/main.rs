//! Which segments are recorded: the service's rules over a real connection to a daemon, rules of one's own, a sampler of
//! one's own, what is kept because it went wrong, and where the service runs.

#[path = "../support/mod.rs"]
mod support;

mod broken_daemons;
mod decisions;
mod kept;
mod poller;
mod service;
mod told_by_service;
mod whereabouts;
