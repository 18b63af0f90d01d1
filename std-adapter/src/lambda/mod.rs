//! In Lambda: the segment of an invocation is Lambda's, and subsegments are sent under it.

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
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(last) if last.header == header => Some(last.facade.clone()),
            _ => {
                let facade = facade(shared, &TraceHeader::parse(&header));
                *last = Some(Last { header, facade: facade.clone() });
                Some(facade)
            }
        }
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
    if !shared.is_enabled() {
        return Unrecorded::transparent(header, false);
    }
    let (root, parent) = match (header.root(), header.parent(), header.sampled()) {
        (Some(root), Some(parent), Some(Sampled::Yes)) => (root, parent),
        (_, _, Some(Sampled::No)) => return Unrecorded::not_sampled(header, false),
        // Pass-through, `Sampled=?`, or an invocation that is being prepared: nobody has decided to record.
        _ => return Unrecorded::passing(header, None, false),
    };
    let Ok(random) = shared.random() else {
        shared.drop_unbegun("the source of randomness failed");
        return Unrecorded::not_sampled(header, false);
    };
    // Drawn for each invocation: what was drawn before a snapshot was taken would be shared by all that start from it.
    let (wall, ticks) = shared.wall_and_ticks();
    let (context, _) = root_context(random, Some(root), wall, ticks);
    Unrecorded::facade(Facade { shared, context: context.child(parent), trip: Trip::of(header, false) })
}
