//! AWS X-Ray segments and subsegments, built and serialized in fixed-capacity buffers: `no_std`, no alloc, no unsafe.
//!
//! This crate knows no socket, no clock, no environment and no thread. It takes time and ids as arguments and gives
//! datagrams; a host brings [`Clock`], [`Rng`] and [`Transport`], and `xray-recorder` is the one for servers.
//!
//! # The idea
//!
//! X-Ray never needs the tree of a trace. A document may hold a whole segment, an unfinished one, or a single
//! subsegment; the service joins them by `trace_id` and `parent_id`. Nesting is only packing. So:
//!
//! > An entity is a document. When it ends it is embedded in its parent if it fits and the parent is still open;
//! > otherwise it is sent by itself.
//!
//! ```text
//!  Recorder ── Clock, Rng ──▶ TraceContext (Copy) ──▶ Segment / Subsegment ── writes ──▶ Document<N>
//!     │                                                        │ end                        │
//!     │                                                        ├── embedded: one copy ──▶ the parent's Document
//!     └── Transport ◀──────────────────────────────────────────┴── sent alone: the document is the datagram
//! ```
//!
//! * [`Document`] is the buffer, and the datagram: whenever it is asked for, after any call, it is valid.
//! * [`Segment`] and [`Subsegment`] are typed handles on one; what only one of them may have exists only there.
//! * [`TraceContext`] is the parent as a value: a child copies it and borrows nothing.
//! * [`Recorder`] brings them together with a host, and counts in [`Stats`] what became of each.
//! * [`TraceHeader`] and [`Traceparent`] carry the trace between services.
//!
//! Start with the example at [`Recorder`], or for a microcontroller with the page [`embedded`].
//!
//! # Limits
//!
//! Offsets are 16 bits, so a document has at most 65,507 bytes, the largest UDP payload. What does not fit is refused
//! with a typed error or, where it is free text, cut at a character, and counted either way in [`Tally`]. There is no
//! other limit on children: the one that finds no room in its parent is sent by itself.
//!
//! # Features
//!
//! * `unicode-names`, on by default: names have letters of any alphabet, and not those of ASCII only.
//! * `critical-section`: `Shared`, what tasks and interrupts share, and clocks in statics.
//! * `embedded-io-async`: lines that are awaited.
//! * `testing`: deterministic stand-ins for a host.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod boot_clock;
mod context;
mod division;
mod document;
#[doc = include_str!("../docs/embedded.md")]
pub mod embedded {}
mod encoded;
mod entity;
mod epoch;
mod error;
mod fields;
mod guarded;
mod header;
mod host;
mod id;
mod json;
mod key;
mod mark;
mod name;
mod outbox;
mod recorder;
mod redact;
mod register_rng;
mod sampling;
#[cfg(feature = "critical-section")]
mod shared;
mod sqs;
mod stats;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tick_counter;
mod time;
mod traceparent;
mod transport;
mod wildcard;

/// Of the traits a [`Transport`] builds on.
pub use embedded_io;
/// Of the traits that lines which are awaited build on.
#[cfg(feature = "embedded-io-async")]
pub use embedded_io_async;

pub use boot_clock::{BootClock, ImpossibleTime};
pub use context::TraceContext;
pub use document::{Delivery, Document, DocumentView, Embed, MAX_CAPACITY, MIN_CAPACITY, Storage};
pub use encoded::Encoded;
pub use entity::{Ended, Entity, Segment, Subsegment, kind};
pub use epoch::Epoch;
pub use error::{AnnotationError, BeginError, Full, LinkError, MetadataError};
pub use fields::{
    AnnotationValue, AwsCall, AwsResource, Ec2, Ecs, Eks, ElasticBeanstalk, Exception, Field, Frame, HttpResponse,
    IncomingRequest, Link, LogGroup, Namespace, OutgoingRequest, Preparation, Sdk, Service, Sql,
};
pub use header::{HeaderData, Sampled, TraceHeader};
pub use host::{Clock, Rng, RngFailed};
pub use id::{EntityId, InvalidId, TraceId};
pub use json::pen::Pen;
pub use key::{IntoKey, Key};
pub use outbox::{Outbox, OutboxFull};
pub use recorder::{Recorder, root_context};
pub use redact::{
    ConnectionRule, Dialect, Redacted, RedactedSql, Rule, UrlRule, redact_connection, redact_sql, redact_url,
};
pub use register_rng::RegisterRng;
pub use sampling::{
    Call, CallError, CentralRules, Decision, Everything, LocalRules, Reason, RuleDefect, RuleName, RulePlace,
    RulesError, Sampler, SamplingRequest,
};
#[cfg(feature = "critical-section")]
pub use shared::{Shared, SharedError};
pub use sqs::SqsMessage;
pub use stats::{MAX_TRACE_BYTES, Stats, Tally};
pub use tick_counter::TickCounter;
pub use time::Timestamp;
pub use traceparent::Traceparent;
pub use transport::{Framing, Transport, WriteTransport};
pub use wildcard::wildcard_match;
