//! Rules of sampling: the program's own, and the service's.

use core::hint::black_box;

use xray_recorder_core::{
    CentralRules, Document, LocalRules, Outbox, Recorder, SamplingRequest, Timestamp, TraceHeader,
};

use crate::device::{Noise, Timer};
use crate::trace::Refused;

/// A segment that the program's own rules decide.
pub(crate) fn local() -> Result<(), Refused> {
    let rules = LocalRules::<16, 512>::parse(black_box(r#"{"version":2}"#)).map_err(|_| Refused)?;
    let mut recorder = Recorder::new(Outbox::<1024>::new(), Timer, Noise).with_sampler(rules);
    let mut document = Document::<512>::new();
    let request = SamplingRequest { path: Some(black_box("/")), ..SamplingRequest::default() };
    let header = TraceHeader::default();
    let segment = recorder.begin_segment_for(&mut document, black_box("sensor"), &header, &request)?;
    recorder.end_segment(segment)?;
    Ok(())
}

/// What the service says, as far as the machine asks it.
pub(crate) fn central() -> Result<(), Refused> {
    let mut rules = CentralRules::<64, 2_048>::new();
    let mut buffer = [0; 1_024];
    let now = Timestamp::from_secs(black_box(7));
    while let Some(call) = rules.poll(black_box("sensor"), now, &mut buffer) {
        black_box((call.path, call.body));
        let mut copy = rules.copy_to_read();
        let read = copy.handle(black_box(b"{}"), now);
        rules.take_over(copy);
        if read.is_err() {
            rules.fail(now);
        }
    }
    let request = SamplingRequest { host: Some(black_box("a")), ..SamplingRequest::default() };
    if let Some(rule) = rules.decide(&request, now, &mut Noise).as_ref().and_then(|decision| decision.rule()) {
        let (boosts, sampled) = (rules.boosts(rule), black_box(true));
        black_box(boosts);
        rules.went_wrong(rule, sampled);
    }
    black_box((rules.next_wakeup(), rules.left_out(), rules.skipped(), rules.is_good(now)));
    Ok(())
}
