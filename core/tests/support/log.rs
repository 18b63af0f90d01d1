//! What a random test says when it fails: its seed, the capacity and the last operations.

use std::collections::VecDeque;
use std::fmt::Debug;

const KEPT: usize = 12;
const SHOWN: usize = 400;

/// The last operations; printed when it is dropped by a panic, one of the crate's own included.
pub(crate) struct Log<O: Debug> {
    seed: u64,
    pub(crate) capacities: Vec<usize>,
    operations: VecDeque<(usize, O)>,
}

impl<O: Debug> Log<O> {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, capacities: Vec::new(), operations: VecDeque::with_capacity(KEPT) }
    }

    /// Notes an operation on a document, and gives it back to be carried out.
    pub(crate) fn note(&mut self, document: usize, operation: O) -> &O {
        if self.operations.len() == KEPT {
            self.operations.pop_front();
        }
        self.operations.push_back((document, operation));
        &self.operations[self.operations.len() - 1].1
    }
}

impl<O: Debug> Drop for Log<O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, capacities {:?}, last operations:", self.seed, self.capacities);
            for (document, operation) in &self.operations {
                let text = format!("{operation:?}");
                let shown: String = text.chars().take(SHOWN).collect();
                let rest = if shown.len() < text.len() { " and so on" } else { "" };
                eprintln!("  in {document}: {shown}{rest}");
            }
        }
    }
}
