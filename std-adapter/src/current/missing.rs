//! Where there is no current entity and there should be one.

use crate::journal;
use std::fmt;
use std::panic::Location;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a call does that needs a current entity where there is none: in a test, a job that nobody traces, a thread that
/// was not handed one. Whatever it is, the program goes on without recording, except under
/// [`RuntimeError`](Self::RuntimeError).
///
/// [`Builder::context_missing`](crate::Builder::context_missing) says which, or `AWS_XRAY_CONTEXT_MISSING`, which wins.
/// Calls that are not made on a recorder follow the global one's, or else the environment.
///
/// ```
/// use xray_recorder::ContextMissing;
///
/// assert_eq!("IGNORE_ERROR".parse(), Ok(ContextMissing::IgnoreError));
/// assert_eq!(ContextMissing::default().to_string(), "LOG_ERROR");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three of all official SDKs")]
pub enum ContextMissing {
    /// Logs an error, once for each place in the program. The default.
    #[default]
    LogError,
    /// Panics. For tests that are to find such places.
    RuntimeError,
    /// Does nothing.
    IgnoreError,
}

impl FromStr for ContextMissing {
    type Err = InvalidContextMissing;

    /// `LOG_ERROR`, `RUNTIME_ERROR` or `IGNORE_ERROR`, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidContextMissing> {
        let strategies = [Self::LogError, Self::RuntimeError, Self::IgnoreError];
        let named = strategies.into_iter().find(|strategy| strategy.name().eq_ignore_ascii_case(text.trim()));
        named.ok_or_else(|| InvalidContextMissing(text.chars().take(100).collect()))
    }
}

impl ContextMissing {
    const fn name(self) -> &'static str {
        match self {
            Self::LogError => "LOG_ERROR",
            Self::RuntimeError => "RUNTIME_ERROR",
            Self::IgnoreError => "IGNORE_ERROR",
        }
    }

    /// Does what the strategy says about a call of `what`.
    ///
    /// # Panics
    ///
    /// Under [`RuntimeError`](Self::RuntimeError).
    #[cold]
    pub(crate) fn apply(self, what: &str, site: Site) {
        match self {
            Self::LogError => {
                if site.is_new() {
                    journal::error(format_args!(
                        "{what} at {site}: cannot find the current segment or subsegment, please make sure one is open; \
                         further calls from there are not logged"
                    ));
                }
            }
            // Where a panic is under way, another one would end the program.
            Self::RuntimeError if std::thread::panicking() => Self::LogError.apply(what, site),
            Self::RuntimeError => {
                panic!("{what} at {site}: cannot find the current segment or subsegment, please make sure one is open")
            }
            Self::IgnoreError => {}
        }
    }
}

impl fmt::Display for ContextMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names none of the three strategies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidContextMissing(String);

impl fmt::Display for InvalidContextMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of LOG_ERROR, RUNTIME_ERROR and IGNORE_ERROR", self.0)
    }
}

impl std::error::Error for InvalidContextMissing {}

/// A place in the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site(&'static Location<'static>);

impl Site {
    /// The caller's caller.
    #[track_caller]
    pub(crate) fn here() -> Self {
        Self(Location::caller())
    }

    /// Whether this is the first time the place is seen. More places than a program has are not remembered: they are
    /// taken as seen.
    fn is_new(self) -> bool {
        static SEEN: Mutex<Vec<&'static Location<'static>>> = Mutex::new(Vec::new());
        /// Once that many are known, only those are looked for no more.
        static FULL: AtomicBool = AtomicBool::new(false);
        const MOST: usize = 1_000;
        if FULL.load(Ordering::Relaxed) {
            return false;
        }
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.binary_search_by(|known| known.cmp(&self.0)) {
            Ok(_) => false,
            Err(at) => {
                seen.insert(at, self.0);
                FULL.store(seen.len() >= MOST, Ordering::Relaxed);
                true
            }
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}
