//! Lambda: the segment of an invocation is Lambda's, and a function's subsegments are sent under it.
//!
//! A recorder is in Lambda where `LAMBDA_TASK_ROOT` is set, or [`Builder::in_lambda`](crate::Builder::in_lambda) says so.
//! Then
//!
//! * nothing is embedded ([`Embed::Never`](crate::Embed::Never)): each subsegment is sent when it ends, as the process may
//!   be frozen before the next one does;
//! * a subsegment begins under the current entity, or without one under the segment that `_X_AMZN_TRACE_ID` names, read
//!   anew each time, so that every invocation has its own;
//! * where a process serves several invocations at once (`AWS_LAMBDA_MAX_CONCURRENCY`) no variable can tell which of them
//!   is meant. Hand each its header, with [`Recorder::facade`](crate::Recorder::facade):
//!
//! ```
//! # use std::{pin::pin, task::{Context, Poll, Waker}};
//! use xray_recorder::{Locked, Outbox, Recorder, TraceFuture};
//!
//! # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
//! # async fn work() { xray_recorder::in_subsegment("work", |_| ()) }
//! // Of the runtime's: `let header = event.context.xray_trace_id`.
//! let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";
//! let invocation = work().in_context(&recorder.facade(header));
//! # assert_eq!(pin!(invocation).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
//! # assert_eq!(recorder.stats().sent, 1);
//! # Ok::<(), xray_recorder::BuildError>(())
//! ```
//!
//! * a header without a parent or a decision, as a function has whose tracing is off, records nothing; root and data go on
//!   to the services called, and no decision with them. With `Sampled=0` that goes on, too;
//! * before the first invocation there is no header: a subsegment that begins then is counted as dropped, and the first
//!   one is logged;
//! * a segment that a program begins is none: it stands for Lambda's, so that the same code runs on a server. Its
//!   subsegments are recorded, what it is told itself is not;
//! * [`ContextMissing`](crate::ContextMissing) does nothing;
//! * `/tmp/.aws-xray/initialized` is written when the recorder is made, by which Lambda knows that X-Ray is in use.

mod marker;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use xray_recorder_core::{Sampled, TraceHeader, root_context};

pub(crate) use self::marker::leave_marker;
use crate::entity::{Facade, Trip, Unrecorded};
use crate::recorder::Shared;

/// Where the trace header of the running invocation is found, when nobody has handed it over.
pub(crate) type Invocation = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// What a recorder needs to know of Lambda.
pub(crate) struct Lambda {
    /// None where several invocations run at once, as no variable can tell which of them is meant.
    invocation: Option<Invocation>,
    last: Mutex<Option<Last>>,
}

/// The invocation that was asked about last: its subsegments have one seed for their ids, and one clock anchor.
struct Last {
    header: String,
    facade: Unrecorded,
}

impl Lambda {
    pub(crate) fn new(invocation: Option<Invocation>) -> Self {
        Self { invocation, last: Mutex::default() }
    }

    /// The segment of the invocation that is running, as far as the environment tells.
    pub(crate) fn current(&self, shared: &'static Shared) -> Option<Unrecorded> {
        let header = self.invocation.as_ref()?()?;
        if !shared.is_enabled() {
            return Some(facade(shared, &TraceHeader::parse(&header)));
        }
        if let Some(known) = self.known(&header) {
            return Some(known);
        }
        // Outside of the lock: clock, randomness and logger are code of the user's, which may ask for the invocation.
        let parsed = TraceHeader::parse(&header);
        let Some(found) = facade_unless_random_fails(shared, &parsed) else {
            // Not to be remembered: the next subsegment asks again, and counts for itself.
            return Some(Unrecorded::not_sampled(&parsed, false));
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            // Another thread was first; what begins under one invocation is to have one seed.
            Some(last) if last.header == header => Some(last.facade.clone()),
            _ => {
                *last = Some(Last { header, facade: found.clone() });
                Some(found)
            }
        }
    }

    /// The segment of this invocation, if it is the one asked about last.
    fn known(&self, header: &str) -> Option<Unrecorded> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|last| last.header == header).map(|last| last.facade.clone())
    }

    /// Whether no variable can tell which invocation is meant.
    pub(crate) fn is_concurrent(&self) -> bool {
        self.invocation.is_none()
    }

    /// What stands for a segment that a program begins.
    pub(crate) fn segment(&self, shared: &'static Shared, header: &TraceHeader<'_>) -> Unrecorded {
        shared.tell_of_lambda();
        if header.root().is_some() {
            return facade(shared, header);
        }
        self.current(shared).unwrap_or_else(Unrecorded::off)
    }
}

impl fmt::Debug for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lambda").field("concurrent", &self.invocation.is_none()).finish_non_exhaustive()
    }
}

/// The segment that somebody else keeps, by its header. It takes a root, a parent and a decision to record under it; less
/// than that goes on as it came.
pub(crate) fn facade(shared: &'static Shared, header: &TraceHeader<'_>) -> Unrecorded {
    facade_unless_random_fails(shared, header).unwrap_or_else(|| Unrecorded::not_sampled(header, false))
}

fn facade_unless_random_fails(shared: &'static Shared, header: &TraceHeader<'_>) -> Option<Unrecorded> {
    if !shared.is_enabled() {
        return Some(Unrecorded::transparent(header, false));
    }
    let (root, parent) = match (header.root(), header.parent(), header.sampled()) {
        (Some(root), Some(parent), Some(Sampled::Yes)) => (root, parent),
        (_, _, Some(Sampled::No)) => return Some(Unrecorded::not_sampled(header, false)),
        // Pass-through, `Sampled=?`, or an invocation that is being prepared: nobody has decided to record.
        _ => return Some(Unrecorded::passing(header, None, false)),
    };
    let Ok(random) = shared.random() else {
        shared.drop_unbegun("the source of randomness failed");
        return None;
    };
    // Drawn for each invocation: what was drawn before a snapshot was taken would be shared by all that start from it.
    let (wall, ticks) = shared.wall_and_ticks();
    let (context, _) = root_context(random, Some(root), wall, ticks);
    let facade = Facade { shared, context: context.child(parent), trip: Trip::of(header, false) };
    Some(Unrecorded::facade(facade))
}
