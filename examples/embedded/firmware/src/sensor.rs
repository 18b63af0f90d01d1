//! A measurement, traced: reading the bus, filtering, handing it on.

use xray_recorder_core::{
    BeginError, Clock, DocumentView, EntityId, Exception, Key, Namespace, Recorder, Rng, Subsegment, TraceHeader,
    Transport,
};

use crate::board::timer;
use crate::stack;

/// Checked by the compiler.
const NUMBER: Key<'_> = Key::new("number");
const PLACE: Key<'_> = Key::new("place");
const MILLIKELVIN: Key<'_> = Key::new("millikelvin");
const LOST: Key<'_> = Key::new("lost");
const DAMAGED: Key<'_> = Key::new("damaged");
const STACK: Key<'_> = Key::new("stack");

/// The sensor, and the documents it writes its traces to: one for a segment, one for a subsegment at a time.
#[derive(Debug)]
pub struct Sensor<'d> {
    whole: &'d mut DocumentView,
    part: &'d mut DocumentView,
    number: u32,
    damaged: u32,
}

impl<'d> Sensor<'d> {
    /// A sensor that has not measured yet.
    #[must_use]
    pub const fn new(whole: &'d mut DocumentView, part: &'d mut DocumentView) -> Self {
        Self { whole, part, number: 0, damaged: 0 }
    }

    /// How often it has measured.
    #[must_use]
    pub const fn measurements(&self) -> u32 {
        self.number
    }

    /// The other end of the line has received so many damaged frames since boot.
    pub const fn set_damaged(&mut self, frames: u32) {
        self.damaged = frames;
    }

    /// Measures. What is not recorded is counted; the sensor measures all the same.
    ///
    /// # Errors
    ///
    /// The recorder's, where something could not even begin.
    pub fn measure<T: Transport, C: Clock, R: Rng>(
        &mut self,
        recorder: &mut Recorder<T, C, R>,
    ) -> Result<(), BeginError> {
        self.number += 1;
        let mut segment = recorder.begin_segment(self.whole, "sensor", &TraceHeader::default())?;
        let stats = recorder.stats();
        let lost = stats.failed + stats.dropped + stats.lost_datagrams;
        let _ = segment.put_annotation(NUMBER, self.number);
        let _ = segment.put_annotation(PLACE, "roof");
        let _ = segment.put_annotation(STACK, stack::deepest());
        // Since boot, and not since the last document: that one may be among the lost.
        if lost > 0 {
            let _ = segment.put_annotation(LOST, lost);
        }
        if self.damaged > 0 {
            let _ = segment.put_annotation(DAMAGED, self.damaged);
        }

        let mut bus = recorder.begin_subsegment(self.part, "bus", &segment.context())?;
        let reading = read(self.number);
        let failed = reading.is_err().then(|| fail(&mut bus)).flatten();
        let _ = recorder.end_subsegment(bus, &mut segment);
        if let Some(cause) = failed {
            let _ = segment.set_cause_id(cause);
        }

        if let Ok(raw) = reading {
            let mut filter = recorder.begin_subsegment(self.part, "filter", &segment.context())?;
            let _ = filter.put_annotation(MILLIKELVIN, filtered(raw));
            let _ = recorder.end_subsegment(filter, &mut segment);

            let mut upload = recorder.begin_subsegment(self.part, "upload", &segment.context())?;
            let _ = upload.set_namespace(Namespace::Remote);
            timer::pass(120);
            let _ = recorder.end_subsegment(upload, &mut segment);
        }
        // An error is counted, and told in the next document that gets through.
        let _ = recorder.end_segment(segment);
        Ok(())
    }
}

/// Nobody answered on the bus.
struct NoAnswer;

/// Reads the sensor, which does not answer every seventh time.
fn read(number: u32) -> Result<u32, NoAnswer> {
    timer::pass(250);
    if number.is_multiple_of(7) { Err(NoAnswer) } else { Ok(4_710 + number % 13) }
}

fn fail(bus: &mut Subsegment<'_>) -> Option<EntityId> {
    bus.add_exception(&Exception { kind: "NoAnswer", message: "address 0x48 did not answer", ..Exception::default() })
        .ok()
}

fn filtered(raw: u32) -> u32 {
    timer::pass(30);
    raw * 62 + 14
}
