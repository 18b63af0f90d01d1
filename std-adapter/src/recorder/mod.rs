//! The recorder of a server: made once, copied everywhere.

mod builder;
mod counters;
mod global;
mod local;
mod naming;
mod progress;
mod scratch;
mod settings;
mod shared;
mod sink;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use xray_recorder_core::{Stats, TraceHeader};

pub use self::builder::{BuildError, Builder, Own, ToDaemon};
pub use self::global::{AnyTransport, GlobalAlreadySet, global};
pub(crate) use self::global::{current_of_environment, environment_strategy};
pub(crate) use self::shared::{SEGMENT, SUBSEGMENT, Shared, guarded};
use crate::current::{Site, is_detached, top};
use crate::entity::{EntityHandle, Segment, SegmentBuilder, Subsegment, Unrecorded};
use crate::host::UdpTransport;
use crate::lambda;
use crate::plugins::Whereabouts;

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
    /// Begins a segment with a trace of its own, recorded if the sampler says so. For a request that came with a trace header
    /// see [`Recorder::segment`]. In Lambda see [`SegmentBuilder::begin`].
    #[inline]
    pub fn begin_segment(&self, name: &str) -> Segment {
        self.segment(name).begin()
    }

    /// A segment to be begun with the trace header of a request, by what the request is, at another time, or not sampled.
    #[inline]
    pub fn segment<'a>(&self, name: &'a str) -> SegmentBuilder<'a> {
        SegmentBuilder::new(self.shared, name)
    }

    /// Runs `work` in a segment, as the current entity; it ends when `work` returns or panics.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// recorder.in_segment("checkout", |segment| {
    ///     segment.set_user("u-17");
    ///     xray_recorder::in_subsegment("price", |_| ());
    /// });
    /// assert_eq!(recorder.stats().sent, 2);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn in_segment<R>(&self, name: &str, work: impl FnOnce(&mut Segment) -> R) -> R {
        self.segment(name).in_segment(work)
    }

    /// Begins a subsegment of the current entity, which stays the current one; in Lambda, where there is none, of the
    /// function's segment of the invocation that runs. Without either see [`ContextMissing`](crate::ContextMissing).
    #[track_caller]
    pub fn begin_subsegment(&self, name: &str) -> Subsegment {
        match top() {
            Some(current) => current.begin_subsegment(name),
            None => self.begin_unless_missing(name, "begin_subsegment", Site::here()),
        }
    }

    /// Runs `work` in a subsegment of the current entity, as [`Recorder::begin_subsegment`] finds it; it is the current
    /// one meanwhile, and ends when `work` returns or panics.
    #[track_caller]
    pub fn in_subsegment<R>(&self, name: &str, work: impl FnOnce(&mut Subsegment) -> R) -> R {
        let subsegment = match top() {
            Some(current) => current.begin_subsegment(name),
            None => self.begin_unless_missing(name, "in_subsegment", Site::here()),
        };
        subsegment.run(work)
    }

    fn begin_unless_missing(&self, name: &str, what: &str, site: Site) -> Subsegment {
        match self.invocation() {
            Some(facade) => facade.begin_subsegment(name),
            None => self.begin_without_current(what, site),
        }
    }

    /// The function's segment of the invocation that runs in Lambda, unless this thread is to have no entity.
    fn invocation(&self) -> Option<EntityHandle> {
        let lambda = self.shared.lambda().filter(|_| !is_detached())?;
        lambda.current(self.shared).map(EntityHandle::unrecorded)
    }

    /// A subsegment where there is no current entity.
    pub(crate) fn begin_without_current(&self, what: &str, site: Site) -> Subsegment {
        match self.shared.lambda().filter(|_| self.shared.is_enabled() && !is_detached()) {
            Some(lambda) if lambda.is_concurrent() => self.shared.drop_unbegun(
                "several invocations run at once, and it was not said which one this is: see `Recorder::facade`",
            ),
            Some(_) => {
                self.shared.drop_unbegun("Lambda has named no trace yet, as the function is still initializing");
            }
            None => self.context_missing(what, site),
        }
        Subsegment::unrecorded(Unrecorded::off())
    }

    /// Does what the strategy says. A recorder that is disabled misses nothing, and Lambda has its own rules.
    pub(crate) fn context_missing(&self, what: &str, site: Site) {
        if self.shared.is_enabled() && self.shared.lambda().is_none() {
            self.shared.settings.context_missing.apply(what, site);
        }
    }

    /// The segment that Lambda, or whoever called this process, keeps of its own, by its trace header: what begins under
    /// it is recorded and sent, the segment itself is not. In Lambda the header is that of the invocation:
    /// `Context::xray_trace_id` of the `lambda_runtime`.
    ///
    /// It takes a root, a parent and `Sampled=1`. Less than that records nothing; root and data go on without a decision: a
    /// function whose tracing is off has a root alone. The segment itself cannot be written to.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";
    /// let facade = recorder.facade(header);
    /// facade.run(|| xray_recorder::in_subsegment("work", |_| ()));
    /// assert_eq!(facade.trace_header().to_string(), header);
    /// assert_eq!((recorder.stats().sent, recorder.stats().datagrams), (1, 1));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[must_use]
    pub fn facade<H: AsRef<[u8]> + ?Sized>(&self, header: &H) -> EntityHandle {
        EntityHandle::unrecorded(lambda::facade(self.shared, &TraceHeader::parse(header)))
    }

    /// The name of the service, by `AWS_XRAY_TRACING_NAME` or else [`Builder::service`]; for segments that have no
    /// name of their own. `service` when neither says one.
    #[must_use]
    pub fn service(&self) -> &'static str {
        &self.shared.naming.service
    }

    /// The name for the segment of a request to this host: the host itself where [`Builder::dynamic_naming`] says so,
    /// and otherwise the service's.
    ///
    /// ```
    /// # use xray_recorder::Recorder;
    /// let recorder = Recorder::builder().service("shop").dynamic_naming("*.example.com").build()?;
    /// assert_eq!(recorder.segment_name(Some("eu.example.com")), "eu.example.com");
    /// assert_eq!(recorder.segment_name(Some("198.51.100.7")), "shop");
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[must_use]
    pub fn segment_name<'n>(&self, host: Option<&'n str>) -> Cow<'n, str> {
        self.shared.naming.name(host)
    }

    /// Whether anything is recorded.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.shared.is_enabled()
    }

    /// Whether this process is a Lambda function, whose segments are Lambda's: see [`lambda`](crate::lambda). What serves
    /// a request there begins a subsegment.
    #[must_use]
    pub fn is_in_lambda(&self) -> bool {
        self.shared.lambda().is_some()
    }

    /// Enables or disables the recorder for segments that begin from now on, unless `AWS_XRAY_SDK_ENABLED` has said which
    /// it is to be. Gives what is the case then. Disabled, it is as if there were none: trace headers go on as they
    /// came, and nothing is missed.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// assert!(!recorder.set_enabled(false));
    /// let segment = recorder.segment("checkout").header("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1").begin();
    /// assert!(!segment.is_sampled());
    /// assert_eq!(segment.trace_header().to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn set_enabled(&self, enabled: bool) -> bool {
        if !self.shared.settings.enabled_by_environment {
            self.shared.enable(enabled);
        }
        self.is_enabled()
    }

    /// Sends the documents of entities that have been open for longer than `age`, in progress, each at most once; gives
    /// how many. It takes [`Builder::in_progress_after`], which does so by itself; this is for a host that wants to say
    /// when.
    pub fn send_in_progress_older_than(&self, age: Duration) -> usize {
        self.shared.show_older_than(age)
    }

    /// Asks the service for sampling rules, and reports to it, as far as that is due by now; gives how many calls that were.
    /// It blocks while they take, two seconds each at most beside asking a resolver for the daemon's name. A thread does so by itself, unless the recorder has a clock of its
    /// own ([`Builder::clock`]); this is for a host that wants to say when.
    pub fn call_sampling_service(&self) -> usize {
        self.shared.sampling.central().map_or(0, |central| central.call_all(self.shared))
    }

    /// What became of everything begun so far, on all threads. `begun == sent + failed + dropped + let_go + open` always holds;
    /// an entity that ends on another thread meanwhile may still count as open.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Where the service runs, as far as the plugins have found that by now.
    #[must_use]
    pub fn whereabouts(&self) -> Option<&'static Whereabouts> {
        self.shared.whereabouts()
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
