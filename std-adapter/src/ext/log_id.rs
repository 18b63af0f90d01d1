//! What log lines say of the trace they belong to.

use std::fmt;

use xray_recorder_core::{EntityId, TraceId};

/// The ids of the current entity for a log line, as the other SDKs of X-Ray write them: `1-5759e988-…@53995c3f42cd8ad8`,
/// the trace and the entity. Of one that is not sampled there is the trace alone, where it is known; without a current
/// entity it is empty.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
#[cfg_attr(feature = "log", doc = "use xray_recorder::ext::log::LogId;")]
#[cfg_attr(not(feature = "log"), doc = "use xray_recorder::ext::tracing::LogId;")]
///
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// assert!(LogId::current().is_empty());
/// recorder.segment("checkout").header("Root=1-5759e988-bd862e3fe1be46a994272793").in_segment(|segment| {
///     let id = segment.context().unwrap().id();
///     assert_eq!(LogId::current().to_string(), format!("1-5759e988-bd862e3fe1be46a994272793@{id}"));
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogId {
    trace: Option<TraceId>,
    entity: Option<EntityId>,
}

impl LogId {
    /// What stands before the ids in a line of text.
    pub const LABEL: &str = "AWS-XRAY-TRACE-ID";

    /// The ids of the current entity of this thread, or of the future that is polled.
    #[must_use]
    pub fn current() -> Self {
        let Some(entity) = crate::current() else { return Self::default() };
        match entity.context() {
            Some(context) => Self { trace: Some(context.trace_id()), entity: Some(context.id()) },
            None => Self { trace: entity.trace_header().header().root(), entity: None },
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.trace.is_none()
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(trace) = self.trace else { return Ok(()) };
        write!(f, "{trace}")?;
        self.entity.map_or(Ok(()), |entity| write!(f, "@{entity}"))
    }
}
