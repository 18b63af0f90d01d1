//! The current entity: closures, references, threads.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use rayon::prelude::*;
use serde_json::json;
use support::{assert_each_once, assert_settled, document, findings, logged, recorder, traces};
use xray_recorder::{EntityHandle, Subsegment, current, current_segment, current_subsegment, in_current_context};

#[test]
fn closures_nest_and_each_has_the_parent_it_ran_in() {
    let recorder = recorder();
    let answer = recorder.in_segment("checkout", |segment| {
        segment.set_user("u-17");
        xray_recorder::put_annotation("tenant", "acme");
        xray_recorder::in_subsegment("outer", |outer| {
            outer.put_annotation("at", 1);
            xray_recorder::in_subsegment("inner", |_| xray_recorder::put_metadata("cart", &["book"]));
            xray_recorder::put_annotation("after", true);
        });
        xray_recorder::in_subsegment("second", |_| 42)
    });
    assert_eq!(answer, 42);
    assert!(current().is_none());
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  outer\n    inner\n  second\n");
    let document = document(recorder);
    assert_eq!(document["annotations"], json!({"tenant": "acme"}));
    assert_eq!(document["subsegments"][0]["annotations"], json!({"at": 1, "after": true}));
    assert_eq!(document["subsegments"][0]["subsegments"][0]["metadata"]["default"]["cart"], json!(["book"]));
}

#[test]
fn a_guard_never_changes_the_current_entity() {
    let recorder = recorder();
    recorder.in_segment("checkout", |segment| {
        let guard = segment.begin_subsegment("guard");
        assert_eq!(current().unwrap().context(), segment.context());
        xray_recorder::in_subsegment("sibling", |_| ());
        drop(guard);
        let ambient = xray_recorder::begin_subsegment("ambient");
        assert_eq!(current().unwrap().context(), segment.context());
        ambient.end();
    });
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  guard\n  sibling\n  ambient\n");
}

#[test]
fn a_panic_is_recorded_with_what_it_said_and_goes_on() {
    let recorder = recorder();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        recorder.in_segment("checkout", |_| {
            xray_recorder::in_subsegment("price", |_| -> () {
                panic!("no price for {}", std::hint::black_box("book"))
            });
        });
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<String>().unwrap(), "no price for book");
    assert!(current().is_none());
    let document = document(recorder);
    let below = &document["subsegments"][0];
    assert_eq!(below["fault"], true);
    assert_eq!(below["cause"]["exceptions"][0]["type"], "panic");
    assert_eq!(below["cause"]["exceptions"][0]["message"], "no price for book");
    // The same panic on its way up is a reference.
    assert_eq!(document["cause"], below["cause"]["exceptions"][0]["id"]);
    assert_eq!(document["fault"], true);
}

#[test]
fn an_attached_entity_is_current_until_its_guard_is_dropped() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    let subsegment = segment.begin_subsegment("price");
    let outer = segment.attach();
    assert_eq!(current().unwrap().context(), segment.context());
    assert!(current_subsegment().is_none());
    {
        let _inner = subsegment.attach();
        assert_eq!(current_subsegment().unwrap().context(), subsegment.context());
        assert_eq!(current_segment().unwrap().context(), segment.context());
        let nothing = xray_recorder::detach();
        assert!(current().is_none());
        drop(nothing);
        assert_eq!(current().unwrap().context(), subsegment.context());
    }
    assert_eq!(current().unwrap().context(), segment.context());
    drop(outer);
    assert!(current().is_none());
}

#[test]
fn the_segment_is_at_hand_from_any_depth() {
    let recorder = recorder();
    recorder.in_segment("checkout", |_| {
        xray_recorder::in_subsegment("a", |_| {
            xray_recorder::in_subsegment("b", |deep| {
                let deeper = deep.begin_subsegment("c");
                for handle in [current().unwrap(), deeper.handle().as_entity()] {
                    handle.segment().unwrap().set_user("u-17");
                }
            });
        });
    });
    assert_eq!(document(recorder)["user"], "u-17");
}

#[test]
fn a_write_to_an_entity_that_has_ended_is_refused_and_counted_and_its_child_is_sent_alone() {
    let recorder = recorder();
    let handle = recorder.in_segment("checkout", |segment| segment.handle());
    let lines = logged(|| {
        handle.put_annotation("late", 1).put_metadata("late", &1).set_user("late");
        handle.add_exception(&std::fmt::Error);
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the entity has ended"), "{lines:?}");
    assert_eq!(recorder.stats().refused, 4);
    handle.in_subsegment("late child", |_| ());
    assert_settled(recorder.stats());
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  late child\n");
    assert_eq!(recorder.stats().datagrams, 2);
    assert_eq!(findings(&recorder.transport().sent()), []);
}

#[test]
fn a_reference_and_the_guard_write_to_the_same_document() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    segment.put_metadata("private", &1);
    let handle = segment.handle();
    handle.put_annotation("by_reference", 1).put_metadata("list", &[1, 2]).put_metadata_in("ns", "k", "v").set_error();
    segment.put_annotation("by_guard", 2).put_metadata("shared", &2).put_metadata("list", &[3]);
    handle.set_origin("AWS::ECS::Container").put_aws("custom", &true);
    segment.end();
    let document = document(recorder);
    assert_eq!(document["annotations"], json!({"by_reference": 1, "by_guard": 2}));
    assert_eq!(document["metadata"], json!({"default": {"private": 1, "list": [3], "shared": 2}, "ns": {"k": "v"}}));
    assert_eq!((&document["error"], &document["aws"]["custom"]), (&json!(true), &json!(true)));
}

/// Begins subsegments that say who they and their parents are.
fn numbered(parent: &EntityHandle, number: u64, above: i64) -> Subsegment {
    let mut subsegment = parent.begin_subsegment("work");
    subsegment.put_annotation("n", number).put_annotation("p", above);
    subsegment
}

#[test]
fn work_on_plain_threads_has_the_parent_it_was_handed() {
    let recorder = recorder();
    recorder.in_segment("checkout", |segment| {
        segment.put_annotation("n", 0).put_annotation("p", -1);
        let here = current().unwrap();
        let barrier = Arc::new(Barrier::new(8));
        let workers: Vec<_> = (1..9)
            .map(|worker| {
                let (here, barrier) = (here.clone(), Arc::clone(&barrier));
                thread::spawn(move || {
                    let _attached = here.attach();
                    barrier.wait();
                    for round in 0..100 {
                        let number = worker * 1_000 + round * 2;
                        xray_recorder::in_subsegment("outer", |outer| {
                            outer.put_annotation("n", number).put_annotation("p", 0);
                            numbered(&current().unwrap(), number + 1, number as i64).end();
                        });
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().sent, 1 + 8 * 200);
    check_parents(&recorder.transport().sent());
}

/// Every entity is there once, under the parent that it names; numbers need not be dense.
fn check_parents(datagrams: &[xray_recorder_receiver::Datagram]) {
    for trace in xray_recorder_receiver::assemble(datagrams) {
        for entity in trace.entities() {
            let expected = entity.annotation("p").and_then(serde_json::Value::as_i64).unwrap();
            let parent =
                trace.parent(entity).and_then(|parent| parent.annotation("n").and_then(serde_json::Value::as_i64));
            assert_eq!(parent.unwrap_or(-1), expected);
        }
    }
}

#[test]
fn work_that_rayon_steals_has_the_parent_it_was_started_under() {
    let recorder = recorder();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    recorder.in_segment("checkout", |segment| {
        segment.put_annotation("n", 0).put_annotation("p", -1);
        let here = current().unwrap();
        pool.install(|| {
            (1..=100_u64).into_par_iter().for_each(|item| {
                here.run(|| {
                    xray_recorder::in_subsegment("item", |subsegment| {
                        subsegment.put_annotation("n", item).put_annotation("p", 0);
                        let here = current().unwrap();
                        rayon::join(
                            || numbered(&here, 100 + item, item as i64).end(),
                            || numbered(&here, 200 + item, item as i64).end(),
                        );
                    });
                });
            });
        });
    });
    assert_settled(recorder.stats());
    assert_each_once(&recorder.transport().sent(), 301);
}

#[test]
fn a_closure_carries_the_current_entity_to_a_thread_pool() {
    let recorder = recorder();
    let (queue, work) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
    let worker = thread::spawn(move || work.into_iter().for_each(|work| work()));
    for name in ["one", "two"] {
        recorder.in_segment(name, |_| {
            let (done, finished) = mpsc::channel();
            queue
                .send(Box::new(in_current_context(move || {
                    xray_recorder::in_subsegment("pooled", |_| ());
                    done.send(()).unwrap();
                })))
                .unwrap();
            finished.recv_timeout(support::DEADLINE).unwrap();
        });
    }
    drop(queue);
    worker.join().unwrap();
    let mut outlines: Vec<_> = traces(recorder).iter().map(xray_recorder_receiver::Trace::outline).collect();
    outlines.sort();
    assert_eq!(outlines, ["one\n  pooled\n", "two\n  pooled\n"]);
}

#[test]
fn what_is_not_sampled_hides_what_is_around_it() {
    let recorder = recorder();
    recorder.in_segment("sampled", |_| {
        recorder.segment("other").sampled(false).in_segment(|segment| {
            assert!(!segment.is_sampled() && !xray_recorder::is_sampled());
            xray_recorder::in_subsegment("hidden", |_| xray_recorder::put_annotation("k", "hidden"));
            assert_eq!(xray_recorder::trace_header().to_string(), "Sampled=0");
        });
        let quiet = xray_recorder::begin_subsegment_without_sampling();
        quiet.run(|_| xray_recorder::in_subsegment("hidden", |_| ()));
    });
    assert_eq!(traces(recorder)[0].outline(), "sampled\n");
}

#[test]
fn a_value_may_write_to_the_entity_it_is_put_on() {
    struct Ambient;
    impl serde::Serialize for Ambient {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            xray_recorder::put_annotation("inner", 1);
            xray_recorder::put_metadata("inner", &2);
            serializer.serialize_str("outer")
        }
    }
    support::within_deadline(|| {
        let recorder = recorder();
        recorder.in_segment("checkout", |segment| {
            xray_recorder::put_metadata("ambient", &Ambient);
            segment.put_metadata("guard", &Ambient);
        });
        let document = document(recorder);
        assert_eq!(document["metadata"]["default"], json!({"inner": 2, "ambient": "outer", "guard": "outer"}));
        assert_eq!(document["annotations"], json!({"inner": 1}));
    });
}
