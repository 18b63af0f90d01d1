//! A sampler of the user's own.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use xray_recorder_core::{Decision, SamplingRequest, Timestamp};

use crate::journal;
use crate::recorder::guarded;

/// Decides which segments are recorded, before any rules: asked for each whose header and program leave it open, on
/// whatever thread that begins.
///
/// ```
/// use xray_recorder::{Decision, Locked, Outbox, Recorder, Sampler, SamplingRequest, Timestamp};
///
/// struct NoHealthChecks;
///
/// impl Sampler for NoHealthChecks {
///     fn decide(&self, request: &SamplingRequest<'_>, _now: Timestamp) -> Option<Decision> {
///         (request.path == Some("/health")).then_some(Decision::of(false))
///     }
/// }
///
/// let transport = Locked::new(Outbox::<8192>::new());
/// let recorder = Recorder::builder().sampler(NoHealthChecks).transport(transport).build()?;
/// let request = SamplingRequest { path: Some("/health"), ..SamplingRequest::default() };
/// assert!(!recorder.segment("checkout").request(&request).begin().is_sampled());
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
pub trait Sampler: Send + Sync {
    /// Whether to record the segment of this request, which begins at `now`; `None` leaves it to the rules.
    ///
    /// It must not block. A segment that it begins itself is not recorded unless its header or the program says so. One
    /// that panics leaves it to the rules, which is logged once.
    fn decide(&self, request: &SamplingRequest<'_>, now: Timestamp) -> Option<Decision>;
}

macro_rules! by_reference {
    ($($pointer:ty),*) => {
        $(
            impl<S: Sampler + ?Sized> Sampler for $pointer {
                fn decide(&self, request: &SamplingRequest<'_>, now: Timestamp) -> Option<Decision> {
                    (**self).decide(request, now)
                }
            }
        )*
    };
}

by_reference!(&S, Arc<S>, Box<S>);

thread_local! {
    /// Whether this thread runs a sampler of the user's own.
    static DECIDES: Cell<bool> = const { Cell::new(false) };
}

/// The sampler, and what was logged of it.
pub(crate) struct Own {
    sampler: Box<dyn Sampler>,
    told_of_panic: AtomicBool,
    told_of_segment: AtomicBool,
}

impl Own {
    pub(crate) fn new(sampler: impl Sampler + 'static) -> Self {
        Self {
            sampler: Box::new(sampler),
            told_of_panic: AtomicBool::new(false),
            told_of_segment: AtomicBool::new(false),
        }
    }

    pub(super) fn decide(&self, request: &SamplingRequest<'_>, now: Timestamp) -> Option<Decision> {
        if DECIDES.replace(true) {
            if !self.told_of_segment.swap(true, Ordering::Relaxed) {
                journal::warn(format_args!("a segment that a sampler begins while it decides is not recorded"));
            }
            return Some(Decision::of(false));
        }
        let decision = guarded(|| self.sampler.decide(request, now));
        DECIDES.set(false);
        if decision.is_none() && !self.told_of_panic.swap(true, Ordering::Relaxed) {
            journal::error(format_args!("the sampler panicked; rules decide then; further panics are not logged"));
        }
        decision.flatten()
    }
}
