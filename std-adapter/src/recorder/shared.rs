//! What all guards of a recorder share: a `&'static`, so that it is copied without a count.

use std::fmt;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use xray_recorder_core::{
    Clock, Delivery, DocumentView, Embed, Encoded, MAX_TRACE_BYTES, Rng, RngFailed, Sdk, Stats, Timestamp, TraceContext,
};

use super::counters::{Shard, Shards};
use super::local::{Local, Spill, next_thread_number};
use super::naming::Naming;
use super::progress::Progress;
use super::sink::Sink;
use super::{scratch, settings::Settings};
use crate::entity::{DocumentHandle, DocumentSlot, Live, Refusal};
use crate::host::{OsRng, SystemClock};
use crate::journal;
use crate::lambda::Lambda;
use crate::plugins::{Found, Plugin, Whereabouts};
use crate::sampling::{Keeper, Sampling};

/// Where time comes from.
pub(crate) enum Time {
    System,
    Custom(Box<dyn Clock + Send + Sync>),
}

/// Where randomness comes from.
pub(crate) enum Randomness {
    System,
    Custom(Mutex<Box<dyn Rng + Send>>),
}

/// A recorder without its types.
pub(crate) struct Shared {
    pub(super) sink: &'static dyn Sink,
    pub(super) time: Time,
    pub(super) randomness: Randomness,
    pub(super) settings: Settings,
    pub(super) naming: Naming,
    pub(super) lambda: Option<Lambda>,
    pub(crate) sampling: Sampling,
    /// Keeps segments that are not sampled until it is known whether they went wrong, if that is wanted.
    pub(crate) keeper: Option<Keeper>,
    pub(super) found: Found,
    /// Those that are not asked yet, since the recorder is disabled.
    pub(super) plugins: Mutex<Vec<Box<dyn Plugin>>>,
    pub(super) enabled: AtomicBool,
    /// Whether a segment begins as it mostly does: enabled, not in Lambda, recorded unless its header says otherwise, and
    /// no ids for what is not sampled.
    pub(super) plain: AtomicBool,
    pub(super) progress: Progress,
    /// Numbers threads where the recorder does that for itself; otherwise the process does.
    pub(super) threads: Option<AtomicU64>,
    pub(super) shards: Shards,
    pub(super) spill: Spill,
    pub(super) free_slots: Mutex<Vec<&'static DocumentSlot>>,
    pub(super) told: Told,
}

// What a panic passes by here is as good as before: counts are atomic, and a lock that is poisoned is taken all the same.
impl UnwindSafe for Shared {}
impl RefUnwindSafe for Shared {}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What was logged already: each kind of trouble once, then it is counted only.
#[derive(Debug, Default)]
pub(crate) struct Told {
    rng: AtomicBool,
    /// A bit for each kind of [`Refusal`].
    refused: AtomicU32,
    cut: AtomicBool,
    oversize: AtomicBool,
    lambda: AtomicBool,
}

/// Indices into what is kept by kind.
pub(crate) const SEGMENT: usize = 0;
pub(crate) const SUBSEGMENT: usize = 1;

impl Shared {
    /// A guard to begin an entity with, and the number of a child. Counts it as begun.
    #[inline]
    pub(crate) fn begin(&'static self, kind: usize) -> (Box<Live>, u64) {
        let local = Local::with(self, |local, shard| {
            shard.begun.add(1);
            (local.take(self, kind), local.next_child())
        });
        match local {
            Some((Some(live), number)) => (live, number),
            Some((None, number)) => (self.new_live(kind), number),
            None => {
                self.on_borrowed_shard(|shard| shard.begun.add(1));
                (self.new_live(kind), next_thread_number())
            }
        }
    }

    /// Keeps a guard that is no longer used.
    #[inline]
    pub(crate) fn recycle(&'static self, kind: usize, live: Box<Live>) {
        let mut live = Some(live);
        let kept = Local::with(self, |local, _| live.take().and_then(|live| local.put(self, kind, live)));
        if let Some(live) = kept.unwrap_or(live) {
            self.discard(*live);
        }
    }

    /// Frees a guard; its slot stays for another.
    #[cold]
    pub(super) fn discard(&self, live: Live) {
        self.free_slots.lock().unwrap_or_else(PoisonError::into_inner).push(live.into_slot());
    }

    #[cold]
    fn new_live(&'static self, kind: usize) -> Box<Live> {
        let free = self.free_slots.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let slot = free.unwrap_or_else(|| {
            let slot: &'static DocumentSlot = Box::leak(Box::default());
            self.progress.add(slot);
            slot
        });
        Box::new(Live::new(self, slot, self.settings.capacities[kind]))
    }

    /// Embeds a document that has ended in its parent's, or sends it; outside of every lock.
    #[inline]
    pub(crate) fn deliver(&'static self, document: &mut DocumentView, parent: Option<&DocumentHandle>, is_root: bool) {
        let embedded =
            parent.and_then(|parent| parent.with(|parent| parent.document.settle(document, self.settings.embed)));
        if embedded != Some(Delivery::Embedded) {
            self.send(document, is_root);
        }
    }

    #[inline(never)]
    fn send(&'static self, document: &mut DocumentView, is_root: bool) {
        let tally = document.tally();
        let Some(datagram) = document.datagram() else { return };
        let bytes = datagram.len() as u64;
        let sent = self.sink.send(datagram);
        let oversize = is_root && u64::from(tally.bytes_alone) + bytes > MAX_TRACE_BYTES;
        self.count(|shard| {
            let entities = u64::from(tally.entities);
            if sent {
                shard.sent.add(entities);
                shard.datagrams.add(1);
                shard.bytes.add(bytes);
            } else {
                shard.failed.add(entities);
            }
            shard.cut.add(u64::from(tally.cut));
            shard.refused.add(u64::from(tally.refused));
            shard.oversize_traces.add(u64::from(oversize));
        });
        if tally.cut > 0 && !self.told.cut.swap(true, Ordering::Relaxed) {
            journal::warn(format_args!(
                "a text was shortened: over X-Ray's limit, without room, or a name with characters it may not have; \
                 further ones are counted only"
            ));
        }
        if oversize && !self.told.oversize.swap(true, Ordering::Relaxed) {
            journal::warn(format_args!(
                "a trace exceeds {MAX_TRACE_BYTES} bytes, so X-Ray will not keep it whole; further ones are counted only"
            ));
        }
    }

    /// Embeds a document that has ended in its parent's, of which is not known yet whether it will be sent. One for which
    /// its parent has no room is dropped; one without a parent, or with one that has ended, is let go.
    #[cold]
    pub(crate) fn put_away(&'static self, document: &mut DocumentView, parent: Option<&DocumentHandle>) {
        let settled = parent.and_then(|parent| parent.with(|parent| parent.document.settle(document, Embed::IfFits)));
        if settled == Some(Delivery::Embedded) {
            return;
        }
        let tally = document.tally();
        self.count(|shard| {
            let away = if settled.is_none() { &shard.let_go } else { &shard.dropped };
            away.add(u64::from(tally.entities));
            shard.cut.add(u64::from(tally.cut));
            shard.refused.add(u64::from(tally.refused));
        });
    }

    /// Sends a document in progress, and says whether that was done. It counts as a datagram; its entities are still open.
    pub(crate) fn send_in_progress(&'static self, datagram: &[u8]) -> bool {
        let sent = self.sink.send(datagram);
        if sent {
            self.count(|shard| {
                shard.datagrams.add(1);
                shard.bytes.add(datagram.len() as u64);
            });
        }
        sent
    }

    /// Counts an entity that could not begin.
    #[cold]
    pub(crate) fn drop_unbegun(&'static self, why: &str) {
        self.count(|shard| {
            shard.begun.add(1);
            shard.dropped.add(1);
        });
        if !self.told.rng.swap(true, Ordering::Relaxed) {
            journal::error(format_args!("a segment was dropped: {why}; further ones are counted only"));
        }
    }

    /// Logs the first refusal of each kind; the entity's document counts all.
    #[cold]
    pub(crate) fn refused(&self, refusal: &dyn Refusal) {
        let bit = 1 << refusal.number();
        if self.told.refused.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            journal::warn(format_args!(
                "a call on an entity was refused: {refusal}; further ones like it are counted only"
            ));
        }
    }

    /// Counts a refusal that no document can count, and logs the first of its kind.
    #[cold]
    pub(crate) fn refuse(&'static self, refusal: &dyn Refusal) {
        self.count(|shard| shard.refused.add(1));
        self.refused(refusal);
    }

    /// Says once that a program's segments are none in Lambda.
    pub(crate) fn tell_of_lambda(&self) {
        if !self.told.lambda.swap(true, Ordering::Relaxed) {
            journal::info(format_args!(
                "in Lambda the segment of an invocation is Lambda's: what the program records of its own is discarded, \
                 and its subsegments are sent"
            ));
        }
    }

    /// Serializes a value, outside of every lock, for `put` to write it.
    pub(crate) fn encode<T: Serialize + ?Sized, R>(&'static self, value: &T, put: impl FnOnce(Encoded<'_>) -> R) {
        scratch::with(self.settings.capacities[SEGMENT], |buffer| match Encoded::of(value, buffer) {
            Ok(encoded) => {
                put(encoded);
            }
            Err(error) => self.refuse(&error),
        });
    }

    #[inline]
    fn count(&'static self, add: impl Fn(&Shard)) {
        if Local::with(self, |_, shard| add(shard)).is_none() {
            self.on_borrowed_shard(add);
        }
    }

    #[cold]
    fn on_borrowed_shard(&self, add: impl Fn(&Shard)) {
        let shard = self.shards.acquire();
        add(shard);
        self.shards.release(shard);
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.shards.sum();
        stats.lost_datagrams = self.sink.lost();
        stats
    }

    /// Wall time and ticks of one moment, for a segment to begin with.
    #[inline]
    pub(crate) fn wall_and_ticks(&self) -> (Timestamp, Option<u64>) {
        match &self.time {
            Time::System => (SystemClock.now(), Some(SystemClock::steady())),
            Time::Custom(clock) => guarded(|| (clock.now(), clock.ticks())).unwrap_or_default(),
        }
    }

    /// Wall time.
    pub(crate) fn wall(&self) -> Timestamp {
        match &self.time {
            Time::System => SystemClock.now(),
            Time::Custom(clock) => guarded(|| clock.now()).unwrap_or_default(),
        }
    }

    pub(crate) fn has_system_clock(&self) -> bool {
        matches!(self.time, Time::System)
    }

    pub(crate) fn service(&self) -> &str {
        &self.naming.service
    }

    /// What the plugins have found by now.
    #[inline]
    pub(crate) fn whereabouts(&self) -> Option<&Whereabouts> {
        self.found.now()
    }

    /// The time in the trace of `context`.
    #[inline]
    pub(crate) fn now(&self, context: &TraceContext) -> Timestamp {
        context.time_at(self.ticks())
    }

    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        match &self.time {
            Time::System => SystemClock::steady(),
            // Before every start, so that the entity ends at its own.
            Time::Custom(clock) => {
                guarded(|| clock.ticks().unwrap_or_else(|| clock.now().as_micros())).unwrap_or_default()
            }
        }
    }

    #[inline]
    pub(crate) fn random(&self) -> Result<[u8; 32], RngFailed> {
        let mut random = [0; 32];
        match &self.randomness {
            Randomness::System => OsRng.fill(&mut random)?,
            Randomness::Custom(rng) => {
                let mut rng = rng.lock().unwrap_or_else(PoisonError::into_inner);
                guarded(|| rng.fill(&mut random)).unwrap_or(Err(RngFailed))?;
            }
        }
        Ok(random)
    }

    /// Whether a segment begins as it mostly does.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.plain.load(Ordering::Relaxed)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// Whether what is not sampled has a trace id of its own.
    pub(crate) fn gives_ids_to_unsampled(&self) -> bool {
        self.settings.noop_ids_are_random
    }

    pub(super) fn enable(&'static self, enabled: bool) {
        if enabled {
            let plugins = std::mem::take(&mut *self.plugins.lock().unwrap_or_else(PoisonError::into_inner));
            self.found.ask(plugins);
        }
        self.enabled.store(enabled, Ordering::Relaxed);
        let decides = !self.sampling.is_everything() || self.keeper.is_some();
        let plain = enabled && self.lambda.is_none() && !self.settings.noop_ids_are_random && !decides;
        self.plain.store(plain, Ordering::Relaxed);
    }

    pub(crate) fn lambda(&self) -> Option<&Lambda> {
        self.lambda.as_ref()
    }

    #[inline]
    pub(crate) fn stream_sql(&self) -> bool {
        self.settings.stream_sql
    }

    pub(crate) fn max_trace_back(&self) -> usize {
        self.settings.max_trace_back
    }

    pub(crate) fn captures_backtraces(&self) -> bool {
        self.settings.backtraces
    }

    /// Whether documents are to be where entities in progress are looked for.
    #[inline]
    pub(crate) fn shows_progress(&self) -> bool {
        self.progress.is_on()
    }

    /// What segments say of the SDK, if they do.
    pub(crate) fn sdk(&self) -> Option<Sdk<'static>> {
        self.settings.describe_sdk.then_some(Sdk {
            sdk: Some("X-Ray for Rust"),
            sdk_version: Some(env!("CARGO_PKG_VERSION")),
            ..Sdk::default()
        })
    }
}

/// What code of the user's says, unless it panics: it must not take the program down from within the drop of a guard.
#[cold]
pub(crate) fn guarded<R>(ask: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            // What it panicked with may panic when it goes.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(again);
            }
            None
        }
    }
}
