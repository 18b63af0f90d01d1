//! A future of a service's, in the entity of its request.

use std::panic::resume_unwind;
use std::pin::Pin;
#[cfg(feature = "reqwest")]
use std::task::ready;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::traced::Traced;

pin_project! {
    /// Polls a future with the entity of its request as the current one, and gives that back with what the future gives.
    /// A panic is recorded and goes on; dropped half way, it ends the entity, with an annotation `cancelled`.
    pub(in crate::ext) struct Running<F> {
        #[pin]
        future: Option<F>,
        traced: Option<Traced>,
    }

    impl<F> PinnedDrop for Running<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(traced) = this.traced.take() {
                traced.cancel(|| this.future.set(None));
            }
        }
    }
}

impl<F> Running<F> {
    /// Makes the future, with the entity as the current one. Without an entity there is nothing to do but run it.
    pub(in crate::ext) fn begin(traced: Option<Traced>, make: impl FnOnce() -> F) -> Self {
        let Some(mut traced) = traced else { return Self { future: Some(make()), traced: None } };
        if !traced.is_recorded() {
            let attached = traced.attach();
            let future = make();
            drop(attached);
            return Self { future: Some(future), traced: Some(traced) };
        }
        match traced.catch(make) {
            Ok(future) => Self { future: Some(future), traced: Some(traced) },
            Err(payload) => {
                drop(traced);
                resume_unwind(payload)
            }
        }
    }
}

impl<F: Future> Running<F> {
    /// Polls the future. Once it is ready, [`Running::end`] has the entity: to give both at once would copy the response.
    #[inline]
    pub(in crate::ext) fn poll_inner(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(polled) = this.future.as_mut().as_pin_mut() else {
            panic!("a future is polled after it has ended");
        };
        let Some(traced) = this.traced else { return polled.poll(context) };
        if !traced.is_recorded() {
            let _attached = traced.attach();
            return polled.poll(context);
        }
        match traced.catch(|| polled.poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(ready) => {
                traced.clear(|| this.future.set(None));
                ready
            }
            Err(payload) => {
                // Whatever its destructors do belongs to the request; another panic in there ends the program, as always.
                traced.clear(|| this.future.set(None));
                *this.traced = None;
                resume_unwind(payload)
            }
        }
    }

    /// The entity, for what is to be said of the response.
    pub(in crate::ext) fn end(self: Pin<&mut Self>) -> Option<Traced> {
        self.project().traced.take()
    }
}

#[cfg(feature = "reqwest")]
impl<F: Future> Future for Running<F> {
    type Output = (F::Output, Option<Traced>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let output = ready!(self.as_mut().poll_inner(context));
        Poll::Ready((output, self.end()))
    }
}
