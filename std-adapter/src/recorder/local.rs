//! What a thread keeps for itself: guards to reuse, counters, and numbers for ids. So that beginning and ending an
//! entity neither allocates nor takes a lock that other threads want.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::counters::Shard;
use super::shared::Shared;
use crate::entity::Live;

/// How many guards a thread keeps, of segments and of subsegments. More go to the recorder, for other threads: where
/// entities begin on one thread and end on another, those of the second come back to the first that way.
const KEPT: [usize; 2] = [4, 32];

/// How many the recorder keeps beside.
const SPILLED: [usize; 2] = [64, 512];

/// Guards that are not in use. Boxed, because a guard is a pointer and the box is what is reused.
type Idle = Vec<Box<Live>>;

/// Guards that threads gave up, by kind.
#[derive(Debug, Default)]
pub(super) struct Spill {
    idle: [Mutex<Idle>; 2],
}

impl Spill {
    fn take(&self, kind: usize) -> Option<Box<Live>> {
        self.idle[kind].lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a guard, or gives it back when there are enough.
    fn put(&self, kind: usize, live: Box<Live>) -> Option<Box<Live>> {
        let mut idle = self.idle[kind].lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < SPILLED[kind] {
            idle.push(live);
            return None;
        }
        Some(live)
    }
}

/// A thread's own things, for one recorder at a time.
pub(super) struct Local {
    current: Option<(&'static Shared, &'static Shard)>,
    idle: [Idle; 2],
    next_child: u64,
    /// Whether `next_child` is one of the recorder's own counting.
    counts_apart: bool,
}

thread_local! {
    static LOCAL: RefCell<Local> = const {
        RefCell::new(Local { current: None, idle: [const { Vec::new() }; 2], next_child: 0, counts_apart: false })
    };
}

/// Numbers threads. A child's number is that of its thread and one of the thread's own, so no two entities of a
/// process get the same, without a counter that all write to.
static THREADS: AtomicU64 = AtomicU64::new(0);

/// Bits for the children of a thread. After 2^23 threads numbers return, by then in other traces.
const CHILD_BITS: u32 = 40;

impl Local {
    /// Calls `work` with this thread's things, set up for `shared`. `None` while the thread goes down and they are gone.
    #[inline]
    pub(super) fn with<R>(shared: &'static Shared, work: impl FnOnce(&mut Self, &'static Shard) -> R) -> Option<R> {
        LOCAL
            .try_with(|local| {
                // A borrow fails only inside of another, and nothing in here calls out of this module.
                let mut local = local.try_borrow_mut().ok()?;
                let shard = match local.current {
                    Some((current, shard)) if std::ptr::eq(current, shared) => shard,
                    _ => local.turn_to(shared),
                };
                Some(work(&mut local, shard))
            })
            .ok()
            .flatten()
    }

    /// The number of the next child that begins on this thread.
    #[inline]
    pub(super) fn next_child(&mut self) -> u64 {
        self.next_child += 1;
        self.next_child
    }

    /// An idle guard of this kind.
    #[inline]
    pub(super) fn take(&mut self, shared: &'static Shared, kind: usize) -> Option<Box<Live>> {
        match self.idle[kind].pop() {
            Some(live) => Some(live),
            None => shared.spill.take(kind),
        }
    }

    /// Keeps a guard that is no longer used, or gives it back when there are enough.
    #[inline]
    pub(super) fn put(&mut self, shared: &'static Shared, kind: usize, live: Box<Live>) -> Option<Box<Live>> {
        let idle = &mut self.idle[kind];
        if idle.len() < KEPT[kind] {
            idle.push(live);
            return None;
        }
        shared.spill.put(kind, live)
    }

    /// Leaves what belongs to the recorder that was used before, and sets up for another.
    #[cold]
    fn turn_to(&mut self, shared: &'static Shared) -> &'static Shard {
        self.leave();
        for (idle, kept) in self.idle.iter_mut().zip(KEPT) {
            idle.reserve(kept);
        }
        // Not anew for each recorder: threads that use two by turns would run through all numbers within minutes. One with
        // randomness of its own, for tests, counts for itself, so that a trace has the same ids in each run.
        if let Some(threads) = &shared.threads {
            self.next_child = numbers_of(threads);
        } else if self.next_child == 0 || self.counts_apart {
            self.next_child = next_thread_number();
        }
        self.counts_apart = shared.threads.is_some();
        let shard = shared.shards.acquire();
        self.current = Some((shared, shard));
        shard
    }

    fn leave(&mut self) {
        let Some((shared, shard)) = self.current.take() else { return };
        for (kind, idle) in self.idle.iter_mut().enumerate() {
            for live in idle.drain(..) {
                if let Some(live) = shared.spill.put(kind, live) {
                    shared.discard(*live);
                }
            }
        }
        shared.shards.release(shard);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A number for a child where there is no thread-local to count in.
pub(super) fn next_thread_number() -> u64 {
    numbers_of(&THREADS)
}

/// The first number of the next thread.
fn numbers_of(threads: &AtomicU64) -> u64 {
    (threads.fetch_add(1, Ordering::Relaxed) << CHILD_BITS) & (u64::MAX >> 1)
}
