//! A query under way.

use std::thread;

use super::failure::Failure;
use super::words::without_values;
use crate::{Exception, Subsegment};

/// A query that is recorded. Its subsegment ends when this is dropped.
#[derive(Debug)]
pub(in crate::ext) struct Query {
    subsegment: Subsegment,
}

impl Query {
    pub(super) fn new(subsegment: Subsegment) -> Self {
        Self { subsegment }
    }

    pub(super) fn subsegment(&mut self) -> &mut Subsegment {
        &mut self.subsegment
    }

    /// Records how many rows came.
    pub(in crate::ext) fn put_rows_returned(&mut self, rows: u64) {
        self.subsegment.put_metadata("rows_returned", &rows);
    }

    /// Records how many rows were changed.
    #[cfg(feature = "rusqlite")]
    pub(in crate::ext) fn put_rows_affected(&mut self, rows: u64) {
        self.subsegment.put_metadata("rows_affected", &rows);
    }

    /// Records an error, without the values that it may tell.
    #[cold]
    pub(in crate::ext) fn add_failure(&mut self, failure: &Failure<'_>) {
        let shown = self.subsegment.json().unwrap_or_default();
        let mut message = without_values(failure.message, &shown, &failure.names);
        if let Some(code) = failure.code {
            message += " (";
            message += code;
            message += ")";
        }
        let exception =
            Exception { kind: failure.kind, message: &message, remote: failure.is_remote, ..Exception::default() };
        self.subsegment.add_exception_details(&exception);
    }

    /// Ends what was given up before its end.
    pub(in crate::ext) fn cancel(mut self) {
        if !thread::panicking() {
            self.subsegment.put_annotation("cancelled", true);
        }
    }
}
