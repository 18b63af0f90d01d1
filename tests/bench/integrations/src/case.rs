//! What is compared.

use measure::Run;
use xray_recorder::Segment;

/// A program, without its integration first and then with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// On the command line and in the report.
    pub(crate) name: &'static str,
    /// What it does each time.
    pub(crate) does: &'static str,
    /// The first is the program without its integration.
    pub(crate) variants: &'static [Variant],
}

/// A program with or without its integration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    /// On the command line and in the report.
    pub(crate) name: &'static str,
    /// Sets it up.
    pub(crate) prepare: fn() -> Run,
}

/// How many subsegments a segment has, which costs each of them its share.
const SUBSEGMENTS: u64 = 10;

/// Does something so many times, in segments of [`SUBSEGMENTS`] each where there are to be any.
pub(crate) fn in_segments(times: u64, begin: Option<fn() -> Segment>, mut each: impl FnMut()) {
    let mut left = times;
    while left > 0 {
        let segment = begin.map(|begin| begin());
        let _attached = segment.as_ref().map(Segment::attach);
        for _ in 0..left.min(SUBSEGMENTS) {
            each();
        }
        left = left.saturating_sub(SUBSEGMENTS);
    }
}
