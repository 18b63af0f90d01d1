//! The recorder of the process, for code that is not handed one.

use std::fmt;
use std::sync::OnceLock;

use super::Recorder;
use crate::current::ContextMissing;
use crate::entity::EntityHandle;
use crate::environment::Environment;
use crate::journal;

static GLOBAL: OnceLock<Recorder<AnyTransport>> = OnceLock::new();

/// A transport of a type that is not known: of the global recorder's.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AnyTransport;

/// The global recorder, once there is one: see [`Recorder::set_global`].
#[must_use]
pub fn global() -> Option<Recorder<AnyTransport>> {
    GLOBAL.get().copied()
}

impl<T> Recorder<T> {
    /// The same recorder, without the type of its transport.
    #[must_use]
    pub fn erased(self) -> Recorder<AnyTransport> {
        Recorder { shared: self.shared, transport: &AnyTransport }
    }

    /// Makes this the recorder of the process: for [`in_segment`](crate::in_segment), and for libraries that are not
    /// handed one. It is for the program to call, once, and not for a library.
    ///
    /// ```
    /// use xray_recorder::{Locked, Outbox, Recorder};
    ///
    /// let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// recorder.set_global()?;
    /// xray_recorder::in_segment("nightly job", |_| ());
    /// assert_eq!(recorder.stats().sent, 1);
    /// assert!(recorder.set_global().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GlobalAlreadySet`]: there is one, and it stays.
    pub fn set_global(self) -> Result<(), GlobalAlreadySet> {
        GLOBAL.set(self.erased()).map_err(|_| GlobalAlreadySet)
    }
}

/// The function's segment of the invocation that runs, in Lambda and as the global recorder knows it.
pub(crate) fn current_of_environment() -> Option<EntityHandle> {
    GLOBAL.get()?.invocation()
}

/// What the environment says about missing contexts, where there is no recorder to ask.
pub(crate) fn environment_strategy() -> ContextMissing {
    static STRATEGY: OnceLock<ContextMissing> = OnceLock::new();
    if let Some(strategy) = STRATEGY.get() {
        return *strategy;
    }
    let said = Environment::context_missing();
    let strategy = said.clone().and_then(Result::ok).unwrap_or_default();
    let is_first = STRATEGY.set(strategy).is_ok();
    // Once it is set: a logger may need a context, too.
    if let (true, Some(Err(error))) = (is_first, said) {
        journal::warn(format_args!("AWS_XRAY_CONTEXT_MISSING: {error}"));
    }
    strategy
}

/// There is a global recorder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlobalAlreadySet;

impl fmt::Display for GlobalAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is a global recorder already")
    }
}

impl std::error::Error for GlobalAlreadySet {}
