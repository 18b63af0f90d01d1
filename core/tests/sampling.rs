//! Whether a segment is recorded: rules of a document, and rules that the service gives out.

#[path = "sampling/answers.rs"]
mod answers;
#[path = "sampling/conservation.rs"]
mod conservation;
#[path = "sampling/local.rs"]
mod local;
#[path = "sampling/matching.rs"]
mod matching;
#[path = "sampling/recorder.rs"]
mod recorder;
#[path = "sampling/service.rs"]
mod service;
#[path = "sampling/two_hours.rs"]
mod two_hours;
#[path = "sampling/walk_through.rs"]
mod walk_through;
