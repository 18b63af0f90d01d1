//! Futures: the current entity on each poll, whichever thread that is on.

mod support;

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use serde_json::json;
use support::{Dice, assert_each_once, assert_settled, document, documents, recorder, traces};
use xray_recorder::{TraceFuture, current, detach, in_current_context};

/// Gives way once.
fn yielded() -> impl Future<Output = ()> {
    let mut done = false;
    poll_fn(move |context| {
        if done {
            return Poll::Ready(());
        }
        done = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Polls to the end on this thread, and checks that nothing stays current in between.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let before = current().and_then(|entity| entity.context());
        let polled = future.as_mut().poll(&mut context);
        assert_eq!(current().and_then(|entity| entity.context()), before);
        if let Poll::Ready(output) = polled {
            return output;
        }
    }
}

type Boxed<'f> = Pin<Box<dyn Future<Output = ()> + 'f>>;

/// Polls many futures in an order that the dice say.
fn interleave(mut futures: Vec<Boxed<'_>>, dice: &mut Dice) {
    let mut context = Context::from_waker(Waker::noop());
    while !futures.is_empty() {
        let next = dice.below(futures.len());
        if futures[next].as_mut().poll(&mut context).is_ready() {
            drop(futures.swap_remove(next));
        }
    }
}

#[test]
fn a_future_is_in_its_entity_on_each_poll_and_nowhere_else() {
    let recorder = recorder();
    let answer = run(async {
        assert!(current().is_none());
        let price = async {
            xray_recorder::put_annotation("before", 1);
            yielded().await;
            xray_recorder::put_annotation("after", 2);
            42
        };
        price.in_subsegment("price").in_segment(recorder.segment("checkout")).await
    });
    assert_eq!(answer, 42);
    let document = document(recorder);
    assert_eq!(document["subsegments"][0]["annotations"], json!({"before": 1, "after": 2}));
}

#[test]
fn a_hundred_futures_joined_on_one_thread_are_siblings_with_children_of_their_own() {
    let recorder = recorder();
    let mut dice = Dice::new(3);
    run(async {
        xray_recorder::put_annotation("n", 0);
        xray_recorder::put_annotation("p", -1);
        let work = |item: u64| {
            async move {
                xray_recorder::put_annotation("n", item);
                xray_recorder::put_annotation("p", 0);
                yielded().await;
                let child = async {
                    yielded().await;
                    xray_recorder::put_annotation("n", 100 + item);
                    xray_recorder::put_annotation("p", item);
                };
                child.in_subsegment("child").await;
                yielded().await;
            }
            .in_subsegment("item")
        };
        let futures = (1..=100).map(|item| Box::pin(work(item)) as Boxed<'_>).collect();
        interleave(futures, &mut dice);
    }
    .in_segment(recorder.segment("checkout")));
    assert_settled(recorder.stats());
    assert_each_once(&recorder.transport().sent(), 201);
}

#[test]
fn tasks_of_a_work_stealing_runtime_have_the_parent_they_were_started_under() {
    let recorder = recorder();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(
        async {
            xray_recorder::put_annotation("n", 0);
            xray_recorder::put_annotation("p", -1);
            let tasks: Vec<_> = (1..=200_i64)
                .map(|item| {
                    let task = async move {
                        xray_recorder::put_annotation("n", item);
                        xray_recorder::put_annotation("p", 0);
                        for _ in 0..item % 7 {
                            tokio::task::yield_now().await;
                        }
                        let nested = async move {
                            tokio::task::yield_now().await;
                            xray_recorder::put_annotation("n", 200 + item);
                            xray_recorder::put_annotation("p", item);
                        };
                        // A task does not inherit what is current; a future by name takes it with it.
                        tokio::spawn(nested.in_subsegment("nested")).await.unwrap();
                        tokio::spawn(
                            async move {
                                assert!(current().is_some());
                                tokio::task::yield_now().await;
                                let own = xray_recorder::begin_subsegment("spawned");
                                own.handle().put_annotation("n", 400 + item).put_annotation("p", item);
                            }
                            .in_current_context(),
                        )
                        .await
                        .unwrap();
                    };
                    tokio::spawn(task.in_subsegment("task"))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        .in_segment(recorder.segment("checkout")),
    );
    assert_settled(recorder.stats());
    assert_each_once(&recorder.transport().sent(), 601);
}

#[test]
fn a_guard_held_across_an_await_never_changes_another_tasks_current_entity() {
    let recorder = recorder();
    let mut dice = Dice::new(11);
    for _ in 0..50 {
        let futures = (0..6)
            .map(|_| {
                let request = async {
                    let mine = current().unwrap().context();
                    let guard = xray_recorder::begin_subsegment("held");
                    yielded().await;
                    assert_eq!(current().unwrap().context(), mine);
                    let child = guard.begin_subsegment("child");
                    yielded().await;
                    drop(guard);
                    yielded().await;
                    assert_eq!(current().unwrap().context(), mine);
                    drop(child);
                };
                Box::pin(request.in_segment(recorder.segment("request"))) as Boxed<'_>
            })
            .collect();
        interleave(futures, &mut dice);
        assert!(current().is_none());
    }
    assert_settled(recorder.stats());
    for trace in traces(recorder) {
        assert_eq!(trace.outline(), "request\n  held\n    child\n");
    }
}

#[test]
fn a_future_dropped_half_way_ends_its_entity_and_says_so() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            xray_recorder::put_annotation("dropped", true);
        }
    }
    let recorder = recorder();
    let mut request = Box::pin(
        async {
            let _at_the_end = AtTheEnd;
            let _held = xray_recorder::begin_subsegment("held");
            pending::<()>().await;
        }
        .in_segment(recorder.segment("checkout")),
    );
    assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(request);
    assert!(current().is_none());
    let document = document(recorder);
    assert_eq!(document["annotations"], json!({"cancelled": true, "dropped": true}));
    assert_eq!(document["subsegments"][0]["name"], "held");
    assert_eq!(document["in_progress"], json!(null));
}

#[test]
fn a_future_that_is_never_polled_records_nothing_by_name() {
    let recorder = recorder();
    recorder.in_segment("checkout", |_| drop(ready(1).in_subsegment("never")));
    assert_eq!(traces(recorder)[0].outline(), "checkout\n");
}

#[test]
fn a_panic_in_a_future_is_recorded_and_goes_on() {
    let recorder = recorder();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            yielded().await;
            panic!("half way");
        }
        .in_subsegment("work")
        .in_segment(recorder.segment("checkout")));
    }));
    assert!(caught.is_err() && current().is_none());
    let document = document(recorder);
    let exception = &document["subsegments"][0]["cause"]["exceptions"][0];
    assert_eq!((&exception["type"], &exception["message"]), (&json!("panic"), &json!("half way")));
    assert_eq!(document["subsegments"][0]["annotations"], json!(null), "it was not cancelled");
    assert_eq!(document["cause"], exception["id"]);
}

#[test]
fn the_parent_is_the_entity_where_the_future_was_made_or_else_where_it_is_polled() {
    let recorder = recorder();
    let made_outside = async { yielded().await }.in_subsegment("made outside");
    let mut made_in_one = None;
    recorder.in_segment("one", |_| made_in_one = Some(ready(()).in_subsegment("made in one")));
    run(async {
        made_outside.await;
        made_in_one.take().unwrap().await;
    }
    .in_segment(recorder.segment("two")));
    let mut outlines: Vec<_> = traces(recorder).iter().map(xray_recorder_receiver::Trace::outline).collect();
    outlines.sort();
    assert_eq!(outlines, ["one\n  made in one\n", "two\n  made outside\n"]);
}

#[test]
fn a_future_runs_in_a_guard_or_in_a_reference_to_one() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    let guard = segment.begin_subsegment("guard");
    run(async { xray_recorder::put_annotation("k", 1) }.in_subsegment(guard));
    let kept = segment.begin_subsegment("kept");
    run(async { xray_recorder::put_annotation("k", 2) }.in_context(&kept.handle()));
    assert_eq!(recorder.stats().open, 3, "who was embedded goes with the segment");
    drop((kept, segment));
    let document = document(recorder);
    for (at, k) in [(0, 1), (1, 2)] {
        assert_eq!(document["subsegments"][at]["annotations"], json!({"k": k}));
    }
}

#[test]
fn futures_in_entities_can_be_sent_and_shared() {
    fn sent<T: Send + Sync>(_: &T) {}
    let recorder = recorder();
    let future = ready(()).in_subsegment("a").in_current_context().in_segment(recorder.segment("b"));
    sent(&future);
    run(future);
    assert_eq!(documents(recorder).len(), 1);
}

#[test]
fn a_waker_that_runs_elsewhere_finds_no_entity_there() {
    struct Elsewhere;
    impl Wake for Elsewhere {
        fn wake(self: Arc<Self>) {
            assert!(current().is_some(), "it is woken from within the poll");
        }
    }
    let recorder = recorder();
    let waker = Waker::from(Arc::new(Elsewhere));
    let mut future = Box::pin(yielded().in_segment(recorder.segment("checkout")));
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(current().is_none());
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn where_there_is_no_current_entity_none_is_carried_to_where_there_is_one() {
    let recorder = recorder();
    let outside = in_current_context(|| current().is_none());
    let mut outside_too = pin!(async { current().is_none() }.in_current_context());
    recorder.in_segment("request", |_| {
        let mut detached = pin!(async { current().is_none() }.detached());
        assert!(outside());
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(outside_too.as_mut().poll(&mut context), Poll::Ready(true));
        assert_eq!(detached.as_mut().poll(&mut context), Poll::Ready(true));
        // What is detached stays that, wherever its closures run.
        let nothing = detach();
        let carried = in_current_context(|| current().is_none());
        drop(nothing);
        assert!(current().is_some() && carried());
    });
}
