//! Which segments are recorded, where their header leaves it open.

mod central;
mod keep;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xray_recorder_core::{Decision, LocalRules, Rng, RngFailed, Sampler as _, SamplingRequest, Timestamp};

pub(crate) use self::central::Central;
pub use self::keep::KeepWhatWentWrong;
pub(crate) use self::keep::Keeper;
use crate::recorder::{Shared, guarded};

/// Room for what a service may have of its own: 256 rules.
pub(crate) type ServerRules = LocalRules<256, 16_384>;

/// Decides which segments are recorded: asked for each whose header leaves it open, on whatever thread that begins.
///
/// ```
/// use xray_recorder::{Decision, Locked, Outbox, Recorder, Sampler, SamplingRequest, Timestamp};
///
/// struct NoHealthChecks;
///
/// impl Sampler for NoHealthChecks {
///     fn decide(&self, request: &SamplingRequest<'_>, _now: Timestamp) -> Decision {
///         Decision::of(request.path != Some("/health"))
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
    /// Whether to record the segment of this request, which begins at `now`. It must not block. One that panics has
    /// nothing recorded.
    fn decide(&self, request: &SamplingRequest<'_>, now: Timestamp) -> Decision;
}

/// Who decides.
pub(crate) enum Sampling {
    /// Nobody: everything is recorded.
    Everything,
    Local(Box<Mutex<ServerRules>>),
    Central(Box<Central>),
    Own(Box<dyn Sampler>),
}

impl Sampling {
    pub(crate) fn local(rules: ServerRules) -> Self {
        Self::Local(Box::new(Mutex::new(rules)))
    }

    #[inline]
    pub(crate) fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// Whether to record this request. Neither waits for the network.
    pub(crate) fn decide(&'static self, shared: &'static Shared, request: &SamplingRequest<'_>) -> Decision {
        match self {
            Self::Everything => Decision::of(true),
            Self::Local(rules) => {
                let (now, mut seed) = (shared.wall(), Seed::of(shared));
                lock(rules).decide(request, now, &mut seed)
            }
            Self::Central(central) => central.decide(shared, request),
            Self::Own(sampler) => {
                let now = shared.wall();
                guarded(|| sampler.decide(request, now)).unwrap_or(Decision::of(false))
            }
        }
    }

    /// The rules of the service, where it is asked for them.
    pub(crate) fn central(&self) -> Option<&Central> {
        match self {
            Self::Central(central) => Some(central),
            _ => None,
        }
    }
}

impl fmt::Debug for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everything => "Everything",
            Self::Local(_) => "Local",
            Self::Central(_) => "Central",
            Self::Own(_) => "Own",
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What rules are seeded with, drawn when they ask for it: once, and then never again. A source of the user's own has a
/// lock of its own and calls nobody of ours.
struct Seed(&'static Shared);

impl Seed {
    const fn of(shared: &'static Shared) -> Self {
        Self(shared)
    }
}

impl Rng for Seed {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        let random = self.0.random()?;
        dest.iter_mut().zip(random.into_iter().cycle()).for_each(|(byte, random)| *byte = random);
        Ok(())
    }
}
