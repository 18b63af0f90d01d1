//! A service that is called: it answers with the status of its path, and keeps the trace headers it was sent.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::future::pending;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{any, get};
use serde_json::Value;
use tokio::sync::Notify;
use xray_recorder::Recorder;
use xray_recorder_receiver::{Datagram, assemble};

use crate::loopback::{serve, text_of};
use crate::support::{Memory, findings};

/// The service called.
#[derive(Clone)]
pub(crate) struct Downstream {
    pub(crate) address: SocketAddr,
    told: Arc<Mutex<Vec<HeaderMap>>>,
    reached: Arc<Notify>,
}

impl Downstream {
    /// Answers `ok` at `/a/b`, a status at `/status/…`, leads from `/from` to `/a/b?token=hunter2`, never answers at
    /// `/never`, and at `/twice` only the second time.
    pub(crate) async fn start() -> Self {
        let told: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
        let keep = {
            let told = Arc::clone(&told);
            move |headers: HeaderMap, body: Bytes| async move {
                drop(body);
                told.lock().unwrap().push(headers);
                "ok"
            }
        };
        let reached: Arc<Notify> = Arc::default();
        let never = {
            let reached = Arc::clone(&reached);
            move || async move {
                reached.notify_one();
                pending::<()>().await;
            }
        };
        let statuses = Arc::new(AtomicU16::new(503));
        let twice = move || async move { StatusCode::from_u16(statuses.swap(200, Ordering::Relaxed)).unwrap() };
        let status = |Path(status): Path<u16>| async move { (StatusCode::from_u16(status).unwrap(), "body") };
        let service = Router::new()
            .route("/a/b", any(keep))
            .route("/status/{status}", get(status))
            .route("/from", get(|| async { Redirect::temporary("/a/b?token=hunter2") }))
            .route("/never", get(never))
            .route("/twice", get(twice));
        Self { address: serve(service).await, told, reached }
    }

    /// Waits until `/never` has been asked for.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What this header said in each request that `/a/b` got.
    pub(crate) fn told(&self, name: &str) -> Vec<Option<String>> {
        let told = self.told.lock().unwrap();
        told.iter().map(|headers| Some(headers.get(name)?.to_str().unwrap().to_owned())).collect()
    }
}

/// A URL at which nobody listens.
pub(crate) fn refused() -> String {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{nobody}/x")
}

/// The subsegments of the only segment that was sent, as the strict judge accepts them.
pub(crate) fn calls(recorder: Recorder<Memory>) -> Vec<Value> {
    let datagrams: Vec<Datagram> = recorder.transport().sent();
    assert_eq!(findings(&datagrams), []);
    assert!(!text_of(&datagrams).contains("hunter2"), "{datagrams:#?}");
    let trace = assemble(&datagrams).remove(0);
    let segment = trace.find_by_name("caller").unwrap();
    trace.children(segment).map(|call| call.json.clone()).collect()
}

/// The flags that are set.
pub(crate) fn flags(call: &Value) -> String {
    let set = ["error", "throttle", "fault"].into_iter().filter(|flag| call[*flag] == true);
    set.collect::<Vec<_>>().join(" ")
}
