//! Documents that wait for their date, or have to leave without.

use super::{LENGTH, Outbox};
use crate::epoch::Epoch;
use crate::mark;
pub(super) use crate::mark::MARK_ROOM;

impl<const N: usize> Outbox<N> {
    /// Whether the oldest datagram waits for its date.
    ///
    /// A device that cannot wait for longer, since it is switched off or the outbox is full, lets it go with
    /// [`Outbox::release`].
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.count > 0 && self.front().is_none()
    }

    /// Lets the oldest datagram go if it waits for its date: it is dated by the epoch, and marked where that is a guess.
    /// Whether there was one to let go. Those behind it still wait.
    ///
    /// ```
    /// # use xray_recorder_core::testing::SeededRng;
    /// # use xray_recorder_core::{BootClock, Clock, Document, Framing, Outbox, Recorder, Timestamp, TraceHeader, WriteTransport};
    /// # const BUILT: Timestamp = Timestamp::from_secs(1_767_225_600);
    /// # let clock = BootClock::new(|| 5_000_000, BUILT);
    /// # let mut recorder = Recorder::new(Outbox::<1024>::new(), &clock, SeededRng::new(7));
    /// # let mut document = Document::<256>::new();
    /// let segment = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default())?;
    /// recorder.end_segment(segment)?;
    ///
    /// // The battery is low, and nobody has told the time.
    /// let guess = clock.epoch().unwrap();
    /// let outbox = recorder.transport_mut();
    /// while outbox.release(guess) {
    ///     let datagram = outbox.front().unwrap();
    ///     assert!(datagram.ends_with(br#","metadata":{"clock":{"set":false}}}"#));
    ///     outbox.pop();
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn release(&mut self, epoch: Epoch) -> bool {
        if !self.is_waiting() {
            return false;
        }
        if !epoch.is_known() && self.mark_front().is_none() {
            return false;
        }
        self.front_mut().is_some_and(|datagram| epoch.date(datagram))
    }

    /// Marks the oldest datagram, which grows to its front.
    fn mark_front(&mut self) -> Option<()> {
        if self.wrapped_at.is_none() && self.front < MARK_ROOM {
            // All of them move to the end, behind which there was room when the last one came.
            let length = self.back - self.front;
            self.bytes.copy_within(self.front..self.back, N - length);
            (self.front, self.back) = (N - length, N);
        }
        let free = if self.wrapped_at.is_some() { self.back } else { 0 };
        let datagram = self.datagram_at(self.front);
        // Its length stands before it, and moves along.
        let room = self.bytes.get_mut(free + LENGTH..datagram.end)?;
        let marked = mark::mark(room, datagram.start - free - LENGTH..datagram.end - free - LENGTH)?;
        self.front = free + marked.start;
        let length = (marked.len() as u16).to_be_bytes();
        self.bytes.get_mut(self.front..self.front + LENGTH)?.copy_from_slice(&length);
        Some(())
    }

    /// Dates all that wait.
    pub(super) fn date_all(&mut self, epoch: Epoch) {
        self.holds = false;
        let mut at = self.front;
        for _ in 0..self.count {
            if self.wrapped_at == Some(at) {
                at = 0;
            }
            let datagram = self.datagram_at(at);
            at = datagram.end;
            // One that is released by a guess is not undated any more.
            if let Some(datagram) = self.bytes.get_mut(datagram) {
                epoch.date(datagram);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::context::TraceContext;
    use crate::document::Document;
    use crate::entity::Segment;
    use crate::epoch;
    use crate::outbox::OutboxFull;
    use crate::testing::SeededRng;
    use crate::time::Timestamp;
    use crate::transport::Transport;

    const GUESS: Epoch = Epoch::guessed(Timestamp::from_secs(1_767_225_600));
    const KNOWN: Epoch = Epoch::known(Timestamp::from_secs(1_780_000_000));

    fn datagram(rng: &mut SeededRng, start: Timestamp) -> Vec<u8> {
        let trace_id = "1-5759e988-bd862e3fe1be46a994272793".parse().unwrap();
        let context = TraceContext::new(trace_id, "53995c3f42cd8ad8".parse().unwrap());
        let mut document = Document::<1024>::new();
        let mut segment = Segment::begin(&mut document, "sensor", context, None, start).unwrap();
        let text = "x".repeat((rng.next_u64() % 100) as usize);
        if rng.next_u64().is_multiple_of(2) {
            segment.put_metadata("text", &text).unwrap();
        }
        segment.put_annotation("text", text.as_str()).unwrap();
        segment.end(start).datagram().to_vec()
    }

    fn is_undated(datagram: &[u8]) -> bool {
        epoch::undated(datagram).is_some()
    }

    fn dated(datagram: &[u8], epoch: Epoch) -> Vec<u8> {
        let mut dated = datagram.to_vec();
        epoch.date(&mut dated);
        dated
    }

    fn marked(datagram: &[u8]) -> Vec<u8> {
        let mut buffer = datagram.to_vec();
        buffer.resize(datagram.len() + MARK_ROOM, 0);
        let place = mark::mark(&mut buffer, 0..datagram.len()).unwrap();
        dated(&buffer[place], GUESS)
    }

    /// Everything that can happen to a queue, against a model of it.
    #[test]
    fn a_document_leaves_with_a_date_or_with_a_mark_and_in_its_turn_whatever_fits() {
        let mut rng = SeededRng::new(5);
        let mut outbox = Outbox::<2000>::new();
        let mut model: VecDeque<Vec<u8>> = VecDeque::new();
        let (mut released, mut refused) = (0, 0);
        for micros in 0..20_000 {
            match rng.next_u64() % 16 {
                0..5 => {
                    let datagram = datagram(&mut rng, Timestamp::from_micros(micros));
                    match outbox.hold(&datagram) {
                        Some(Ok(())) => model.push_back(datagram),
                        full => {
                            assert_eq!(full, Some(Err(OutboxFull)));
                            refused += 1;
                        }
                    }
                }
                5..7 => {
                    let at = KNOWN.time_at(micros);
                    let datagram = datagram(&mut rng, at);
                    if outbox.send(&datagram).is_ok() {
                        model.push_back(datagram);
                    }
                }
                7..11 => {
                    let waits = model.front().is_some_and(|datagram| is_undated(datagram));
                    assert_eq!(outbox.is_waiting(), waits);
                    assert_eq!(outbox.release(GUESS), waits);
                    if waits {
                        released += 1;
                        model[0] = marked(&model[0]);
                    }
                }
                11..15 => {
                    if outbox.front().is_some() {
                        assert!(outbox.pop());
                        model.pop_front();
                    }
                }
                _ => {
                    if rng.next_u64().is_multiple_of(8) {
                        outbox.date(KNOWN);
                        model.iter_mut().for_each(|datagram| *datagram = dated(datagram, KNOWN));
                    }
                }
            }
            let front = model.front().filter(|datagram| !is_undated(datagram));
            assert_eq!(outbox.front(), front.map(Vec::as_slice));
            assert_eq!(outbox.front_mut().map(|datagram| datagram.to_vec()), model.front().cloned());
            assert_eq!(outbox.len(), model.len());
        }
        assert!(released > 500 && refused > 500, "{released} released, {refused} refused");
    }
}
