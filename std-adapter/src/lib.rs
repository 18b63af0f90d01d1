//! An AWS X-Ray SDK for Rust services: segments and subsegments, sent to the X-Ray daemon over UDP.
//!
//! ```
//! use xray_recorder::{Locked, Outbox, Recorder};
//!
//! // In a service: `let recorder = Recorder::new();`, once per process.
//! let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
//!
//! let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
//! let mut segment = recorder.segment("checkout").header(header).begin();
//! segment.put_annotation("tenant", "acme").set_user("u-17");
//!
//! let mut price = segment.begin_subsegment("price");
//! price.put_metadata("currencies", &["EUR", "USD"]);
//! let outgoing = price.trace_header().to_string(); // for the request's X-Amzn-Trace-Id
//! assert!(outgoing.starts_with("Root=1-5759e988-bd862e3fe1be46a994272793;Parent="));
//! price.end(); // or drop it
//! segment.end();
//!
//! let stats = recorder.stats();
//! assert_eq!((stats.begun, stats.sent, stats.open), (2, 2, 0));
//! # Ok::<(), xray_recorder::BuildError>(())
//! ```
//!
//! # How it works
//!
//! > An entity is a document. When it ends it is embedded in its parent if it fits and the parent is still open;
//! > otherwise it is sent by itself.
//!
//! ```text
//!  Recorder (Copy) ──▶ Segment ──▶ Subsegment ──▶ Subsegment     guards: Send + Sync, end when dropped
//!      │                  │            │              │
//!      │                  ▼            ▼              ▼
//!      │               document     document       document      private, or in a slot once children began
//!      │                  ▲            │ end: one lock, one copy
//!      │                  └────────────┘ or, where that does not fit or the parent has ended:
//!      └── transport ◀── datagram ─────┘
//! ```
//!
//! * [`Recorder`] is made once and copied everywhere. [`Recorder::new`] reads the environment ([`environment`]) and cannot fail;
//!   [`Recorder::builder`] takes a transport, a clock, randomness and capacities of your own.
//! * [`Segment`] and [`Subsegment`] are guards. They never fail the program: what is refused is counted in [`Stats`],
//!   and logged the first time through the `log` crate.
//! * A guard never changes the current entity of its thread or future. [`in_segment`], [`in_subsegment`], futures
//!   ([`TraceFuture`]), attributes ([`capture`]) and [`EntityHandle::attach`] do; functions such as [`put_annotation`] write to
//!   it.
//! * In [`lambda`] subsegments go under the function's own segment. [`migration`] says what each call of the Python SDK is
//!   here, [`environment`] what each variable does.
//! * Not sampled, a guard holds what its header says and nothing else, and each call is one branch; the header goes on
//!   with `Sampled=0`.
//! * In the steady state nothing is allocated per trace, and no lock is shared between threads that trace on their own, but
//!   for the one of the rules, for the 200 ns of a decision.
//!   What does allocate: errors recorded with their text, extra data of a trace header such as `Lineage`, once per
//!   trace, and a request that came with a header and is not sampled.
//!
//! # Sampling
//!
//! Which segments are recorded is decided when they begin, by the first of these who says something:
//!
//! 1. The header of the request: `Sampled=1` or `Sampled=0`.
//! 2. The program: [`SegmentBuilder::sampled`], [`SegmentBuilder::sampled_by`].
//! 3. A [`Sampler`] of one's own ([`Builder::sampler`]).
//! 4. Rules of one's own ([`Builder::sampling_rules`]); or else, over UDP to the daemon or where
//!    [`Builder::sampling_service`] says so, those of the X-Ray service, asked for over the daemon's TCP address. A thread
//!    does that, from the first decision that needs it; no decision waits for it. While there are none, and when the last
//!    ones are an hour old, one request of each second is recorded, and of the others one in twenty
//!    ([`Builder::fallback_sampling_rules`] has them otherwise).
//! 5. Otherwise everything is recorded, and so it is, from 3 on, with [`Builder::sampling`]`(false)`.
//!
//! Rules go by the request, where [`SegmentBuilder::request`] says what it is, and by the segment's name. The name of the
//! rule is in the document. A decision costs 200 ns with a hundred rules and allocates nothing.
//! [`Builder::keep_what_went_wrong`] sends what was not sampled and failed, or took too long.
//!
//! Where the service runs, [`plugins`] find out ([`Builder::plugin`]).
//!
//! # Integrations
//!
//! Servers and clients of other crates, each behind a feature: see [`ext`].
//!
//! # Memory
//!
//! Documents are reused. A thread keeps 4 segments and 32 subsegments that have ended, about 192 KiB at the default
//! capacities, and a recorder up to 64 and 512 more that threads gave up, about 3 MiB. More entities than that may be
//! open at once; what they take is freed when they end. Rules take 20 KiB, and the service's 32 KiB more.
//!
//! # Forks and snapshots
//!
//! The ids of a trace come from the operating system when its segment begins; nothing drawn from it is kept. A guard
//! that is open across a `fork` is open in both processes: both would send it, and children that begin under it in both
//! would get the same ids. End what is open before a fork, or leave it to one of the two.
//! The threads of a recorder, which ask for sampling rules, follow the daemon's name and show what is in progress, stay
//! with the process that had them: one that forks makes its recorder afterwards.

#![forbid(unsafe_code)]

#[cfg(feature = "macros")]
#[doc(hidden)]
#[path = "captured.rs"]
pub mod __capture;
mod current;
mod entity;
pub mod environment;
pub mod ext;
mod host;
mod journal;
pub mod lambda;
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}
pub mod plugins;
mod recorder;
mod sampling;
mod slot;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;

/// Of the traits a [`Transport`] builds on.
pub use embedded_io;
pub use xray_recorder_core;
pub use xray_recorder_core::{
    AnnotationValue, AwsCall, AwsResource, Clock, Decision, Dialect, Ec2, Ecs, Eks, ElasticBeanstalk, Embed, EntityId,
    Exception, Frame, Framing, HttpResponse, IncomingRequest, IntoKey, InvalidId, Key, Link, LogGroup, Namespace,
    Outbox, OutboxFull, OutgoingRequest, Preparation, Reason, Rng, RngFailed, RuleDefect, RuleName, RulePlace,
    RulesError, Sampled, SamplingRequest, Sdk, Service, Sql, SqsMessage, Stats, Timestamp, TraceContext, TraceHeader,
    TraceId, Traceparent, Transport, WriteTransport, kind, redact_connection, redact_sql, redact_url, wildcard_match,
};

pub use crate::current::{
    Attached, ContextMissing, InContext, InEntity, IntoSegment, IntoSubsegment, InvalidContextMissing, TraceFuture,
    add_exception, begin_subsegment, begin_subsegment_without_sampling, current, current_segment, current_subsegment,
    detach, in_current_context, in_segment, in_subsegment, is_detached, is_recorded, is_sampled, put_annotation,
    put_metadata, put_metadata_in, set_error, set_fault, set_throttle, trace_header,
};
pub use crate::entity::{
    Entity, EntityHandle, OutgoingHeader, Segment, SegmentBuilder, SegmentHandle, Subsegment, SubsegmentHandle,
    redact_urls,
};
pub use crate::host::{DaemonAddress, InvalidDaemonAddress, Locked, OsRng, SystemClock, UdpError, UdpTransport};
pub use crate::recorder::{AnyTransport, BuildError, Builder, GlobalAlreadySet, Own, Recorder, ToDaemon, global};
pub use crate::sampling::{KeepWhatWentWrong, Sampler};

/// Records each call of a function in a subsegment of the current entity, of the function's name or another: an `Err` that
/// it gives and a panic that it ends with are recorded as exceptions, its arguments never, unless they are named.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// use xray_recorder::capture;
/// # struct Order { id: u64, items: Vec<String> }
///
/// #[capture]
/// fn price(order: &Order) -> Result<u64, std::num::ParseIntError> {
///     "42".parse()
/// }
///
/// #[capture(name = "charge card", namespace = "remote", annotations(order = order.id), metadata(items = order.items))]
/// async fn charge(order: &Order) -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// # let order = Order { id: 7, items: vec![] };
/// # recorder.in_segment("checkout", |_| price(&order)).unwrap();
/// # assert_eq!(recorder.stats().sent, 2);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `"…"`, `name = "…"` | the name of the subsegment |
/// | `annotations(key, key = expression)` | annotations by arguments: text, numbers, booleans, options and references to them; evaluated only when sampled |
/// | `metadata(key, key = expression)` | metadata by arguments: whatever serde serializes |
/// | `namespace = "remote"` or `"aws"` | what kind of service is called |
/// | `crate = "path"` | where this crate is found |
/// | `skip` | leaves the function as it is, within [`capture_all`] |
///
/// It goes on functions, methods, `async fn`, and functions that end with `async move { … }` or
/// `Box::pin(async move { … })`, as those of `async_trait` do. Without a current entity the function runs all the same; see
/// [`ContextMissing`]. A function that is captured twice is recorded once. A `const fn`, which may run while compiling,
/// is refused, and so is an option that is not one of these:
///
/// ```compile_fail
/// #[xray_recorder::capture]
/// const fn price() -> u64 {
///     42
/// }
/// ```
///
/// ```compile_fail
/// #[xray_recorder::capture(title = "price")]
/// fn price() -> u64 {
///     42
/// }
/// ```
#[cfg(feature = "macros")]
pub use xray_recorder_macros::capture;

/// Records each call of every function of an impl block, a trait with default methods, or an inline module, as [`capture`]
/// does; what has a `#[capture]` of its own keeps that.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// use xray_recorder::{capture, capture_all};
///
/// struct Orders;
///
/// #[capture_all(ignore("new", "get_*"), prefix = "orders::")]
/// impl Orders {
///     fn new() -> Self {
///         Self
///     }
///     fn get_total(&self) -> u64 {
///         42
///     }
///     fn place(&self) -> u64 {
///         self.get_total()
///     }
/// }
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// # recorder.in_segment("checkout", |_| Orders::new().place());
/// # assert_eq!(recorder.stats().sent, 2);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
///
/// `ignore = "…"` and `ignore("…", …)` are patterns of names, with `*` and `?`. `const fn`s and tests are left as they are.
/// An attribute does not see what is in another file, so that `mod name;` is refused.
#[cfg(feature = "macros")]
pub use xray_recorder_macros::capture_all;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
