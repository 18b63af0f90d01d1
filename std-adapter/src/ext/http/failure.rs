//! Errors of services, which may be in a box.

use std::error::Error;

use crate::{Entity, kind};

/// What errors come in, in general.
type BoxError = Box<dyn Error + Send + Sync>;

/// An error of a service that can be recorded: any [`Error`], and a `Box<dyn Error + Send + Sync>`, which by itself is none.
/// The compiler finds which of the two it is. Of other boxes and of `anyhow::Error`, which are none either, such a box is made
/// below the layer, with `map_err(Into::into)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that a layer can record",
    note = "any `std::error::Error` is one, and so is a `Box<dyn Error + Send + Sync>`",
    note = "other boxes and `anyhow::Error` are none: make a `Box<dyn Error + Send + Sync>` of them below the layer, with \
            `map_err(Into::into)`",
    note = "a layer whose type is written down is a `SegmentLayer<Boxed>` or `SubsegmentLayer<Boxed>` where errors are boxed"
)]
pub trait Failure<M> {
    /// The error.
    fn as_error(&self) -> &(dyn Error + 'static);

    /// Records it as an exception; the URLs in what it says lose query, user and password.
    fn add_to<K: kind::Kind>(&self, entity: &mut Entity<K>) {
        entity.add_redacted_exception(self.as_error(), &[]);
    }
}

/// Errors that are [`Error`]s. See [`Failure`].
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is none of these")]
pub enum Plain {}

/// Errors in a box: `Box<dyn Error + Send + Sync>`. See [`Failure`].
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is none of these")]
pub enum Boxed {}

// What is no error is to be told of the other way.
#[diagnostic::do_not_recommend]
impl<E: Error + 'static> Failure<Plain> for E {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }

    // By its own type, which a `dyn Error` does not tell.
    fn add_to<K: kind::Kind>(&self, entity: &mut Entity<K>) {
        entity.add_redacted_exception(self, &[]);
    }
}

impl Failure<Boxed> for BoxError {
    fn as_error(&self) -> &(dyn Error + 'static) {
        &**self
    }
}
