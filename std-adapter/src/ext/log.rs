//! Trace ids in the lines of any logger of the crate [`log`]. With the feature `log`; MSRV 1.87, no further crate.
//!
//! It wraps a logger, and does not hand it a key and a value (`kv`): of those `env_logger` prints nothing unless it is built
//! with a feature, and many others nothing at all, while every logger prints the message.
//!
//! ```
//! use xray_recorder::ext::log::WithTraceId;
//! # use xray_recorder::{Locked, Outbox, Recorder};
//! # struct Logger;
//! # impl Logger { fn filter(&self) -> log::LevelFilter { log::LevelFilter::Info } }
//! # impl log::Log for Logger {
//! #     fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
//! #     fn log(&self, record: &log::Record<'_>) {
//! #         assert!(record.args().to_string().starts_with("AWS-XRAY-TRACE-ID: 1-"));
//! #     }
//! #     fn flush(&self) {}
//! # }
//!
//! // let logger = env_logger::Builder::from_default_env().build();
//! # let logger = Logger;
//! log::set_max_level(logger.filter());
//! log::set_boxed_logger(Box::new(WithTraceId::new(logger)))?;
//!
//! # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
//! recorder.in_segment("checkout", |_| log::info!("paid")); // AWS-XRAY-TRACE-ID: 1-…@… paid
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use log::{Log, Metadata, Record};

pub use super::log_id::LogId;

/// A logger that says of each line which trace it belongs to: `AWS-XRAY-TRACE-ID: 1-…@…` before the message. Without a
/// current entity lines stay as they are. Everything else of a record goes on: level, target, place, keys and values.
#[derive(Clone, Copy, Debug, Default)]
pub struct WithTraceId<L> {
    logger: L,
}

impl<L: Log> WithTraceId<L> {
    /// Wraps a logger, a `Box<dyn Log>` for one.
    #[must_use]
    pub const fn new(logger: L) -> Self {
        Self { logger }
    }

    /// The logger that was wrapped.
    #[must_use]
    pub fn into_inner(self) -> L {
        self.logger
    }
}

impl<L: Log> Log for WithTraceId<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        // Most records are of levels that are switched off; those need no ids.
        let id = if self.enabled(record.metadata()) { LogId::current() } else { LogId::default() };
        if id.is_empty() {
            self.logger.log(record);
            return;
        }
        let label = LogId::LABEL;
        self.logger.log(&record.to_builder().args(format_args!("{label}: {id} {}", record.args())).build());
    }

    fn flush(&self) {
        self.logger.flush();
    }
}
