//! Which spans and events are looked at.

use tracing_core::subscriber::Interest;
use tracing_core::{LevelFilter, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

use super::sqlx;

/// The filter of an [`XRayLayer`](super::XRayLayer): which spans become subsegments and which events are looked at, by
/// target and level. Each callsite is asked once.
#[derive(Clone, Debug)]
pub struct SpanFilter {
    /// Of targets that none of the others is about.
    level: LevelFilter,
    targets: Vec<(Pattern, LevelFilter)>,
    /// Of events; those of errors are always looked at.
    events: LevelFilter,
    sqlx: bool,
}

/// A target: a module with all that is in it, or with a `*` at its end whatever begins so.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    is_prefix: bool,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let (text, is_prefix) = text.strip_suffix('*').map_or((text, false), |prefix| (prefix, true));
        Self { text: text.to_owned(), is_prefix }
    }

    fn matches(&self, target: &str) -> bool {
        // `tower` is not about `tower_http`.
        let rest = target.strip_prefix(self.text.as_str());
        rest.is_some_and(|rest| self.is_prefix || rest.is_empty() || rest.starts_with("::"))
    }
}

/// Crates that carry requests: what they say is about connections and not about the work, and a lot. And the recorder.
const QUIET: [&str; 18] = [
    "aws_config",
    "aws_credential_types",
    "aws_runtime",
    "aws_sdk*",
    "aws_sigv4",
    "aws_smithy*",
    "h2",
    "hyper",
    "hyper_util",
    "lambda_runtime",
    "mio",
    "reqwest",
    "rustls",
    "tokio",
    "tokio_rustls",
    "tower",
    "want",
    "xray_recorder",
];

impl SpanFilter {
    pub(super) fn new() -> Self {
        let targets = QUIET.iter().map(|target| (Pattern::new(target), LevelFilter::OFF)).collect();
        Self { level: LevelFilter::INFO, targets, events: LevelFilter::OFF, sqlx: true }
    }

    pub(super) fn set_level(&mut self, level: LevelFilter) {
        self.level = level;
    }

    pub(super) fn set_target(&mut self, target: &str, level: LevelFilter) {
        self.targets.push((Pattern::new(target), level));
    }

    pub(super) fn set_events(&mut self, level: LevelFilter) {
        self.events = level;
    }

    pub(super) fn set_sqlx(&mut self, sqlx: bool) {
        self.sqlx = sqlx;
    }

    /// The level down to which a target is looked at: of the longest pattern that is about it, the latest.
    fn level_of(&self, target: &str) -> LevelFilter {
        let about = self.targets.iter().filter(|(pattern, _)| pattern.matches(target));
        about.max_by_key(|(pattern, _)| pattern.text.len()).map_or(self.level, |(_, level)| *level)
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        if metadata.is_span() {
            return level <= self.level_of(metadata.target());
        }
        if metadata.target() == sqlx::TARGET {
            return self.sqlx;
        }
        // Where all of a target's spans are left out, so are its errors.
        level <= self.events.max(LevelFilter::ERROR) && self.level_of(metadata.target()) != LevelFilter::OFF
    }

    fn most_verbose(&self) -> LevelFilter {
        let targets = self.targets.iter().map(|(_, level)| *level);
        let sqlx = if self.sqlx { LevelFilter::DEBUG } else { LevelFilter::OFF };
        targets.chain([self.level, self.events, LevelFilter::ERROR, sqlx]).max().unwrap_or(LevelFilter::TRACE)
    }
}

impl<S: Subscriber> Filter<S> for SpanFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most_verbose())
    }
}
