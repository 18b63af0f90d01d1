//! The body of a response, with whose end an entity ends.

use std::error::Error;
use std::fmt;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::exchange::Exchange;

pin_project! {
    /// The body of a response whose segment or subsegment ends with it. Its error is the body's own, in a box.
    ///
    /// An error is recorded as an exception, and so is a panic. Given up before its end, as by a client that disconnects, it
    /// leaves the annotation `cancelled`.
    pub struct TracedBody<B> {
        #[pin]
        body: Option<B>,
        exchange: Option<Exchange>,
    }

    impl<B> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange.take() {
                exchange.give_up(|| this.body.set(None));
            }
        }
    }
}

impl<B: Body> TracedBody<B> {
    /// A body with nothing left to come ends the exchange at once.
    pub(in crate::ext) fn new(body: B, exchange: Option<Exchange>) -> Self {
        let mut this = Self { body: Some(body), exchange };
        let has_ended = this.body.as_ref().is_none_or(B::is_end_stream);
        if this.exchange.as_ref().is_some_and(|exchange| has_ended || exchange.has_no_body()) {
            this.exchange.take().into_iter().for_each(Exchange::end);
        }
        this
    }
}

impl<B> Body for TracedBody<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(exchange) = this.exchange else {
            return body.poll_frame(context).map_err(Into::into);
        };
        let polled = match exchange.catch(|| body.as_mut().poll_frame(context)) {
            Ok(polled) => polled,
            Err(payload) => {
                *this.exchange = None;
                resume_unwind(payload)
            }
        };
        let frame = ready!(polled).transpose().map_err(Into::into);
        let is_last = match &frame {
            Ok(Some(frame)) => exchange.see(frame) || body.is_end_stream(),
            Ok(None) => true,
            Err(_) => false,
        };
        match (&frame, is_last) {
            (Err(error), _) => this.exchange.take().into_iter().for_each(|exchange| exchange.fail(&**error)),
            (Ok(_), true) => this.exchange.take().into_iter().for_each(Exchange::end),
            (Ok(_), false) => {}
        }
        Poll::Ready(frame.transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), B::size_hint)
    }
}

impl<B: Default> Default for TracedBody<B> {
    fn default() -> Self {
        Self { body: Some(B::default()), exchange: None }
    }
}

impl<B: fmt::Debug> fmt::Debug for TracedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBody").field("body", &self.body).finish_non_exhaustive()
    }
}
