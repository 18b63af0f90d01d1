//! Entities that are open for long: shown in progress, so that X-Ray knows of them before they end.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::shared::Shared;
use crate::entity::DocumentSlot;
use crate::journal;

/// How often entities are looked at, as a part of the age at which they are shown.
const LOOKS: u32 = 4;

/// Not more often than that, whatever the age.
const LEAST: Duration = Duration::from_millis(1);

/// What is to be shown, and where to look for it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    after: Option<Duration>,
    /// All slots there are: as many as entities were open at once.
    slots: Mutex<Vec<&'static DocumentSlot>>,
}

impl Progress {
    pub(super) fn after(after: Option<Duration>) -> Self {
        Self { after, slots: Mutex::default() }
    }

    /// Whether documents are to be where this can look at them.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.after.is_some()
    }

    pub(super) fn add(&self, slot: &'static DocumentSlot) {
        if self.is_on() {
            self.slots.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
        }
    }
}

impl Shared {
    /// Looks after them in a thread of its own, as long as the program lives.
    pub(super) fn show_progress(&'static self) {
        let Some(after) = self.progress.after else { return };
        let watch = move || loop {
            thread::park_timeout((after / LOOKS).max(LEAST));
            self.show_older_than(after);
        };
        if let Err(error) = thread::Builder::new().name("xray-progress".to_owned()).spawn(watch) {
            journal::warn(format_args!("entities in progress will not be shown: {error}"));
        }
    }

    /// Sends the documents of entities that have been open for longer, each once. How many were sent.
    pub(super) fn show_older_than(&'static self, age: Duration) -> usize {
        let slots = self.progress.slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let age = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
        let ticks = self.ticks();
        let mut shown = 0;
        for slot in slots {
            let datagram = slot.look(|page| {
                let context = page.document.context().filter(|_| page.document.is_open() && !page.shown)?;
                let open_for =
                    context.time_at(ticks).as_micros().saturating_sub(page.document.start_time().as_micros());
                if open_for < age {
                    return None;
                }
                page.shown = true;
                Some((context.id(), page.document.datagram()?.to_vec()))
            });
            // Not under the document's lock.
            let Some((id, datagram)) = datagram.flatten() else { continue };
            if self.send_in_progress(&datagram) {
                shown += 1;
                continue;
            }
            // It is tried again, unless another entity has the place by now.
            slot.look(|page| {
                if page.document.context().is_some_and(|context| context.id() == id) {
                    page.shown = false;
                }
            });
        }
        shown
    }
}
