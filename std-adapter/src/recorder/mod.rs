//! The recorder of a server: made once, copied everywhere.

mod builder;
mod counters;
mod local;
mod shared;
mod sink;

use std::fmt;

use xray_recorder_core::Stats;

pub use self::builder::{BuildError, Builder, Own, ToDaemon};
pub(crate) use self::shared::{SEGMENT, SUBSEGMENT, Shared};
use crate::entity::{Segment, SegmentBuilder};
use crate::host::UdpTransport;

/// Begins segments and counts what became of them. `Copy`: pass it around as it is.
///
/// It lives as long as the program, so that guards need no reference count: make one per process, as its socket and
/// its pools are never freed.
///
/// ```no_run
/// use xray_recorder::{Recorder, UdpTransport};
///
/// let recorder = Recorder::<UdpTransport>::new();
/// let mut segment = recorder.begin_segment("checkout");
/// segment.put_annotation("tenant", "acme").set_user("u-17");
/// let db = segment.begin_subsegment("orders@db.example.com");
/// db.end();
/// segment.end();
/// ```
pub struct Recorder<T: 'static = UdpTransport> {
    shared: &'static Shared,
    transport: &'static T,
}

impl Recorder<UdpTransport> {
    /// A recorder as the environment says, and by the defaults where that says nothing: UDP to the daemon at
    /// `127.0.0.1:2000`. It asks for nothing that can block, and cannot fail; a variable that cannot be understood falls
    /// back to its default and is logged. Where the daemon has a host name, a thread resolves it.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build_or_default()
    }

    /// A recorder by code and environment, with errors for those who want to know.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Default for Recorder<UdpTransport> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Recorder<T> {
    /// Begins a segment, sampled, with a trace of its own. For a request that came with a trace header see
    /// [`Recorder::segment`].
    #[inline]
    pub fn begin_segment(&self, name: &str) -> Segment {
        self.segment(name).begin()
    }

    /// A segment to be begun with the trace header of a request, at another time, or not sampled.
    #[inline]
    pub fn segment<'a>(&self, name: &'a str) -> SegmentBuilder<'a> {
        SegmentBuilder::new(self.shared, name)
    }

    /// The name of the service, by `AWS_XRAY_TRACING_NAME` or else [`Builder::service`]; for segments that have no
    /// name of their own. `service` when neither says one.
    #[must_use]
    pub fn service(&self) -> &'static str {
        &self.shared.service
    }

    /// What became of everything begun so far, on all threads. `begun == sent + failed + dropped + open` always holds;
    /// an entity that ends on another thread meanwhile may still count as open.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// The transport.
    #[must_use]
    pub const fn transport(&self) -> &'static T {
        self.transport
    }
}

impl<T> Clone for Recorder<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Recorder<T> {}

impl<T> fmt::Debug for Recorder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("service", &self.service()).field("stats", &self.stats()).finish()
    }
}
