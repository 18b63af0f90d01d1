//! The recorders of the programs that are measured.

use std::sync::OnceLock;

use xray_recorder::{Decision, Recorder, Sampler, SamplingRequest, Timestamp, Transport};

/// A transport that takes everything.
pub(crate) struct Nowhere;

impl embedded_io::ErrorType for &Nowhere {
    type Error = embedded_io::ErrorKind;
}

impl Transport for &Nowhere {
    fn send(&mut self, datagram: &[u8]) -> Result<(), embedded_io::ErrorKind> {
        std::hint::black_box(datagram);
        Ok(())
    }
}

struct Always(bool);

impl Sampler for Always {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        Some(Decision::of(self.0))
    }
}

fn recorder(sampled: bool) -> Recorder<Nowhere> {
    let builder = Recorder::builder().ignore_environment().sampler(Always(sampled));
    builder.transport(Nowhere).build().expect("the default capacities are valid")
}

/// One that records every trace.
pub(crate) fn sampling() -> Recorder<Nowhere> {
    static RECORDER: OnceLock<Recorder<Nowhere>> = OnceLock::new();
    *RECORDER.get_or_init(|| recorder(true))
}

/// One that records none.
pub(crate) fn declining() -> Recorder<Nowhere> {
    static RECORDER: OnceLock<Recorder<Nowhere>> = OnceLock::new();
    *RECORDER.get_or_init(|| recorder(false))
}
