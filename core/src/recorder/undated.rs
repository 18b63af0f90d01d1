//! What a recorder does while its device does not know the time. Where the clock is one of the wall all of this is
//! compiled to nothing.

use super::Recorder;
use crate::context::TraceContext;
use crate::document::DocumentView;
use crate::host::{Clock, Rng};
use crate::mark;
use crate::sampling::Sampler;
use crate::time::Timestamp;
use crate::transport::Transport;

/// When a segment begins.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Wall time, or the guess of it.
    pub(super) wall: Timestamp,
    is_guess: bool,
}

impl Moment {
    /// What a segment begins with, its times from boot on if the wall time is a guess. Its trace id stays: it has the
    /// guess in it.
    #[inline(always)]
    pub(super) fn anchor(self, (context, start): (TraceContext, Timestamp)) -> (TraceContext, Timestamp) {
        if !self.is_guess {
            return (context, start);
        }
        let ticks = start.as_micros().wrapping_add_signed(context.clock_offset().wrapping_neg());
        (context.with_clock_offset(0), Timestamp::from_micros(ticks))
    }
}

impl<T: Transport, C: Clock, R: Rng, S: Sampler> Recorder<T, C, R, S> {
    /// Now, for a segment to begin.
    #[inline(always)]
    pub(super) fn moment(&self) -> Moment {
        // In this order: if an interrupt sets the clock in between, the trace counts from boot and is dated as it ends.
        let is_guess = self.clock.epoch().is_some_and(|epoch| !epoch.is_known());
        Moment { wall: self.clock.now(), is_guess }
    }

    /// Whether the times of a trace count from boot: it has no anchor. None but a device without a clock has such traces.
    #[inline(always)]
    pub(super) fn is_from_boot(&self, context: &TraceContext) -> bool {
        self.clock.epoch().is_some() && context.clock_offset() == 0
    }

    /// Sends a document whose times count from boot: to where it waits, or dated. Whether it was sent, and its length.
    #[cold]
    #[inline(never)]
    pub(super) fn send_from_boot(&mut self, document: &mut DocumentView) -> (Result<bool, T::Error>, u64) {
        self.try_send_from_boot(document).unwrap_or((Ok(false), 0))
    }

    fn try_send_from_boot(&mut self, document: &mut DocumentView) -> Option<(Result<bool, T::Error>, u64)> {
        let epoch = self.clock.epoch()?;
        let (buffer, mut place) = document.datagram_in_place()?;
        if !epoch.is_known() {
            let datagram = buffer.get(place.clone())?;
            if let Some(held) = self.transport.hold(datagram) {
                // If an interrupt has set the clock meanwhile, it has dated all that waited before this one.
                if let Some(epoch) = self.clock.epoch().filter(|epoch| epoch.is_known()) {
                    self.transport.date(epoch);
                }
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
