//! Calls that are not to be recorded.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, Method};

use crate::wildcard_match;

/// A call that is about to be made.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'c> {
    /// `GET`
    pub method: &'c Method,
    /// The host, without its port; empty where the request does not name it.
    pub host: &'c str,
    /// The path, without the query.
    pub path: &'c str,
    /// What the program has attached to the request.
    pub extensions: &'c Extensions,
}

/// A rule for calls that are not recorded: `add_ignored` of the Python SDK. It goes for calls of which all is true that it
/// says, and one that says nothing goes for all. The service called is told nothing of the trace then.
///
/// ```
/// use xray_recorder::ext::http::{Calls, Ignore};
///
/// /// What a program attaches to requests of its own poller.
/// #[derive(Clone)]
/// struct Poller;
///
/// let calls = Calls::new()
///     .ignore(Ignore::new().host("*.internal.example.com").path("/health*"))
///     .ignore(Ignore::new().when(|call| call.extensions.get::<Poller>().is_some()));
/// ```
#[derive(Clone, Default)]
#[must_use = "a rule does nothing by itself"]
pub struct Ignore {
    host: Option<String>,
    path: Option<String>,
    when: Option<Arc<Predicate>>,
}

/// What a program knows of a call.
type Predicate = dyn Fn(&Call<'_>) -> bool + Send + Sync;

impl Ignore {
    /// A rule that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls of hosts that match this pattern of `*` and `?`, in any case and without the port.
    pub fn host(self, pattern: impl Into<String>) -> Self {
        Self { host: Some(pattern.into()), ..self }
    }

    /// Calls whose path matches this pattern of `*` and `?`, in any case and without the query.
    pub fn path(self, pattern: impl Into<String>) -> Self {
        Self { path: Some(pattern.into()), ..self }
    }

    /// Calls for which this is true.
    pub fn when(self, when: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { when: Some(Arc::new(when)), ..self }
    }

    pub(super) fn goes_for(&self, call: &Call<'_>) -> bool {
        self.host.as_ref().is_none_or(|pattern| wildcard_match(pattern, call.host))
            && self.path.as_ref().is_none_or(|pattern| wildcard_match(pattern, call.path))
            && self.when.as_ref().is_none_or(|when| when(call))
    }
}

impl fmt::Debug for Ignore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ignore").field("host", &self.host).field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_for(rule: &Ignore, host: &str, path: &str) -> bool {
        let extensions = Extensions::new();
        rule.goes_for(&Call { method: &Method::GET, host, path, extensions: &extensions })
    }

    #[test]
    fn a_rule_goes_for_calls_of_which_all_is_true_that_it_says() {
        let rule = || Ignore::new().host("*.example.com").path("/health");
        assert!(goes_for(&rule(), "api.example.com", "/health"));
        assert!(goes_for(&rule(), "API.example.com", "/health"));
        assert!(!goes_for(&rule(), "example.com", "/health"));
        assert!(!goes_for(&rule(), "api.example.com", "/health/deep"));
        assert!(!goes_for(&rule().when(|call| call.method != Method::GET), "api.example.com", "/health"));
        assert!(goes_for(&rule().when(|call| call.method == Method::GET), "api.example.com", "/health"));
    }

    #[test]
    fn a_rule_that_says_nothing_goes_for_all() {
        assert!(goes_for(&Ignore::new(), "", "/"));
    }
}
