//! Bars on a time scale.

use crate::entity::Entity;

/// The time that a bar's full width stands for.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    start: f64,
    length: f64,
    cells: usize,
}

/// What a bar stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// An entity that has ended.
    Solid,
    /// An entity that has not: up to the end of the trace.
    Open,
    /// Several entities.
    Several,
}

impl Scale {
    pub(super) fn new(start: f64, end: f64, cells: usize) -> Self {
        Self { start, length: (end - start).max(0.0), cells }
    }

    pub(super) fn length(&self) -> f64 {
        self.length
    }

    pub(super) fn of_entity(&self, entity: &Entity) -> String {
        match (entity.start, entity.end) {
            (Some(start), Some(end)) => self.bar(start, end, Ink::Solid),
            (Some(start), None) => self.bar(start, self.start + self.length, Ink::Open),
            (None, _) => String::new(),
        }
    }

    /// The bar from one time to another; at least a mark, however short.
    pub(super) fn bar(&self, start: f64, end: f64, ink: Ink) -> String {
        let Some(last) = self.cells.checked_sub(1) else {
            return String::new();
        };
        let first = self.cell(start).floor().clamp(0.0, last as f64) as usize;
        let until = (self.cell(end).round().max(0.0) as usize).min(self.cells);
        let mut bar = " ".repeat(first);
        if until <= first {
            bar.push('▏');
            return bar;
        }
        let fill = match ink {
            Ink::Solid => '▇',
            Ink::Open => '░',
            Ink::Several => '╌',
        };
        bar.extend(std::iter::repeat_n(fill, until - first));
        bar
    }

    fn cell(&self, time: f64) -> f64 {
        if self.length > 0.0 { (time - self.start) / self.length * self.cells as f64 } else { 0.0 }
    }
}
