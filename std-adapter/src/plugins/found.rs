//! What plugins have found by now.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use super::{Plugin, Whereabouts};
use crate::journal;

/// What plugins have found by now, read without a lock.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What was known after one answer, after two, and so on.
    known: Box<[OnceLock<Whereabouts>]>,
    answers: AtomicUsize,
}

impl Found {
    /// With room for the answers of so many.
    pub(crate) fn of(plugins: usize) -> Self {
        Self { known: (0..plugins).map(|_| OnceLock::new()).collect(), answers: AtomicUsize::new(0) }
    }

    /// What is known now.
    #[inline]
    pub(crate) fn now(&self) -> Option<&Whereabouts> {
        let last = self.answers.load(Ordering::Acquire).checked_sub(1)?;
        self.known.get(last)?.get()
    }

    /// Asks all of them at once, on threads of their own.
    pub(crate) fn ask(&'static self, plugins: Vec<Box<dyn Plugin>>) {
        if plugins.is_empty() {
            return;
        }
        let ask = move || {
            thread::scope(|scope| {
                let (tell, told) = channel();
                for (place, plugin) in plugins.iter().enumerate() {
                    let tell_too = tell.clone();
                    // Whoever collects is there as long as anybody answers.
                    let ask = move || drop(tell_too.send((place, answer(&**plugin))));
                    if thread::Builder::new().spawn_scoped(scope, ask).is_err() {
                        // Where there are no more threads, the others wait a little.
                        let _ = tell.send((place, answer(&**plugin)));
                    }
                }
                drop(tell);
                self.collect(told.iter(), plugins.len());
            });
        };
        if let Err(error) = thread::Builder::new().name("xray-plugins".to_owned()).spawn(ask) {
            journal::warn(format_args!("no plugin is asked where the service runs: {error}"));
        }
    }

    fn collect(&self, answers: impl Iterator<Item = (usize, Option<Whereabouts>)>, plugins: usize) {
        // In the order of the plugins, whatever the order of their answers.
        let mut found: Vec<Option<Whereabouts>> = vec![None; plugins];
        for (place, answer) in answers {
            let Some(slot) = found.get_mut(place).filter(|_| answer.is_some()) else { continue };
            *slot = answer;
            let number = self.answers.load(Ordering::Relaxed);
            if let Some(known) = self.known.get(number) {
                let _ = known.set(Whereabouts::merge(found.iter().flatten().cloned()));
                self.answers.store(number + 1, Ordering::Release);
            }
        }
    }
}

/// What a plugin says; code of the user's may panic.
fn answer(plugin: &dyn Plugin) -> Option<Whereabouts> {
    let answer = catch_unwind(AssertUnwindSafe(|| match plugin.find() {
        Ok(found) => found,
        Err(error) => {
            journal::warn(format_args!("the plugin {} found nothing: {error}", plugin.name()));
            None
        }
    }));
    answer.ok().flatten()
}
