//! Documents on the heap.

use xray_recorder_core::{Document, DocumentView};

/// A document of at least `capacity` bytes. Capacities are types, so they come in powers of two.
pub(super) fn boxed(capacity: usize) -> Box<DocumentView> {
    match capacity.next_power_of_two() {
        ..=1_024 => Box::new(Document::<1_024>::new()),
        2_048 => Box::new(Document::<2_048>::new()),
        4_096 => Box::new(Document::<4_096>::new()),
        8_192 => Box::new(Document::<8_192>::new()),
        16_384 => Box::new(Document::<16_384>::new()),
        32_768 => Box::new(Document::<32_768>::new()),
        _ => Box::new(Document::<65_507>::new()),
    }
}
