//! What a recorder does while its device does not know the time. Where the clock is one of the wall all of this is
//! compiled to nothing.

use super::Recorder;
use crate::context::TraceContext;
use crate::document::DocumentView;
use crate::epoch;
use crate::host::{Clock, Rng};
use crate::mark;
use crate::sampling::Sampler;
use crate::time::Timestamp;
use crate::transport::Transport;

/// When a segment begins: one moment on both clocks of the host, where it has two.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Wall time, or the guess of it.
    pub(super) wall: Timestamp,
    pub(super) ticks: Option<u64>,
    is_guess: bool,
}

impl Moment {
    /// What a segment begins with, its times from boot on if the wall time is a guess. Its trace id stays: it has the
    /// guess in it.
    #[inline(always)]
    pub(super) fn anchor(self, (context, start): (TraceContext, Timestamp)) -> (TraceContext, Timestamp) {
        match self.ticks {
            Some(ticks) if self.is_guess => (context.with_times_from_boot(), Timestamp::from_micros(ticks)),
            _ => (context, start),
        }
    }
}

impl<T: Transport, C: Clock, R: Rng, S: Sampler> Recorder<T, C, R, S> {
    /// Now, for a segment to begin.
    #[inline(always)]
    pub(super) fn moment(&self) -> Moment {
        // In this order: if an interrupt sets the clock in between, the trace counts from boot and is dated as it ends.
        let is_guess = self.clock.epoch().is_some_and(|epoch| !epoch.is_known());
        Moment { wall: self.clock.now(), ticks: self.clock.ticks(), is_guess }
    }

    /// The context to tell the time in a trace by. One that came from elsewhere has no anchor: it gets what holds now.
    #[inline(always)]
    pub(super) fn anchored(&self, context: TraceContext) -> TraceContext {
        match self.clock.epoch() {
            Some(epoch) if context.clock_offset() == 0 => self.anchored_now(context, epoch.is_known()),
            _ => context,
        }
    }

    /// The time in a trace when the ticks are at `ticks`.
    #[inline(always)]
    pub(super) fn time_in(&self, context: &TraceContext, ticks: u64) -> Timestamp {
        match self.clock.epoch() {
            Some(_) => self.time_on_a_device(context, ticks),
            None => context.wall_at(ticks),
        }
    }

    #[inline(never)]
    fn time_on_a_device(&self, context: &TraceContext, ticks: u64) -> Timestamp {
        self.anchored(*context).time_at(ticks)
    }

    #[cold]
    #[inline(never)]
    fn anchored_now(&self, context: TraceContext, knows_the_time: bool) -> TraceContext {
        if !knows_the_time {
            return context.with_times_from_boot();
        }
        let (wall, ticks) = (self.clock.now().as_micros(), self.ticks());
        context.with_clock_offset((wall as i64).wrapping_sub(ticks as i64))
    }

    /// Whether the times of this entity count from boot. None but a device without a clock has such, and they never leave it
    /// as they are.
    #[inline(always)]
    pub(super) fn is_from_boot(&self, document: &DocumentView) -> bool {
        self.clock.epoch().is_some() && epoch::counts_from_boot(document.start_time())
    }

    /// Has an entity that begins now leave room for the mark, if it may have to leave with one. What needs no parent has the
    /// room of that before it.
    #[inline(always)]
    pub(super) fn keep_room_for_a_mark(&self, document: &mut DocumentView, has_parent: bool) {
        // What is held gets its room there.
        let epoch = if self.transport.holds() { None } else { self.clock.epoch() };
        if let Some(epoch) = epoch {
            document.keep_room_for_a_mark(has_parent && !epoch.is_known());
        }
    }

    /// Dates what waits in the transport, whoever has set the clock meanwhile.
    #[inline(always)]
    pub(super) fn date_what_waits(&mut self) {
        if let Some(epoch) = self.clock.epoch().filter(|epoch| epoch.is_known()) {
            self.transport.date(epoch);
        }
    }

    /// Sends a document whose times count from boot: to where it waits, or dated. Whether it was sent, and its length.
    #[cold]
    #[inline(never)]
    pub(super) fn send_from_boot(&mut self, document: &mut DocumentView) -> (Result<bool, T::Error>, u64) {
        self.try_send_from_boot(document).unwrap_or((Ok(false), 0))
    }

    fn try_send_from_boot(&mut self, document: &mut DocumentView) -> Option<(Result<bool, T::Error>, u64)> {
        let epoch = self.clock.epoch()?;
        let ticks = self.ticks();
        let (buffer, mut place) = document.datagram_to_change()?;
        if !epoch.is_known() {
            let datagram = buffer.get_mut(place.clone())?;
            epoch.undate_end(datagram, ticks);
            if let Some(held) = self.transport.hold(datagram) {
                // If an interrupt has set the clock meanwhile, it has dated all that waited before this one.
                self.date_what_waits();
                return Some((held.map(|()| true), datagram.len() as u64));
            }
            // Without the mark nobody could tell its times from right ones.
            place = mark::mark(buffer, place)?;
        }
        let datagram = buffer.get_mut(place)?;
        epoch.date(datagram);
        Some((self.transport.send(datagram).map(|()| true), datagram.len() as u64))
    }
}
