//! The host's side of a traced device: what comes over its serial line is relayed to UDP, where the X-Ray daemon listens.

mod bridge;
mod frames;

pub use bridge::{Bridge, Relayed};
pub use frames::{Frame, Frames};
