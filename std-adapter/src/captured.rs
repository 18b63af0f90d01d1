//! What the attributes `#[capture]` and `#[capture_all]` call. Not for use by hand.
#![allow(missing_docs, reason = "no part of the interface")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use xray_recorder_core::AnnotationValue;

use crate::current::{Site, TraceFuture, begin_at};
use crate::entity::{Subsegment, SubsegmentHandle};

#[track_caller]
pub fn begin(name: &str) -> Subsegment {
    begin_at("capture", name, Site::here())
}

/// Runs a body, and records what it gives.
pub fn call<R>(subsegment: Subsegment, work: impl FnOnce() -> R, record: impl FnOnce(&SubsegmentHandle, &R)) -> R {
    subsegment.run(|subsegment| {
        let result = work();
        if subsegment.is_recorded() {
            unless_it_panics(|| record(&subsegment.handle(), &result));
        }
        result
    })
}

/// The function's error has `Display` code of the user's, which nobody asked for by a call.
fn unless_it_panics(record: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(record));
}

/// The same for the body of an `async fn`.
pub fn awaited<F: Future>(
    subsegment: Subsegment,
    work: F,
    record: impl FnOnce(&SubsegmentHandle, &F::Output),
) -> impl Future<Output = F::Output> {
    let handle = subsegment.is_recorded().then(|| subsegment.handle());
    async move {
        let result = work.await;
        if let Some(handle) = handle {
            unless_it_panics(|| record(&handle, &result));
        }
        result
    }
    .in_subsegment(subsegment)
}

/// A value that becomes an annotation by a reference to it.
pub trait Annotation {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str);
}

macro_rules! annotations {
    ($($type:ty),*) => {
        $(
            impl Annotation for $type {
                fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
                    subsegment.put_annotation(key, AnnotationValue::from(*self));
                }
            }
        )*
    };
}
annotations!(bool, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

impl Annotation for str {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
        subsegment.put_annotation(key, self);
    }
}

impl Annotation for String {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
        subsegment.put_annotation(key, self.as_str());
    }
}

impl<T: Annotation + ?Sized> Annotation for &T {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
        T::annotate(self, subsegment, key);
    }
}

impl<T: Annotation + ?Sized> Annotation for &mut T {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
        T::annotate(self, subsegment, key);
    }
}

impl<T: Annotation> Annotation for Option<T> {
    fn annotate(&self, subsegment: &mut Subsegment, key: &'static str) {
        if let Some(value) = self {
            value.annotate(subsegment, key);
        }
    }
}

pub fn annotate<T: Annotation + ?Sized>(subsegment: &mut Subsegment, key: &'static str, value: &T) {
    value.annotate(subsegment, key);
}

/// What a function gave: of a `Result` the error is recorded, as far as its type tells of it. The compiler takes the
/// first of these that fits, the one with the most references: so an error that is `std::error::Error` is recorded as
/// one, and one that has no more than `Debug` by its type.
pub mod outcome {
    use std::any::type_name;
    use std::error::Error;
    use std::fmt::{Debug, Display, Write};
    use std::ops::Deref;

    use xray_recorder_core::Exception;

    use crate::entity::SubsegmentHandle;

    #[derive(Debug)]
    pub struct Outcome<'r, R>(pub &'r R);

    pub trait OfError {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    impl<T, E: Error> OfError for &&&&&Outcome<'_, Result<T, E>> {
        fn record(&self, subsegment: &SubsegmentHandle) {
            if let Err(error) = self.0 {
                subsegment.add_exception(error);
            }
        }
    }

    /// `Box<dyn Error>`, and error types that lead to one.
    pub trait OfBoxedError {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    impl<T, E: Deref<Target: Error>> OfBoxedError for &&&&Outcome<'_, Result<T, E>> {
        fn record(&self, subsegment: &SubsegmentHandle) {
            if let Err(error) = self.0 {
                subsegment.add_exception(&**error);
            }
        }
    }

    pub trait OfDisplay {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    impl<T, E: Display> OfDisplay for &&&Outcome<'_, Result<T, E>> {
        fn record(&self, subsegment: &SubsegmentHandle) {
            if let Err(error) = self.0 {
                describe::<E>(subsegment, format_args!("{error}"));
            }
        }
    }

    pub trait OfDebug {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    /// By its type alone: a derived `Debug` has all that is in the error, and that may well be an argument.
    impl<T, E: Debug> OfDebug for &&Outcome<'_, Result<T, E>> {
        fn record(&self, subsegment: &SubsegmentHandle) {
            if self.0.is_err() {
                describe::<E>(subsegment, format_args!(""));
            }
        }
    }

    pub trait OfResult {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    impl<T, E> OfResult for &Outcome<'_, Result<T, E>> {
        fn record(&self, subsegment: &SubsegmentHandle) {
            if self.0.is_err() {
                subsegment.set_fault();
            }
        }
    }

    pub trait OfAnything {
        fn record(&self, subsegment: &SubsegmentHandle);
    }

    impl<R> OfAnything for Outcome<'_, R> {
        fn record(&self, _: &SubsegmentHandle) {}
    }

    fn describe<E>(subsegment: &SubsegmentHandle, message: std::fmt::Arguments<'_>) {
        let name = type_name::<E>();
        let kind = name[..name.find('<').unwrap_or(name.len())].rsplit("::").next().unwrap_or(name);
        let mut text = String::new();
        let _ = write!(text, "{message}");
        subsegment.add_exception_details(&Exception { kind, message: &text, ..Exception::default() });
    }
}
