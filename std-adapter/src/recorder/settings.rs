//! What a recorder does, as far as that is a matter of choice.

use xray_recorder_core::Embed;

use crate::current::ContextMissing;

/// Capacities that were measured to do best: the kernel's memory for a datagram goes in steps up to 16 KiB, so that a
/// default receive buffer holds as many of 16 as of 8 KiB. macOS sends 9,216 bytes at most by default.
const SEGMENT_CAPACITY: usize = if cfg!(target_vendor = "apple") { 8_192 } else { 16_384 };
const SUBSEGMENT_CAPACITY: usize = 4_096;

/// Settings that no longer change.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) embed: Embed,
    /// Of segments and of subsegments.
    pub(super) capacities: [usize; 2],
    pub(super) describe_sdk: bool,
    pub(super) context_missing: ContextMissing,
    pub(super) stream_sql: bool,
    pub(super) max_trace_back: usize,
    pub(super) backtraces: bool,
    pub(super) noop_ids_are_random: bool,
    /// Whether the environment says that tracing is enabled or not, so that calls cannot.
    pub(super) enabled_by_environment: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            embed: Embed::IfFits,
            capacities: [SEGMENT_CAPACITY, SUBSEGMENT_CAPACITY],
            describe_sdk: true,
            context_missing: ContextMissing::default(),
            stream_sql: true,
            max_trace_back: 10,
            backtraces: false,
            noop_ids_are_random: false,
            enabled_by_environment: false,
        }
    }
}
