//! A response, from its head to the end of its body.

use std::error::Error;
use std::thread;

use bytes::Buf;
use http::{Response, StatusCode};
use http_body::{Body, Frame};

use super::grpc::{apply_status, is_grpc, miss_status};
use super::headers::content_length;
use super::traced::Traced;
use crate::HttpResponse;

/// What is known of a response before it comes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ext) struct Told {
    /// Whether it answers a `HEAD`, so that it has no body whatever it says of one.
    pub(in crate::ext) is_head: bool,
    /// Whether status and length are to be annotations too.
    pub(in crate::ext) annotates: bool,
}

/// A response that is being sent or received. Its entity ends when this is dropped.
pub(in crate::ext) struct Exchange {
    traced: Traced,
    status: u16,
    /// How long the body is, where that is known.
    length: Option<u64>,
    /// How much of it has passed.
    passed: u64,
    /// Whether trailers are to bring the status that counts.
    awaits_status: bool,
    has_no_body: bool,
    annotates: bool,
}

impl Exchange {
    /// Records the head. `None` where the rest matters to nobody: it is not recorded, and the whole body is there already.
    pub(in crate::ext) fn begin<B: Body>(traced: Traced, response: &Response<B>, told: Told) -> Option<Self> {
        let is_of_interest = traced.is_recorded() || response.body().size_hint().exact().is_none();
        is_of_interest.then(|| Self::record(traced, response, told))
    }

    fn record<B: Body>(mut traced: Traced, response: &Response<B>, told: Told) -> Self {
        let status = response.status();
        let has_no_body = told.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let (mut length, mut awaits_status) = (None, false);
        if traced.is_recorded() {
            let exact = || response.body().size_hint().exact().filter(|_| !has_no_body);
            length = content_length(response.headers()).or_else(exact);
            awaits_status = is_grpc(response.headers()) && !apply_status(&mut traced, response.headers());
        }
        let mut exchange = Self {
            traced,
            status: status.as_u16(),
            length,
            passed: 0,
            awaits_status,
            has_no_body,
            annotates: told.annotates,
        };
        exchange.tell(length);
        if exchange.annotates {
            exchange.traced.put_annotation("status", exchange.status);
        }
        exchange
    }

    fn tell(&mut self, length: Option<u64>) {
        self.traced.set_response(&HttpResponse { status: Some(self.status), content_length: length });
        if let (true, Some(length)) = (self.annotates, length) {
            self.traced.put_annotation("content_length", length);
        }
    }

    pub(super) fn has_no_body(&self) -> bool {
        self.has_no_body
    }

    /// Whether the status that counts is yet to come.
    #[cfg(feature = "http-client")]
    pub(in crate::ext) fn awaits_status(&self) -> bool {
        self.awaits_status
    }

    /// Runs `work`, which polls the body, with the entity as the current one.
    pub(super) fn catch<R>(&mut self, work: impl FnOnce() -> R) -> thread::Result<R> {
        self.traced.catch(work)
    }

    /// Sees a part of the body; gives whether it was the last one.
    pub(super) fn see<D: Buf>(&mut self, frame: &Frame<D>) -> bool {
        if let Some(data) = frame.data_ref() {
            self.passed = self.passed.saturating_add(data.remaining() as u64);
        }
        if let (true, Some(trailers)) = (self.awaits_status, frame.trailers_ref()) {
            self.awaits_status = !apply_status(&mut self.traced, trailers);
        }
        frame.is_trailers()
    }

    /// The whole body has passed.
    pub(super) fn end(mut self) {
        if self.length.is_none() && !self.has_no_body {
            self.tell(Some(self.passed));
        }
        // Another status of HTTP is of who stands between, and says itself whose fault it is.
        if self.awaits_status && self.status == StatusCode::OK && !self.has_no_body {
            miss_status(&mut self.traced);
        }
    }

    /// The body failed.
    pub(super) fn fail(mut self, error: &(dyn Error + 'static)) {
        self.traced.add_error(error);
    }

    /// The body is given up; `work` drops it. Where all of it had passed, nothing is amiss: who knows its length does not ask
    /// for its end.
    pub(super) fn give_up(self, work: impl FnOnce()) {
        if self.length.is_some_and(|length| self.passed >= length) {
            self.traced.clear(work);
        } else {
            self.traced.cancel(work);
        }
    }
}
