//! reqwest: a subsegment for each call, through reqwest-middleware 0.5. With the feature `reqwest`, which builds with Rust
//! 1.87. reqwest itself has no place to hook into.
//!
//! [`SubsegmentMiddleware`] is the one line:
//!
//! ```
//! use reqwest_middleware::ClientBuilder;
//! use xray_recorder::ext::reqwest::SubsegmentMiddleware;
//!
//! let client = ClientBuilder::new(reqwest::Client::new()).with(SubsegmentMiddleware::new()).build();
//! # let _ = async move {
//! let book = client.get("https://stock.example.com/books/7").send().await?.text().await?;
//! # Ok::<(), reqwest_middleware::Error>(())
//! # };
//! ```
//!
//! # What is recorded
//!
//! * A subsegment of the entity that is current when the request is sent, `remote`, with the name of the host or as
//!   [`Calls::name`] says.
//! * `X-Amzn-Trace-Id` of the subsegment goes out with the request, and `traceparent` where one came in.
//! * Method and URL without query, user and password; status and length of the response, and the flags that follow: 4xx is an
//!   error, 429 throttle too, 5xx a fault.
//! * An error is an exception, with what caused it: a timeout, a connection that is refused. URLs in it lose what the others
//!   lose. A call that is given up has the annotation `cancelled`.
//! * reqwest follows redirects by itself: they are one subsegment, with the URL that was asked for, the last status, and where
//!   that came from in the metadata `redirected_to`. The header goes along.
//!
//! The subsegment ends when the head of the response has come: what reads the body has the response alone, and reqwest lets nobody
//! wrap it. The SDK for Python ends it with the body, as `requests` reads that by default.
//!
//! # Retries
//!
//! What is added last is called last: added after a middleware that retries, each try is a subsegment of its own, with a header
//! of its own; added before it, they are one.
//!
//! ```
//! # use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware};
//! # use xray_recorder::ext::http::{Calls, Ignore};
//! # use xray_recorder::ext::reqwest::SubsegmentMiddleware;
//! # fn client(retry: impl Middleware) -> ClientWithMiddleware {
//! let calls = Calls::new().ignore(Ignore::new().host("*.internal.example.com"));
//! ClientBuilder::new(reqwest::Client::new()).with(retry).with(SubsegmentMiddleware::with(calls)).build()
//! # }
//! ```

use async_trait::async_trait;
use http::Extensions;
use reqwest_middleware::reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::http::{Calls, Outgoing, Running, Traced, content_length, inject};
use crate::{HttpResponse, redact_url};

/// Begins a subsegment for each call of a client. See [`reqwest`](self).
#[derive(Clone, Debug, Default)]
pub struct SubsegmentMiddleware {
    calls: Calls,
}

impl SubsegmentMiddleware {
    /// A middleware with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A middleware that records calls as told.
    #[must_use]
    pub fn with(calls: Calls) -> Self {
        Self { calls }
    }

    fn begin(&self, request: &Request, extensions: &Extensions) -> Option<Traced> {
        let (method, url) = (request.method(), request.url());
        let outgoing = Outgoing { method, host: url.host_str(), path: url.path(), extensions, is_grpc: false };
        outgoing.begin(&self.calls, || url.as_str().to_owned())
    }

    fn end(&self, mut traced: Traced, asked: Option<Url>, result: &Result<Response>) {
        let Some(asked) = asked else { return };
        match result {
            Ok(response) => {
                self.calls.responded(&mut traced);
                let content_length = content_length(response.headers()).or_else(|| response.content_length());
                traced.set_response(&HttpResponse { status: Some(response.status().as_u16()), content_length });
                if without_fragment(response.url()) != without_fragment(&asked) {
                    traced.put_metadata("redirected_to", &redact_url(response.url().as_str()).to_string());
                }
            }
            Err(Error::Reqwest(error)) => traced.add_error(error),
            Err(Error::Middleware(error)) => traced.add_error(&**error),
        }
    }
}

/// What of a URL is asked for.
fn without_fragment(url: &Url) -> &str {
    let url = url.as_str();
    url.split_once('#').map_or(url, |(asked, _)| asked)
}

#[async_trait]
impl Middleware for SubsegmentMiddleware {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let traced = self.begin(&request, extensions);
        let mut asked = None;
        if let Some(traced) = &traced {
            inject(traced, &self.calls, request.headers_mut());
            asked = traced.is_recorded().then(|| request.url().clone());
        }
        let (result, traced) = Running::begin(traced, || next.run(request, extensions)).await;
        if let Some(traced) = traced {
            self.end(traced, asked, &result);
        }
        result
    }
}
