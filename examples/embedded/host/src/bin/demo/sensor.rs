//! The measurements, as they arrive.

use std::collections::{BTreeMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use xray_recorder_receiver::{Entity, Received, Trace, Validator};

use crate::Failure;

/// How often the sensors of `uart` and `udp` measure.
pub(crate) const MEASUREMENTS: u64 = 40;

/// What stands in the trace ids of a device that has not been told the time: when its firmware was built.
const BUILT: u64 = 1_780_000_000;

/// How many segments and subsegments a measurement has: one whose bus does not answer has nothing to filter.
fn entities_of(number: u64) -> usize {
    if number.is_multiple_of(7) { 2 } else { 4 }
}

/// The same for some of them.
pub(crate) fn entities(numbers: impl IntoIterator<Item = u64>) -> usize {
    numbers.into_iter().map(entities_of).sum()
}

/// Where the times of documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// The device has been told the time, sooner or later.
    Told,
    /// It guesses, and has to say so.
    Guessed,
}

impl Times {
    /// Whether a time, in seconds, may be one of them, `now` being the time of the host.
    fn may_be(self, time: f64, now: f64) -> bool {
        match self {
            Self::Told => (now - 600.0..now + 1.0).contains(&time),
            Self::Guessed => (BUILT as f64..BUILT as f64 + 600.0).contains(&time),
        }
    }

    /// Whether a document that says this of its clock may have them.
    fn may_say(self, metadata: Option<&Value>) -> bool {
        match self {
            Self::Told => metadata.is_none(),
            Self::Guessed => metadata.is_some_and(|metadata| metadata["clock"]["set"] == false),
        }
    }
}

/// All that arrived of a sensor, by the numbers of its measurements.
pub(crate) struct Story {
    traces: Vec<Trace>,
    measurements: BTreeMap<u64, usize>,
}

impl Story {
    /// What arrived, every document of it valid and every time as it may be.
    pub(crate) fn of(received: &Received, expected: Times) -> Result<Self, Failure> {
        // A document that lacked nothing but the end of its frame is sent again although it arrived.
        let mut seen = HashSet::new();
        let datagrams = received.datagrams().iter().filter(|datagram| seen.insert(datagram.bytes()));
        if let Some(finding) = Validator::default().check_trace(datagrams).first() {
            return Err(format!("a document is not valid: {finding}").into());
        }
        let traces = received.traces();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        for entity in traces.iter().flat_map(Trace::entities) {
            let times = [entity.start, entity.end].map(|time| time.ok_or("an entity has not ended"));
            for time in times {
                let time = time?;
                if !expected.may_be(time, now) {
                    return Err(format!("{} is at {time}, and now it is {now}", entity.name).into());
                }
            }
            if !expected.may_say(entity.json.get("metadata")) {
                return Err(format!("{} has other metadata than it should", entity.name).into());
            }
        }
        let numbers = traces.iter().enumerate().filter_map(|(at, trace)| {
            let sensor = trace.find_by_name("sensor")?;
            Some((annotation(sensor, "number")?, at))
        });
        let measurements: BTreeMap<u64, usize> = numbers.collect();
        if measurements.is_empty() {
            return Err("no measurement arrived".into());
        }
        Ok(Self { traces, measurements })
    }

    /// The trace of a measurement.
    pub(crate) fn trace(&self, number: u64) -> Option<&Trace> {
        self.traces.get(*self.measurements.get(&number)?)
    }

    /// All traces, those of others than the sensor as well.
    pub(crate) fn traces(&self) -> &[Trace] {
        &self.traces
    }

    /// Whether all measurements up to this one are there, each as it should be, and nothing was lost.
    pub(crate) fn check(&self, last: u64) -> Result<String, Failure> {
        let lost = self.check_losses(last)?;
        if lost > 0 {
            return Err(format!("{lost} entities were lost").into());
        }
        let id_time = |number| {
            let id = self.trace(number).map_or("", Trace::id);
            id.get(2..10).and_then(|digits| u64::from_str_radix(digits, 16).ok())
        };
        // The first was begun before the device knew the time, and its id has been handed out.
        if id_time(1) != Some(BUILT) {
            return Err("the first trace id should have the time of the build".into());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        if !id_time(last).is_some_and(|time| (now - 600..=now).contains(&time)) {
            return Err("the last trace id should have the time of the day".into());
        }
        let entities = entities(1..=last);
        Ok(format!("{entities} entities in {} datagrams, {} bytes of stack", self.datagrams(), self.stack()))
    }

    /// How many datagrams arrived.
    pub(crate) fn datagrams(&self) -> usize {
        self.traces.iter().map(|trace| trace.datagrams().len()).sum()
    }

    /// Whether those that are there are as they should be, and each of them tells what was lost before it; how many
    /// entities were.
    pub(crate) fn check_losses(&self, last: u64) -> Result<u64, Failure> {
        let mut lost = 0;
        for number in 1..=last {
            let Some(trace) = self.trace(number) else {
                lost += entities_of(number) as u64;
                continue;
            };
            if trace.count() != entities_of(number) {
                return Err(format!("measurement {number} has {} entities", trace.count()).into());
            }
            let sensor = trace.find_by_name("sensor").ok_or("a trace has no sensor")?;
            let told = annotation(sensor, "lost").unwrap_or_default();
            if told != lost {
                return Err(format!("measurement {number} tells of {told} lost entities, and {lost} are").into());
            }
            let bus = trace.find_by_name("bus").ok_or("a measurement reads no bus")?;
            let failed = number.is_multiple_of(7);
            if sensor.fault != failed || bus.fault != failed {
                return Err(format!("measurement {number} should {}fail", if failed { "" } else { "not " }).into());
            }
        }
        Ok(lost)
    }

    /// How many damaged frames the last measurement tells of.
    pub(crate) fn damaged(&self) -> u64 {
        self.last().and_then(|sensor| annotation(sensor, "damaged")).unwrap_or_default()
    }

    /// How deep the stack was at the last measurement, in bytes.
    pub(crate) fn stack(&self) -> u64 {
        self.last().and_then(|sensor| annotation(sensor, "stack")).unwrap_or_default()
    }

    fn last(&self) -> Option<&Entity> {
        let (&number, _) = self.measurements.last_key_value()?;
        self.trace(number)?.find_by_name("sensor")
    }
}

/// An annotation that is a number.
pub(crate) fn annotation(entity: &Entity, key: &str) -> Option<u64> {
    entity.annotations.iter().find(|(name, _)| name == key).and_then(|(_, value)| Value::as_u64(value))
}
