//! What becomes of events: errors are exceptions, others a line of metadata where that is wanted.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::field::{Field, Visit};
use tracing_core::{Event, LevelFilter, Metadata};

use super::text::displayed;
use crate::{EntityHandle, Frame};

/// Fields that say which error it is, where they are text.
const ERRORS: [&str; 5] = ["error", "exception", "err", "error.message", "exception.message"];

/// An event as an error: what it says, and the error it is about.
pub(super) struct ErrorEvent<'e> {
    message: &'e str,
    source: Option<&'e (dyn Error + 'static)>,
}

impl ErrorEvent<'_> {
    /// Records an event as an exception of `entity`.
    pub(super) fn record(event: &Event<'_>, entity: &EntityHandle) {
        let told = Told::by(event);
        if told.is_about_us() {
            return;
        }
        let metadata = event.metadata();
        let path = told.log_file.as_deref().or_else(|| metadata.file());
        let label = told.log_target.as_deref().or_else(|| metadata.module_path()).unwrap_or(metadata.target());
        let line = told.log_line.or_else(|| metadata.line());
        let frame = path.map(|path| Frame { path, line, label });
        let exception = Exception { entity, stack: frame.as_slice(), message: told.message.as_deref() };
        match told.error {
            Some(error) => exception.add(&ErrorText(error) as &(dyn Error + 'static)),
            None if told.has_error => event.record(&mut Errors(&exception)),
            None => {
                let message = told.message.as_deref().unwrap_or(label);
                exception.put(&ErrorEvent { message, source: None });
            }
        }
    }
}

impl fmt::Display for ErrorEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl fmt::Debug for ErrorEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorEvent")
    }
}

impl Error for ErrorEvent<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
    }
}

/// An error of which the text alone is known.
struct ErrorText(String);

impl fmt::Display for ErrorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The type of an exception is what its `Debug` begins with.
impl fmt::Debug for ErrorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Error")
    }
}

impl Error for ErrorText {}

/// An exception to be recorded.
struct Exception<'e> {
    entity: &'e EntityHandle,
    stack: &'e [Frame<'e>],
    message: Option<&'e str>,
}

impl Exception<'_> {
    /// An error, and above it what the event says, if anything.
    fn add(&self, error: &(dyn Error + 'static)) {
        match self.message {
            Some(message) => self.put(&ErrorEvent { message, source: Some(error) }),
            None => self.put(error),
        }
    }

    fn put<E: Error + ?Sized>(&self, error: &E) {
        self.entity.add_redacted_exception(error, self.stack);
    }
}

/// Records the errors of an event.
struct Errors<'e>(&'e Exception<'e>);

impl Visit for Errors<'_> {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}

    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        self.0.add(value);
    }
}

/// What an event says.
#[derive(Default)]
struct Told {
    message: Option<String>,
    /// An error that is told as text.
    error: Option<String>,
    /// Whether there is one that is a `dyn Error`.
    has_error: bool,
    /// Of a record of the crate `log`: `tracing-log` says in fields where it comes from.
    log_target: Option<String>,
    log_file: Option<String>,
    log_line: Option<u32>,
}

impl Told {
    fn by(event: &Event<'_>) -> Self {
        let mut told = Self::default();
        event.record(&mut told);
        if told.has_error {
            told.error = None;
        }
        told
    }

    /// Whether the recorder said it, which is no error of the entity's.
    fn is_about_us(&self) -> bool {
        self.log_target.as_deref() == Some("xray_recorder")
    }

    fn text(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        match field.name() {
            "message" => self.message = Some(displayed(value)),
            "log.target" => self.log_target = Some(displayed(value)),
            "log.file" => self.log_file = Some(displayed(value)),
            name if ERRORS.contains(&name) => self.error = Some(displayed(value)),
            _ => {}
        }
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "log.line" {
            self.log_line = u32::try_from(value).ok();
        }
    }

    fn record_error(&mut self, _: &Field, _: &(dyn Error + 'static)) {
        self.has_error = true;
    }
}

/// Events that are no errors.
#[derive(Debug)]
pub(super) struct Others {
    level: LevelFilter,
    /// Metadata is kept by keys, and two of them in one entity are not to be the same.
    count: AtomicU64,
}

impl Others {
    pub(super) fn new(level: LevelFilter) -> Self {
        Self { level, count: AtomicU64::new(0) }
    }

    pub(super) fn want(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    pub(super) fn record(&self, event: &Event<'_>, entity: &EntityHandle) {
        let told = Told::by(event);
        if told.is_about_us() {
            return;
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let metadata = event.metadata();
        let target = told.log_target.as_deref().unwrap_or(metadata.target());
        let line = format!("{} {target}: {}", metadata.level(), told.message.as_deref().unwrap_or_default());
        entity.put_metadata_in("events", &format!("{number:06}"), line.as_str());
    }
}
