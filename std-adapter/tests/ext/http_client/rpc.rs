//! tonic's channel below the layer.

use std::net::SocketAddr;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::{Layer, ServiceExt, service_fn};
use xray_recorder::TraceFuture;
use xray_recorder::ext::http::Calls;
use xray_recorder::ext::http_client::{SubsegmentLayer, SubsegmentService};

use super::downstream::{calls, flags};
use super::loopback::{run, until};
use super::support::recorder;
use super::unembedded;

type Client = HealthClient<SubsegmentService<Channel>>;

async fn serve(calls: Calls) -> (HealthReporter, Client) {
    let (reporter, health) = health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(Server::builder().add_service(health).serve_with_incoming(TcpIncoming::from(listener)));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    (reporter, HealthClient::new(SubsegmentLayer::with(calls).layer(channel)))
}

fn check(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[test]
fn calls_are_named_by_their_service_and_have_the_flags_of_their_status() {
    run(async {
        let recorder = recorder();
        let (_reporter, mut client) = serve(Calls::new()).await;
        let work = async {
            client.check(check("")).await.unwrap();
            client.check(check("no such service")).await.unwrap_err();
        };
        work.in_segment(recorder.segment("caller")).await;
        let calls = calls(recorder);
        for call in &calls {
            assert_eq!((&call["name"], &call["namespace"]), (&json!("grpc.health.v1.Health"), &json!("remote")));
            let request = json!({"method": "POST", "url": "/grpc.health.v1.Health/Check"});
            assert_eq!((&call["http"]["request"], &call["http"]["response"]["status"]), (&request, &json!(200)));
        }
        assert_eq!((flags(&calls[0]), calls[0].get("annotations")), (String::new(), None));
        assert_eq!(
            (flags(&calls[1]).as_str(), &calls[1]["annotations"]),
            ("error", &json!({"grpc_status": "NOT_FOUND"}))
        );
    });
}

#[test]
fn a_stream_ends_with_its_trailers_and_one_that_is_given_up_is_cancelled() {
    run(async {
        let recorder = unembedded();
        let (mut reporter, mut client) = serve(Calls::new().name("stock")).await;
        reporter.set_service_status("stock", ServingStatus::Serving).await;
        let work = async {
            let mut states = client.watch(check("stock")).await.unwrap().into_inner();
            states.next().await.unwrap().unwrap();
            assert_eq!(recorder.transport().sent().len(), 0);
            drop(states);
            until(|| recorder.transport().sent().len() == 1).await;
            let mut states = client.watch(check("stock")).await.unwrap().into_inner();
            states.next().await.unwrap().unwrap();
            reporter.clear_service_status("stock").await;
            assert!(states.next().await.is_none());
        };
        work.in_segment(recorder.segment("caller")).await;
        let calls = calls(recorder);
        assert_eq!((&calls[0]["name"], &calls[0]["annotations"]), (&json!("stock"), &json!({"cancelled": true})));
        assert_eq!((calls[1].get("annotations"), flags(&calls[1]).as_str()), (None, ""));
    });
}

#[test]
fn a_call_that_is_answered_without_a_status_is_unknown_and_a_fault() {
    let recorder = recorder();
    run(async {
        let answers = service_fn(|_: Request<()>| async {
            let response = Response::builder().header("content-type", "application/grpc");
            Ok::<_, std::convert::Infallible>(response.body(Full::new(&b"a book"[..])).unwrap())
        });
        let work = async {
            let response = SubsegmentLayer::new().layer(answers).oneshot(Request::new(())).await.unwrap();
            response.into_body().collect().await.unwrap();
        };
        work.in_segment(recorder.segment("caller")).await;
    });
    let call = &calls(recorder)[0];
    assert_eq!((flags(call).as_str(), &call["annotations"]), ("fault", &json!({"grpc_status": "UNKNOWN"})));
}
