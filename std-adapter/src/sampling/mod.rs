//! Which segments are recorded, where their header leaves it open.

mod central;
mod keep;
mod own;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xray_recorder_core::{Decision, LocalRules, Rng, RngFailed, Sampler as _, SamplingRequest};

pub(crate) use self::central::Central;
pub use self::keep::KeepWhatWentWrong;
pub(crate) use self::keep::Keeper;
pub(crate) use self::own::Own;
pub use self::own::Sampler;
use crate::recorder::Shared;

/// Room for what a service may have of its own: 256 rules.
pub(crate) type ServerRules = LocalRules<256, 16_384>;

/// Who decides: first a sampler of the user's own, then rules.
pub(crate) struct Sampling {
    pub(crate) own: Option<Own>,
    pub(crate) rules: Rules,
}

pub(crate) enum Rules {
    /// None: everything is recorded.
    Everything,
    Local(Box<Mutex<ServerRules>>),
    Central(Box<Central>),
}

impl Sampling {
    #[inline]
    pub(crate) fn is_everything(&self) -> bool {
        self.own.is_none() && matches!(self.rules, Rules::Everything)
    }

    /// Whether to record this request. Nobody waits for the network.
    pub(crate) fn decide(&'static self, shared: &'static Shared, request: &SamplingRequest<'_>) -> Decision {
        if let Some(decision) = self.own.as_ref().and_then(|own| own.decide(request, shared.wall())) {
            return decision;
        }
        match &self.rules {
            Rules::Everything => Decision::of(true),
            Rules::Local(rules) => {
                let (now, mut seed) = (shared.wall(), Seed::of(shared));
                lock(rules).decide(request, now, &mut seed)
            }
            Rules::Central(central) => central.decide(shared, request),
        }
    }

    /// The rules of the service, where it is asked for them.
    pub(crate) fn central(&self) -> Option<&Central> {
        match &self.rules {
            Rules::Central(central) => Some(central),
            Rules::Everything | Rules::Local(_) => None,
        }
    }
}

impl Rules {
    pub(crate) fn local(rules: ServerRules) -> Self {
        Self::Local(Box::new(Mutex::new(rules)))
    }
}

impl fmt::Debug for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (&self.own, &self.rules) {
            (Some(_), _) => "Own",
            (None, Rules::Everything) => "Everything",
            (None, Rules::Local(_)) => "Local",
            (None, Rules::Central(_)) => "Central",
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
