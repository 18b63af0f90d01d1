//! Trace ids in the lines of the layer `fmt`.

use std::fmt;

use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::LogId;

/// A format of log lines that says which trace each belongs to: an addition to any other, since what the layer `fmt`
/// writes cannot be added to by another layer. Without a current entity lines stay as they are.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
/// use xray_recorder::ext::tracing::{WithTraceId, XRayLayer};
///
/// let format = tracing_subscriber::fmt::format().with_target(false);
/// // With JSON: `WithTraceId::json(tracing_subscriber::fmt::format().json())`, and `.json()` of the layer before it.
/// let lines = tracing_subscriber::fmt::layer().event_format(WithTraceId::text(format));
/// let subscriber = tracing_subscriber::registry().with(XRayLayer::builder().build()).with(lines);
/// // AWS-XRAY-TRACE-ID: 1-5759e988-bd862e3fe1be46a994272793@53995c3f42cd8ad8 2026-01-01T00:00:00Z  INFO paid
/// ```
///
/// Add the [`XRayLayer`](super::XRayLayer) before the layer `fmt`, so that a span is current when its lines are written.
#[derive(Clone, Copy, Debug)]
pub struct WithTraceId<F> {
    format: F,
    lines: Lines,
}

#[derive(Clone, Copy, Debug)]
enum Lines {
    Text,
    Json,
}

impl<F> WithTraceId<F> {
    /// Puts `AWS-XRAY-TRACE-ID: 1-…@…` before each line.
    #[must_use]
    pub const fn text(format: F) -> Self {
        Self { format, lines: Lines::Text }
    }

    /// Puts a member `"traceId":"1-…@…"` first into each line, which is a JSON object.
    #[must_use]
    pub const fn json(format: F) -> Self {
        Self { format, lines: Lines::Json }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithTraceId<F>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let id = LogId::current();
        if id.is_empty() {
            return self.format.format_event(context, writer, event);
        }
        match self.lines {
            Lines::Text => {
                write!(writer, "{}: {id} ", LogId::LABEL)?;
                self.format.format_event(context, writer, event)
            }
            Lines::Json => {
                let mut line = String::new();
                self.format.format_event(context, Writer::new(&mut line), event)?;
                match line.strip_prefix('{') {
                    // An id has no character that JSON escapes.
                    Some(rest) => {
                        let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
                        write!(writer, "{{\"traceId\":\"{id}\"{comma}{rest}")
                    }
                    None => writer.write_str(&line),
                }
            }
        }
    }
}
