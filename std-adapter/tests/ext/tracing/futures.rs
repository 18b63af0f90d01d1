//! Spans of futures: instrumented ones run in their own, whatever thread polls them and whatever else runs there.

use std::sync::Arc;

use tokio::sync::Barrier;
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, dispatcher, info_span, instrument};
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;
use xray_recorder::{TraceFuture, current, put_annotation};

use super::subscriber;

#[instrument(fields(xray.name = format!("step of {n}")))]
async fn step(n: u64) -> u64 {
    tokio::task::yield_now().await;
    put_annotation("n", n);
    n
}

#[instrument(fields(xray.name = format!("task {n}")))]
async fn task(n: u64, barrier: Arc<Barrier>) {
    for _ in 0..3 {
        // All tasks are under way at once, and go on on whatever thread is free.
        barrier.wait().await;
        assert_eq!(step(n).await, n);
        put_annotation("n", n);
    }
}

#[test]
fn tasks_that_run_at_once_on_several_threads_keep_to_their_spans() {
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    // The span of an instrumented function is made with the first poll: it takes the entity that is current there.
    let segment = kit.recorder().begin_segment("checkout");
    let spawned_under = segment.handle();
    runtime.block_on(
        async {
            let barrier = Arc::new(Barrier::new(16));
            let tasks: Vec<_> = (0..16)
                .map(|n| {
                    let task = task(n, Arc::clone(&barrier)).in_context(&spawned_under);
                    tokio::spawn(task.with_current_subscriber())
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        .with_subscriber(subscriber),
    );
    segment.end();
    kit.assert_all_ended();
    let trace = kit.trace();
    assert_eq!(trace.count(), 1 + 16 + 48);
    for n in 0..16_u64 {
        let task = trace.segment("checkout").subsegment(&format!("task {n}"));
        task.has_annotation("n", n);
        let steps = task.subsegments(&format!("step of {n}"));
        assert_eq!(steps.len(), 3);
        for step in steps {
            step.has_annotation("n", n);
        }
    }
}

#[tokio::test]
async fn futures_that_are_joined_are_siblings() {
    let kit = TestRecorder::new();
    let _default = dispatcher::set_default(&subscriber(XRayLayer::builder()));
    let work = async {
        let outside = current().unwrap().context();
        let joined = tokio::join!(step(1), step(2), async { current().unwrap().context() });
        assert_eq!((joined.0, joined.1), (1, 2));
        assert_eq!(joined.2, outside);
    };
    work.in_segment(kit.recorder().segment("checkout")).await;
    kit.assert_all_ended();
    let trace = kit.trace();
    trace.segment("checkout").subsegment("step of 1").has_annotation("n", 1);
    trace.segment("checkout").subsegment("step of 2").has_annotation("n", 2);
}

#[tokio::test]
async fn a_span_that_is_made_here_and_run_elsewhere_belongs_to_here() {
    let kit = TestRecorder::new();
    let _default = dispatcher::set_default(&subscriber(XRayLayer::builder()));
    let work = async {
        let spawned = async { xray_recorder::in_subsegment("inside", |_| ()) }.instrument(info_span!("spawned"));
        tokio::spawn(spawned).await.unwrap();
        // Without a span nothing is handed over.
        tokio::spawn(async { assert!(current().is_none()) }).await.unwrap();
    };
    work.in_segment(kit.recorder().segment("checkout")).await;
    kit.assert_all_ended();
    assert_eq!(kit.trace().outline(), "checkout\n  spawned\n    inside\n");
}

#[tokio::test]
async fn a_future_dropped_half_way_ends_its_spans() {
    let kit = TestRecorder::new();
    let _default = dispatcher::set_default(&subscriber(XRayLayer::builder()));
    let work = async {
        let never = async {
            let _below = info_span!("below");
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = never.instrument(info_span!("never")) => unreachable!("it never ends"),
            () = async {} => {}
        }
        assert_eq!(step(1).await, 1);
    };
    work.in_segment(kit.recorder().segment("checkout")).await;
    kit.assert_all_ended();
    let trace = kit.trace();
    trace.segment("checkout").subsegment("never").subsegment("below");
    trace.segment("checkout").subsegment("step of 1").has_no_fault();
}
