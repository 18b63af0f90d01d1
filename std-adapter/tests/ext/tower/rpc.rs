//! tonic: the status of a call is in headers or trailers.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};
use tonic::transport::{Channel, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::{Layer, ServiceExt, service_fn};
use xray_recorder::Recorder;
use xray_recorder::ext::tower::SegmentLayer;

use super::loopback::{HEADER, PARENT, ROOT, document, run};
use super::support::{Memory, recorder};

/// A service of tonic's below the layer, and a client that calls it.
async fn serve(recorder: Recorder<Memory>) -> (HealthReporter, HealthClient<Channel>) {
    let (reporter, health) = health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let layer = SegmentLayer::new(recorder)
        .client_ip(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
    let server = Server::builder().layer(layer).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    (reporter, HealthClient::new(channel))
}

fn check(service: &str) -> tonic::Request<HealthCheckRequest> {
    let mut request = tonic::Request::new(HealthCheckRequest { service: service.to_owned() });
    request.metadata_mut().insert("x-amzn-trace-id", HEADER.parse().unwrap());
    request
}

#[test]
fn a_call_that_succeeds_is_a_segment_without_flags() {
    run(async {
        let recorder = recorder();
        let (_reporter, mut client) = serve(recorder).await;
        let response = client.check(check("")).await.unwrap();
        let told = response.metadata().get("x-amzn-trace-id").unwrap();
        assert_eq!(told.to_str().unwrap(), format!("Root={ROOT}"));
        let document = document(recorder).await;
        assert_eq!((&document["trace_id"], &document["parent_id"]), (&json!(ROOT), &json!(PARENT)));
        let request = &document["http"]["request"];
        assert_eq!((&request["method"], &request["client_ip"]), (&json!("POST"), &json!("127.0.0.1")));
        let url = request["url"].as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/grpc.health.v1.Health/Check"), "{url}");
        assert_eq!(document["http"]["response"]["status"], 200);
        for member in ["error", "fault", "throttle", "annotations", "cause"] {
            assert_eq!(document.get(member), None);
        }
    });
}

#[test]
fn a_call_that_fails_says_whose_fault_it_was_though_its_http_status_is_200() {
    run(async {
        let recorder = recorder();
        let (_reporter, mut client) = serve(recorder).await;
        client.check(check("no such service")).await.unwrap_err();
        let document = document(recorder).await;
        assert_eq!(document["http"]["response"]["status"], 200);
        assert_eq!((&document["error"], document.get("fault")), (&json!(true), None));
        assert_eq!(document["annotations"], json!({"grpc_status": "NOT_FOUND"}));
    });
}

#[test]
fn a_stream_is_timed_until_its_trailers_have_come() {
    run(async {
        let recorder = recorder();
        let (mut reporter, mut client) = serve(recorder).await;
        reporter.set_service_status("stock", ServingStatus::Serving).await;
        let mut states = client.watch(check("stock")).await.unwrap().into_inner();
        states.next().await.unwrap().unwrap();
        assert_eq!(recorder.transport().sent().len(), 0);
        reporter.clear_service_status("stock").await;
        assert!(states.next().await.is_none());
        let document = document(recorder).await;
        assert_eq!(document["http"]["response"].get("content_length"), Some(&json!(7)));
        assert_eq!(document.get("annotations"), None::<&Value>);
    });
}

#[test]
fn a_stream_that_the_client_gives_up_is_cancelled() {
    run(async {
        let recorder = recorder();
        let (reporter, mut client) = serve(recorder).await;
        reporter.set_service_status("stock", ServingStatus::Serving).await;
        let mut states = client.watch(check("stock")).await.unwrap().into_inner();
        states.next().await.unwrap().unwrap();
        drop(states);
        assert_eq!(document(recorder).await["annotations"], json!({"cancelled": true}));
    });
}

#[test]
fn a_call_whose_body_ends_without_a_status_is_unknown_and_a_fault() {
    run(async {
        let unknown = json!({"grpc_status": "UNKNOWN"});
        for (http_status, flag, annotations) in [(200, "fault", unknown), (404, "error", Value::Null)] {
            let recorder = recorder();
            let answers = service_fn(move |_: http::Request<()>| async move {
                let response = http::Response::builder().status(http_status).header("content-type", "application/grpc");
                Ok::<_, std::convert::Infallible>(response.body(Full::new(&b"a book"[..])).unwrap())
            });
            let response = SegmentLayer::new(recorder).layer(answers).oneshot(http::Request::new(())).await.unwrap();
            response.into_body().collect().await.unwrap();
            let document = document(recorder).await;
            assert_eq!((&document[flag], &document["annotations"]), (&json!(true), &annotations));
        }
    });
}
