//! A service that calls another one, by reqwest and by hyper's client: one trace, in which every parent is right.

#[path = "loopback.rs"]
mod loopback;
#[path = "../support/mod.rs"]
mod support;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use loopback::{HEADER, ask, run, serve, until};
use reqwest_middleware::ClientBuilder;
use support::{Memory, findings_below};
use tower::{Layer, ServiceExt};
use xray_recorder::Recorder;
use xray_recorder::ext::http::Calls;
use xray_recorder::ext::http_client::SubsegmentLayer;
use xray_recorder::ext::reqwest::SubsegmentMiddleware;
use xray_recorder::ext::tower::SegmentLayer;
use xray_recorder_receiver::assemble;

fn recorder(service: &str) -> Recorder<Memory> {
    Recorder::builder().ignore_environment().service(service).transport(Memory::default()).build().unwrap()
}

#[test]
fn a_trace_goes_through_two_services_and_two_clients() {
    run(async {
        let (shop, stock) = (recorder("shop"), recorder("stock"));
        let books = Router::new().route("/books/{id}", get(|| async { "7" })).layer(SegmentLayer::new(stock));
        let url = format!("http://{}/books/7", serve(books).await);
        let cart = move || async move {
            let calls = Calls::new().name("by reqwest").downstream_is_traced();
            let client = ClientBuilder::new(reqwest::Client::new()).with(SubsegmentMiddleware::with(calls)).build();
            let by_reqwest = client.get(&url).send();
            let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
            let layer = SubsegmentLayer::with(Calls::new().name("by hyper").downstream_is_traced());
            let by_hyper = layer.layer(client).oneshot(Request::get(&url).body(Full::default()).unwrap());
            let (by_reqwest, by_hyper) = tokio::join!(by_reqwest, by_hyper);
            format!("{} {}", by_reqwest.unwrap().status(), by_hyper.unwrap().status())
        };
        let service = serve(Router::new().route("/cart", get(cart)).layer(SegmentLayer::new(shop))).await;
        let response = ask(service, &["GET /cart HTTP/1.1", &format!("X-Amzn-Trace-Id: {HEADER}")]).await;
        assert!(response.ends_with("200 OK 200 OK"), "{response}");

        until(|| shop.transport().sent().len() == 1 && stock.transport().sent().len() == 2).await;
        let datagrams: Vec<_> = [shop, stock].iter().flat_map(|service| service.transport().sent()).collect();
        assert_eq!(findings_below(&datagrams, &[loopback::PARENT]), []);
        let traces = assemble(&datagrams);
        assert_eq!(traces.len(), 1);
        let outline = traces[0].outline();
        let [one, other] = ["by reqwest", "by hyper"].map(|name| format!("  {name}\n    stock\n"));
        assert!([format!("shop\n{one}{other}"), format!("shop\n{other}{one}")].contains(&outline), "{outline}");
    });
}
