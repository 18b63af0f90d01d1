//! Documents in memory beyond what is static: as many as are open at once.

#![expect(unsafe_code, reason = "each use says why it is sound")]

use core::arch::wasm32;
use core::ptr;

use xray_recorder_core::{Document, DocumentView};

/// The capacity of a document.
pub(crate) const CAPACITY: usize = 16_384;
const PAGE: usize = 65_536;

type Place = Document<CAPACITY>;

/// Documents in memory behind everything else, numbered from one. The host keeps account of which are free.
pub(crate) struct Places {
    first: *mut Place,
    count: usize,
}

impl Places {
    pub(crate) const fn new() -> Self {
        Self { first: ptr::null_mut(), count: 0 }
    }

    /// Sees to it that there is a document with this number; `None` where the host gives no more memory.
    pub(crate) fn reserve(&mut self, number: usize) -> Option<()> {
        if number <= self.count {
            return Some(());
        }
        let needed = number * size_of::<Place>();
        let end = wasm32::memory_size::<0>() * PAGE;
        if self.first.is_null() {
            self.first = end as *mut Place;
        }
        let missing = needed.saturating_sub(end - self.first as usize).div_ceil(PAGE);
        if missing > 0 && wasm32::memory_grow::<0>(missing) == usize::MAX {
            return None;
        }
        while self.count < number {
            // SAFETY: this memory was grown here, so that it is nobody else's, and begins at a page.
            unsafe { self.first.add(self.count).write(Document::new()) };
            self.count += 1;
        }
        Some(())
    }

    pub(crate) fn get(&mut self, number: usize) -> Option<&mut DocumentView> {
        self.both(number, 0).map(|(document, _)| document)
    }

    /// A document and another one, if there is that.
    pub(crate) fn both(&mut self, one: usize, other: usize) -> Option<(&mut DocumentView, Option<&mut DocumentView>)> {
        let place = |number: usize| (1..=self.count).contains(&number).then(|| self.first.wrapping_add(number - 1));
        let (one, other) = (place(one)?, place(other).filter(|_| one != other));
        // SAFETY: so many documents were made by `reserve`; these are two of them, borrowed for as long as `self` is.
        let (one, other) = unsafe { (&mut *one, other.map(|other| &mut *other)) };
        Some((one, other.map(|other| &mut **other)))
    }
}
