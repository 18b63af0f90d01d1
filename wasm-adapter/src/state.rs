//! All that the module holds, one of each.

use xray_recorder_core::{Document, Embed};

use crate::frame::Frame;
use crate::labels::Labels;
use crate::places::{CAPACITY, Places};

/// The longest input: JavaScript hands over more in several calls.
pub(crate) const INPUT: usize = 16_384;
/// The longest text that is given back: a trace header.
pub(crate) const OUTPUT: usize = 512;
#[repr(C)]
pub(crate) struct State {
    pub(crate) frame: Frame,
    pub(crate) input: [u8; INPUT],
    pub(crate) output: [u8; OUTPUT],
    pub(crate) labels: Labels,
    pub(crate) embed: Embed,
    /// Of an entity that is written in one call, as nothing is embedded in it.
    pub(crate) leaf: Document<CAPACITY>,
    pub(crate) places: Places,
    #[cfg(feature = "rules")]
    pub(crate) rules: crate::rules::Rules,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            frame: Frame::EMPTY,
            input: [0; INPUT],
            output: [0; OUTPUT],
            labels: Labels::new(),
            embed: Embed::IfFits,
            leaf: Document::new(),
            places: Places::new(),
            #[cfg(feature = "rules")]
            rules: crate::rules::Rules::new(),
        }
    }
}
