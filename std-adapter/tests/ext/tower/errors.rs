//! Errors of services: what they are called, which of them are the same, and what they may not say.

use std::error::Error;
use std::fmt;
use std::future::ready;

use axum::body::Body;
use http::{Request, Response};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use xray_recorder::ext::tower::{Failure, SegmentLayer};

use super::loopback::run;
use super::support::{document, recorder};

/// The document of a request whose service fails in the segment as `fail` does.
async fn failed<M, E: Failure<M>>(fail: impl Fn() -> E) -> Value {
    let recorder = recorder();
    let service = service_fn(|_: Request<()>| ready(Err::<Response<Body>, _>(fail())));
    assert!(SegmentLayer::<M>::new(recorder).layer(service).oneshot(Request::new(())).await.is_err());
    document(recorder)
}

#[derive(Debug)]
enum ShopError {
    Declined,
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined => f.write_str("declined by https://alice:hunter2@bank.example.com/?token=4242"),
        }
    }
}

impl Error for ShopError {}

/// Pays in a subsegment, which records the error.
fn pay() -> ShopError {
    xray_recorder::in_subsegment("pay", |pay| {
        pay.add_exception(&ShopError::Declined);
        ShopError::Declined
    })
}

#[test]
fn an_error_is_of_its_type_and_not_of_its_variant() {
    run(async {
        let document = failed(|| ShopError::Declined).await;
        assert_eq!(document["cause"]["exceptions"][0]["type"], "ShopError");
    });
}

#[test]
fn an_error_that_was_recorded_below_is_a_reference_to_where_it_was_told() {
    run(async {
        let plain = failed(pay).await;
        let boxed = failed(|| Box::<dyn Error + Send + Sync>::from(pay())).await;
        for document in [plain, boxed] {
            let below = &document["subsegments"][0]["cause"]["exceptions"];
            assert_eq!((below.as_array().unwrap().len(), &below[0]["type"]), (1, &json!("ShopError")));
            assert_eq!((&document["cause"], &document["fault"]), (&below[0]["id"], &json!(true)));
        }
    });
}

/// One of a chain of errors, of which the last but one has a secret.
#[derive(Debug)]
struct Link(usize);

const LINKS: usize = 25;

static CHAIN: [Link; LINKS] = {
    let mut chain = [const { Link(0) }; LINKS];
    let mut at = 0;
    while at < LINKS {
        chain[at] = Link(at);
        at += 1;
    }
    chain
};

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            at if at == LINKS - 2 => f.write_str("no answer from https://bank.example.com/?token=hunter2"),
            at => write!(f, "link {at}"),
        }
    }
}

impl Error for Link {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        CHAIN.get(self.0 + 1).map(|next| next as _)
    }
}

#[test]
fn what_caused_an_error_has_no_secrets_however_deep_it_is() {
    run(async {
        let text = failed(|| Link(0)).await["cause"].to_string();
        assert!(text.contains("no answer from https://bank.example.com/") && !text.contains("hunter2"), "{text}");
        assert!(text.contains("link 24") && !text.contains("link 12"), "{text}");
    });
}
