//! An invocation under way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use xray_recorder_core::kind;

use crate::{InContext, InEntity};

pin_project! {
    /// An invocation that runs with the function's segment, or a subsegment of it, as the current entity.
    #[must_use = "futures do nothing unless polled"]
    pub struct Invocation<F> {
        #[pin]
        work: Work<F>,
    }
}

pin_project! {
    #[project = WorkProjected]
    enum Work<F> {
        Under { #[pin] work: InContext<F> },
        Within { #[pin] work: InEntity<F, kind::Subsegment> },
    }
}

impl<F> Invocation<F> {
    pub(super) fn under(work: InContext<F>) -> Self {
        Self { work: Work::Under { work } }
    }

    pub(super) fn within(work: InEntity<F, kind::Subsegment>) -> Self {
        Self { work: Work::Within { work } }
    }
}

impl<F: Future> Future for Invocation<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().work.project() {
            WorkProjected::Under { work } => work.poll(context),
            WorkProjected::Within { work } => work.poll(context),
        }
    }
}

impl<F> fmt::Debug for Invocation<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation").finish_non_exhaustive()
    }
}
