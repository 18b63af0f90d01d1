//! The peer `std`: the guards of `xray-recorder`, used as a server uses them.

use crate::peer::Entry;

/// The name of the peer on the command line and in the reports.
pub(crate) const NAME: &str = "std";

/// The entry, `Entry::of::<Std>()` for the marker `Std` of this peer, or nothing while it has none.
pub(crate) fn entry() -> Option<Entry> {
    None
}
