//! A value that a clock remembers behind `&self`.

use core::cell::Cell;

/// A value behind `&self`: with the feature `critical-section` one that tasks and interrupts share, and else one that
/// belongs to a single context.
#[derive(Debug)]
pub(crate) struct Guarded<T: Copy> {
    #[cfg(feature = "critical-section")]
    cell: critical_section::Mutex<Cell<T>>,
    #[cfg(not(feature = "critical-section"))]
    cell: Cell<T>,
}

impl<T: Copy> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        #[cfg(feature = "critical-section")]
        let cell = critical_section::Mutex::new(Cell::new(value));
        #[cfg(not(feature = "critical-section"))]
        let cell = Cell::new(value);
        Self { cell }
    }

    /// Works on the value, uninterrupted.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&Cell<T>) -> R) -> R {
        #[cfg(feature = "critical-section")]
        return critical_section::with(|section| work(self.cell.borrow(section)));
        #[cfg(not(feature = "critical-section"))]
        work(&self.cell)
    }

    pub(crate) fn get(&self) -> T {
        self.with(Cell::get)
    }
}
