//! How a layer is made.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::{LevelFilter, Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::event::Others;
use super::fields::{FieldUse, Fields};
use super::filter::SpanFilter;
use super::{SqlxQueries, XRayLayer};
use crate::{Recorder, Segment};

/// An [`XRayLayer`] to be made. See [`tracing`](super).
#[derive(Debug)]
#[must_use = "a layer that is not built records nothing"]
pub struct XRayLayerBuilder {
    fields: Fields,
    filter: SpanFilter,
    roots: Option<Roots>,
    sqlx: Option<SqlxQueries>,
    events: LevelFilter,
}

/// Which spans become segments, and how.
pub(super) struct Roots {
    wants: Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>,
    begin: BeginSegment,
}

/// Begins a segment by its name and the header of the request.
type BeginSegment = Box<dyn Fn(&str, &str) -> Segment + Send + Sync>;

impl Roots {
    pub(super) fn want(&self, metadata: &Metadata<'_>) -> bool {
        (self.wants)(metadata)
    }

    pub(super) fn begin(&self, name: &str, header: &str) -> Segment {
        (self.begin)(name, header)
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots").finish_non_exhaustive()
    }
}

impl XRayLayerBuilder {
    pub(super) fn new() -> Self {
        Self {
            fields: Fields::default(),
            filter: SpanFilter::new(),
            roots: None,
            sqlx: Some(SqlxQueries::new()),
            events: LevelFilter::OFF,
        }
    }

    /// Fields of these names become annotations, of all spans: text, numbers, booleans. Keep them few and short: X-Ray
    /// indexes 50 of a trace, and text of at most 1,000 characters.
    pub fn annotate<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.fields.annotate(names.into_iter().map(Into::into));
        self
    }

    /// Fields of these names become metadata, of all spans, text too.
    pub fn metadata<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.fields.keep(names.into_iter().map(Into::into));
        self
    }

    /// Text becomes metadata, too, unless its name has a word such as `password` or `token`. Look at what the program and
    /// its libraries say about themselves first: `#[instrument]` records arguments.
    pub fn text_as_metadata(mut self) -> Self {
        self.fields.keep_text();
        self
    }

    /// What becomes of each field says a function, in place of all other rules, by the span and the field's name. It is
    /// called whenever a value is recorded in a span that is sampled.
    ///
    /// ```
    /// use xray_recorder::ext::tracing::{FieldUse, XRayLayer};
    ///
    /// let builder = XRayLayer::builder().fields_by(|span, field| match (span.target(), field) {
    ///     (target, "tenant") if target.starts_with("shop::") => FieldUse::Annotation,
    ///     _ => FieldUse::Nothing,
    /// });
    /// ```
    pub fn fields_by(mut self, rule: impl Fn(&Metadata<'_>, &str) -> FieldUse + Send + Sync + 'static) -> Self {
        self.fields.keep_by(rule);
        self
    }

    /// The level down to which spans are recorded, where [`target`](Self::target) does not say otherwise: `INFO` by
    /// default.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_level(level.into());
        self
    }

    /// The level down to which spans of a target are recorded: of a module and all that is in it, or with a `*` at its end
    /// of whatever begins so. The longest that is about a target counts, and of two equal ones the latest. Where it is
    /// `OFF`, errors are left out as well.
    ///
    /// These are off by default: `aws_config`, `aws_credential_types`, `aws_runtime`, `aws_sigv4`, `aws_smithy*`, `h2`,
    /// `hyper`, `hyper_util`, `lambda_runtime`, `mio`, `reqwest`, `rustls`, `tokio`, `tokio_rustls`, `tower`, `want`,
    /// `xray_recorder`.
    pub fn target(mut self, target: &str, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_target(target, level.into());
        self
    }

    /// Spans that nothing is above become segments: where there is no current entity, and no span above has one, or the
    /// span says `parent: None`. The recorder's sampler decides. A field `xray.trace_header` continues the trace of a
    /// request.
    ///
    /// ```
    /// use tracing_subscriber::layer::SubscriberExt;
    /// use xray_recorder::ext::tracing::XRayLayer;
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    ///
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let subscriber = tracing_subscriber::registry().with(XRayLayer::builder().root_segments(recorder).build());
    /// tracing::subscriber::with_default(subscriber, || {
    ///     tracing::info_span!("nightly job").in_scope(|| tracing::info_span!("cleanup").in_scope(|| ()));
    /// });
    /// assert_eq!((recorder.stats().sent, recorder.stats().datagrams), (2, 1));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn root_segments<T: Sync + 'static>(self, recorder: Recorder<T>) -> Self {
        self.root_segments_of(recorder, |_| true)
    }

    /// The same for those that `wants` says so of: not of a span that lasts as long as the program, say.
    pub fn root_segments_of<T: Sync + 'static>(
        mut self,
        recorder: Recorder<T>,
        wants: impl Fn(&Metadata<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        let begin = move |name: &str, header: &str| recorder.segment(name).header(header).begin();
        self.roots = Some(Roots { wants: Box::new(wants), begin: Box::new(begin) });
        self
    }

    /// What the queries of sqlx are called. See [`SqlxQueries`].
    pub fn sqlx(mut self, queries: SqlxQueries) -> Self {
        self.sqlx = Some(queries);
        self.filter.set_sqlx(true);
        self
    }

    /// Queries of sqlx are not recorded.
    pub fn without_sqlx(mut self) -> Self {
        self.sqlx = None;
        self.filter.set_sqlx(false);
        self
    }

    /// Events down to this level become metadata of the current entity, in the namespace `events`: level, target and
    /// message, without fields. Messages are sent as they are. Off by default; errors are exceptions in any case.
    pub fn events(mut self, level: impl Into<LevelFilter>) -> Self {
        self.events = level.into();
        self.filter.set_events(self.events);
        self
    }

    /// The layer, with its filter, to be added to a subscriber.
    #[must_use]
    pub fn build<S: Subscriber + for<'l> LookupSpan<'l>>(self) -> Filtered<XRayLayer, SpanFilter, S> {
        static LAYERS: AtomicU64 = AtomicU64::new(0);
        let number = LAYERS.fetch_add(1, Ordering::Relaxed);
        let Self { fields, filter, roots, sqlx, events } = self;
        XRayLayer { number, fields, roots, sqlx, events: Others::new(events) }.with_filter(filter)
    }
}
