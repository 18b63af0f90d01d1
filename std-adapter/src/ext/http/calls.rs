//! How calls of other services are recorded.

use std::borrow::Cow;

use super::ignore::Ignore;
use crate::{AnyTransport, Recorder};

/// How a client's calls are recorded. The defaults are for calls of any service.
///
/// ```
/// use xray_recorder::ext::http::{Calls, Ignore};
///
/// let calls = Calls::new().name("payments").downstream_is_traced().ignore(Ignore::new().path("/health"));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "settings do nothing by themselves"]
pub struct Calls {
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) ignored: Vec<Ignore>,
    pub(super) traceparent: bool,
    pub(super) is_traced: bool,
    pub(super) recorder: Option<Recorder<AnyTransport>>,
}

impl Calls {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What subsegments are called. Unless this says otherwise it is the host, in lower case and without its port; of a
    /// gRPC call whose request names none it is the gRPC service, and of others `UNKNOWN HOST`.
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Leaves out calls that this rule goes for.
    pub fn ignore(mut self, rule: Ignore) -> Self {
        self.ignored.push(rule);
        self
    }

    /// Sends a W3C `traceparent` with every call. Unless this is said, it goes out where one came in.
    pub fn with_traceparent(self) -> Self {
        Self { traceparent: true, ..self }
    }

    /// Says that the services called are traced by X-Ray, too, so that it waits for their segments.
    pub fn downstream_is_traced(self) -> Self {
        Self { is_traced: true, ..self }
    }

    /// The recorder by which the invocation is found in Lambda where there is no current entity. Unless this says
    /// otherwise it is the global one's. Elsewhere the current entity says it all.
    pub fn recorder<T>(self, recorder: Recorder<T>) -> Self {
        Self { recorder: Some(recorder.erased()), ..self }
    }
}
