//! What is told in the log. The logger is code of the user's: one that panics must not take the program down from within the
//! drop of a guard, nor keep anything from being counted.

use std::fmt::Arguments;
use std::panic::{AssertUnwindSafe, catch_unwind};

use log::Level;

pub(crate) fn error(message: Arguments<'_>) {
    tell(Level::Error, message);
}

pub(crate) fn warn(message: Arguments<'_>) {
    tell(Level::Warn, message);
}

pub(crate) fn debug(message: Arguments<'_>) {
    tell(Level::Debug, message);
}

pub(crate) fn info(message: Arguments<'_>) {
    tell(Level::Info, message);
}

#[cold]
fn tell(level: Level, message: Arguments<'_>) {
    let _ = catch_unwind(AssertUnwindSafe(|| log::log!(target: "xray_recorder", level, "{message}")));
}
