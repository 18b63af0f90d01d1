//! Everything that is instrumented with the crate `tracing`, in the traces of X-Ray: a [`Layer`], by which spans become
//! subsegments. With the feature `tracing`; MSRV 1.87, for `tracing-subscriber` 0.3.23 and later.
//!
//! ```
//! use tracing_subscriber::layer::SubscriberExt;
//! use xray_recorder::ext::tracing::XRayLayer;
//! # use xray_recorder::{Locked, Outbox, Recorder};
//!
//! #[tracing::instrument(skip_all, fields(order = id))]
//! fn charge(id: u64, card: &str) {
//!     tracing::info_span!("fraud check").in_scope(|| ());
//! }
//!
//! let subscriber = tracing_subscriber::registry()
//!     .with(XRayLayer::builder().annotate(["order"]).build())
//!     .with(tracing_subscriber::fmt::layer());
//! # let subscriber = tracing_subscriber::registry().with(XRayLayer::builder().annotate(["order"]).build());
//! // In a service: `subscriber.init()`, once per process.
//! tracing::subscriber::with_default(subscriber, || {
//! #   let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build().unwrap();
//!     // checkout
//!     //   charge          annotation `order`
//!     //     fraud check
//!     recorder.in_segment("checkout", |_| charge(17, "4111 1111 1111 1111"));
//! #   assert_eq!(recorder.stats().sent, 3);
//! });
//! ```
//!
//! # Spans
//!
//! * A span is a subsegment of the current entity, which a span that is entered becomes, whatever thread it is entered on,
//!   until it is left: by guards in any order, by `Instrument` for futures, in several dispatchers. So spans and the
//!   calls of this crate nest in each other. A span with an explicit `parent: &span` belongs to that one.
//! * It begins when it is made, and not when it is first entered: by then it may have children already, its parent is
//!   the one of who made it, and of a future that waits for its first poll the wait is part of what X-Ray is to show.
//! * It ends when it was left last, so that one that is entered many times is one subsegment, and one whose task is left
//!   behind by its request does not make that longer: the time between is not its own. One that nobody has entered ends
//!   when it is closed. It is sent when it is closed, that is when its last handle is dropped and the spans below it are
//!   closed, too: what a task of minutes belongs to is sent minutes later, or shown in progress before
//!   ([`Builder::in_progress_after`](crate::Builder::in_progress_after)). Closed by a panic it has a fault.
//! * One for which there is no entity when it is made is not recorded, unless
//!   [`root_segments`](XRayLayerBuilder::root_segments) makes it a segment. So make the span of a future within the
//!   segment, as `#[instrument]` does: `work.instrument(info_span!("charge")).in_segment(…)` makes it before there is one.
//! * Which of them are recorded say levels and targets: `INFO` and above by default, and none of crates that carry requests
//!   and say a lot ([`XRayLayerBuilder::target`]). It is a filter of this layer alone; others see what they saw before. A
//!   filter of one's own goes on top: `.build().with_filter(…)`. What `tracing_subscriber::reload` is to exchange is such a
//!   filter, and not this layer, whose own filter has a place among the subscriber's that a new one does not get:
//!   `.build().with_filter(reload_filter)`.
//!
//! # Fields
//!
//! `#[instrument]` records every argument of a function, the password among them, and nobody would have said that it goes
//! into a trace. So by default **no text of a span is recorded**, whether a string or what `Debug` and `Display` make:
//! only numbers and booleans, as metadata, and not where the name has a word such as `password`, `token`, `card` or
//! `pin`, as `cardNumber` and `pin2` have. Nothing becomes an annotation by default: those are indexed, and X-Ray keeps 50 of a trace. What is wanted
//! is named: [`annotate`](XRayLayerBuilder::annotate), [`metadata`](XRayLayerBuilder::metadata),
//! [`text_as_metadata`](XRayLayerBuilder::text_as_metadata), [`fields_by`](XRayLayerBuilder::fields_by). Values that
//! `Span::record` brings later count as well. In an annotation's key, what X-Ray does not allow becomes `_`: `http.method`
//! is `http_method`.
//!
//! Some names are instructions, whatever their span is called:
//!
//! | field | does |
//! |---|---|
//! | `xray.name`, `otel.name` | names the subsegment, when the span is made |
//! | `xray.namespace` | `remote` or `aws` |
//! | `otel.kind` | `client` and `producer` are `remote` |
//! | `otel.status_code` | `ERROR` is a fault |
//! | `xray.trace_header` | the header of the request, of a span that becomes a segment |
//! | `db.statement`, `db.query.text`, `mysql_async.query.sql` | the `sql` block, literals redacted, and `remote` |
//! | `db.system`, `db.system.name` | its type of database |
//!
//! # Events
//!
//! * One of the level `ERROR` is an exception of the current entity, and a fault: its message, a field that is a
//!   `dyn Error` with its sources, or one named `error` or `exception` as text, and file and line. **These texts are sent**,
//!   and of what is in them only URLs lose their secrets ([`redact_urls`](crate::redact_urls)); other fields of the event are
//!   not sent. The same error told again further out becomes a reference.
//! * A query of sqlx, which tells of it when it is done, is a finished subsegment: see [`SqlxQueries`].
//! * Others are nothing, unless [`XRayLayerBuilder::events`] asks for them.
//!
//! # Cost
//!
//! A span that the filter leaves out costs 4 ns where this layer is alone. In a trace that is not sampled it is about 350 ns,
//! of which 90 ns are the registry's own, in one that is about 630 ns, of which 200 ns are a subsegment by hand.
//! The first span of a trace that is not sampled allocates once, those below it share that, and no
//! field is looked at; one that is recorded allocates once.
//!
//! # Log lines
//!
//! [`WithTraceId`] puts trace ids into the lines of the layer `fmt`, text or JSON; [`LogId`] is a value for a field of
//! a span or an event.

mod builder;
mod entered;
mod event;
mod fields;
mod filter;
mod format;
mod kept;
mod secrets;
mod sqlx;
mod text;

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

pub use self::builder::XRayLayerBuilder;
pub use self::fields::FieldUse;
pub use self::filter::SpanFilter;
pub use self::format::WithTraceId;
pub use self::sqlx::SqlxQueries;
pub use super::log_id::LogId;

use self::builder::Roots;
use self::event::ErrorEvent;
use self::fields::{Fields, Instructions, Recording};
use self::kept::Kept;
use crate::{EntityHandle, current, is_detached};

/// Makes subsegments of spans, and exceptions of errors. See [`tracing`](self); [`XRayLayer::builder`] makes one, with
/// the filter it needs. One per subscriber.
#[derive(Debug)]
pub struct XRayLayer {
    /// Tells what this layer made current from what another one did.
    number: u64,
    fields: Fields,
    roots: Option<Roots>,
    sqlx: Option<SqlxQueries>,
    events: event::Others,
}

impl XRayLayer {
    /// A layer to be made, with the defaults. See [`tracing`](self).
    pub fn builder() -> XRayLayerBuilder {
        XRayLayerBuilder::new()
    }

    /// The entity that a new span belongs to.
    fn above<'r, R: LookupSpan<'r>>(&self, attributes: &Attributes<'_>, span: &SpanRef<'r, R>) -> Option<EntityHandle> {
        if attributes.parent().is_some() {
            return kept_above(span).or_else(current);
        }
        if attributes.is_root() {
            // Said to be the first of its trace, which here it is where such spans become segments.
            return if self.roots.as_ref().is_some_and(|roots| roots.want(span.metadata())) { None } else { current() };
        }
        current().or_else(|| if is_detached() { None } else { kept_above(span) })
    }

    /// The entity that an event is about.
    fn entity_of<S: Subscriber + for<'l> LookupSpan<'l>>(
        event: &Event<'_>,
        context: &Context<'_, S>,
    ) -> Option<EntityHandle> {
        let of_span = || context.event_span(event).and_then(|span| kept_from(&span));
        if event.parent().is_some() {
            return of_span().or_else(current);
        }
        current().or_else(|| if is_detached() { None } else { of_span() })
    }
}

/// The entity of the closest span that has one, this one first.
fn kept_from<'r, R: LookupSpan<'r>>(span: &SpanRef<'r, R>) -> Option<EntityHandle> {
    span.scope().find_map(|span| span.extensions().get::<Kept>().map(|kept| kept.handle.clone()))
}

fn kept_above<'r, R: LookupSpan<'r>>(span: &SpanRef<'r, R>) -> Option<EntityHandle> {
    span.parent().and_then(|parent| kept_from(&parent))
}

/// Calls `with` with the entity of the closest span above that has one, if that is not recorded: then it is shared.
fn shared_above<'r, R: LookupSpan<'r>, T>(span: &SpanRef<'r, R>, with: impl FnOnce(&EntityHandle) -> T) -> Option<T> {
    let mut above = span.parent();
    while let Some(span) = above {
        if let Some(kept) = span.extensions().get::<Kept>() {
            return (!kept.handle.is_recorded()).then(|| with(&kept.handle));
        }
        above = span.parent();
    }
    None
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for XRayLayer {
    // Nowhere in here is the extensions' lock held while something is written or ends: a value that is written may enter
    // and drop spans of its own. To make an entity current calls nobody, and to leave one reads its clock.

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if span.extensions().get::<Kept>().is_some() {
            return;
        }
        let metadata = attributes.metadata();
        let kept = match self.above(attributes, &span) {
            Some(above) if !above.is_recorded() => {
                // What is not recorded is the same all the way down.
                if shared_above(&span, |_| ()).is_some() {
                    return;
                }
                Kept::handle_of(above)
            }
            Some(above) => {
                let instructions = Instructions::of(attributes);
                Kept::subsegment(above.begin_subsegment(instructions.name().unwrap_or(metadata.name())))
            }
            None => {
                let Some(roots) = self.roots.as_ref().filter(|roots| roots.want(metadata)) else { return };
                let instructions = Instructions::of(attributes);
                let name = instructions.name().unwrap_or(metadata.name());
                Kept::segment(roots.begin(name, instructions.trace_header()))
            }
        };
        if kept.handle.is_recorded() && kept.is_owned() {
            Recording::new(&kept.handle, &self.fields, metadata).values(|visit| attributes.record(visit));
        }
        span.extensions_mut().replace(kept);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let handle = span.extensions().get::<Kept>().filter(|kept| kept.is_owned()).map(|kept| kept.handle.clone());
        if let Some(handle) = handle.filter(EntityHandle::is_recorded) {
            Recording::new(&handle, &self.fields, span.metadata()).values(|visit| values.record(visit));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let enter = |entity: &EntityHandle| entered::enter(self.number, id, entity);
        let own = span.extensions().get::<Kept>().map(|kept| enter(&kept.handle));
        if own.is_none() {
            // Otherwise it was said that it is to have none.
            shared_above(&span, enter);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if entered::exit(self.number, id) {
            let Some(span) = context.span(id) else { return };
            span.extensions().get::<Kept>().into_iter().for_each(Kept::leave);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let kept = span.extensions_mut().remove::<Kept>();
        kept.into_iter().for_each(Kept::end);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let is_error = *metadata.level() == Level::ERROR;
        let is_query = metadata.target() == sqlx::TARGET;
        if !(is_error || is_query || self.events.want(metadata)) {
            return;
        }
        let Some(entity) = Self::entity_of(event, &context).filter(EntityHandle::is_recorded) else { return };
        match &self.sqlx {
            Some(sqlx) if is_query => sqlx.record(event, &entity),
            _ if is_error => ErrorEvent::record(event, &entity),
            _ => self.events.record(event, &entity),
        }
    }
}
