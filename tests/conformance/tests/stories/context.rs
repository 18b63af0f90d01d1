//! The stories of both SDKs that have a current entity, told without handing entities on: by closures, threads and
//! futures. Those that are told by guards as well are in `python` and `node`.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use conformance::{HEADER, Teller};
use xray_recorder::{Exception, Frame, Namespace, Timestamp, TraceFuture};

stories! {
    the_python_story_of_one_segment_has_the_same_structure_by_closures: "py01_minimal" => one_segment;
    the_python_story_of_nested_subsegments_has_the_same_structure_by_closures: "py02_nested" => nested_subsegments;
    the_python_story_of_an_error_that_passes_two_closures_has_the_same_structure:
        "py04_exception_cause" => error_through_two;
    the_python_story_of_a_segment_that_ends_before_its_child_has_the_same_structure_by_closures:
        "py07_segment_closed_first" => segment_ends_first;
    the_python_story_of_subsegments_without_sampling_has_the_same_structure_by_closures:
        "py10_without_sampling" => without_sampling;
    the_python_story_of_names_with_other_characters_has_the_same_structure_by_closures: "py11_name_sanitise" => names;
    the_python_story_of_given_times_and_ids_has_the_same_structure_by_the_current_entity:
        "py18_end_time_and_traceid" => given_times_and_ids;
    the_python_story_of_an_entity_handed_to_three_threads_has_the_same_structure: "py23_threads" => three_threads;
    the_python_story_of_two_futures_at_once_has_the_same_structure: "py24_asyncio" => two_futures_at_once;
    the_python_story_of_captured_functions_has_the_same_structure_by_closures:
        "py29_capture_decorator" => captured_functions;
    the_node_story_of_subsegments_without_sampling_has_the_same_structure_by_closures:
        "node09_without_sampling" => without_sampling_first;
}

fn one_segment(teller: &Teller) {
    teller.recorder().in_segment("example.com", |_| ());
}

fn nested_subsegments(teller: &Teller) {
    teller.recorder().in_segment("root", |_| {
        xray_recorder::in_subsegment("local-work", |_| {
            xray_recorder::in_subsegment("api.example.com", |api| _ = api.set_namespace(Namespace::Remote));
        });
        xray_recorder::in_subsegment("s3", |s3| _ = s3.set_namespace(Namespace::Aws));
    });
}

#[derive(Debug)]
struct ValueError(&'static str);

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ValueError {}

/// Recorded wherever it passes: the second time it is the same, and becomes a reference.
fn error_through_two(teller: &Teller) {
    fn fails() -> Result<(), ValueError> {
        Err(ValueError("boom"))
    }
    let result = teller.recorder().in_segment("root", |_| {
        xray_recorder::in_subsegment("inner", |_| fails().inspect_err(|error| _ = xray_recorder::add_exception(error)))
            .inspect_err(|error| _ = xray_recorder::add_exception(error))
    });
    assert!(result.is_err());
}

fn segment_ends_first(teller: &Teller) {
    let late = teller.recorder().in_segment("root", |_| xray_recorder::begin_subsegment("late"));
    assert!(xray_recorder::current().is_none());
    late.end();
}

fn without_sampling(teller: &Teller) {
    teller.recorder().in_segment("root", |_| {
        xray_recorder::in_subsegment("kept", |_| ());
        xray_recorder::begin_subsegment_without_sampling().run(|dropped| {
            assert!(dropped.context().is_none());
            xray_recorder::in_subsegment("child-of-dropped", |child| assert!(child.context().is_none()));
        });
        assert!(xray_recorder::is_sampled());
    });
}

fn without_sampling_first(teller: &Teller) {
    teller.recorder().in_segment("root", |_| {
        xray_recorder::begin_subsegment_without_sampling().run(|_| xray_recorder::in_subsegment("uc", |_| ()));
        xray_recorder::in_subsegment("kept", |_| ());
    });
}

fn names(teller: &Teller) {
    teller.recorder().in_segment("DogTable?a=b;c*(d)!$~^<>e", |_| {
        xray_recorder::in_subsegment(r"a b_.:/%&#=+\-@é漢", |_| ());
    });
    assert_eq!(teller.recorder().stats().cut, 1);
}

fn given_times_and_ids(teller: &Teller) {
    let micros = Timestamp::from_micros;
    let segment = teller.recorder().segment("x").header(HEADER).start_time(micros(1_461_096_053_375_180)).begin();
    segment.handle().run(|| {
        let current = xray_recorder::current().expect("it is attached");
        current.begin_subsegment_at("y", micros(1_461_096_053_380_000)).end_at(micros(1_461_096_053_390_000));
    });
    segment.end_at(micros(1_461_096_053_404_200));
}

fn three_threads(teller: &Teller) {
    teller.recorder().in_segment("root", |_| {
        xray_recorder::in_subsegment("parent", |_| {
            let parent = xray_recorder::current().expect("it runs in one");
            for name in ["w0", "w1", "w2"] {
                thread::scope(|scope| {
                    scope.spawn(|| {
                        assert!(xray_recorder::current().is_none());
                        let attached = parent.attach();
                        xray_recorder::in_subsegment(name, |_| ());
                        drop(attached);
                        assert!(xray_recorder::current().is_none());
                    });
                });
            }
        });
    });
}

/// Not ready the first time it is polled.
async fn pause() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

async fn work(name: &'static str) {
    let itself = xray_recorder::current().and_then(|current| current.context());
    pause().await;
    assert_eq!(xray_recorder::current().and_then(|current| current.context()), itself, "{name} after a pause");
}

/// The segment's future polls the two by turns, so that both are open at once on one thread.
fn two_futures_at_once(teller: &Teller) {
    let request = async {
        let mut first = pin!(work("t0").in_subsegment("t0"));
        let mut second = pin!(work("t1").in_subsegment("t1"));
        poll_fn(|context| match (first.as_mut().poll(context), second.as_mut().poll(context)) {
            (Poll::Ready(()), Poll::Ready(())) => Poll::Ready(()),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            one_ready => panic!("both pause as often: {one_ready:?}"),
        })
        .await;
    };
    let mut request = pin!(request.in_segment(teller.recorder().segment("root")));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(request.as_mut().poll(&mut context), Poll::Pending);
    assert!(xray_recorder::current().is_none());
    assert_eq!((teller.recorder().stats().open, teller.recorder().stats().sent), (3, 0));
    assert_eq!(request.as_mut().poll(&mut context), Poll::Ready(()));
}

fn captured_functions(teller: &Teller) {
    teller.recorder().in_segment("root", |_| {
        assert_eq!(xray_recorder::in_subsegment("myfunc", |_| 1), 1);
        xray_recorder::in_subsegment("named", |named| {
            named.add_exception_details(&Exception {
                kind: "KeyError",
                message: "'x'",
                stack: &[
                    Frame { path: "<string>", line: Some(13), label: "<module>" },
                    Frame { path: "<string>", line: Some(10), label: "other" },
                ],
                working_directory: Some("/app"),
                ..Exception::default()
            });
        });
        xray_recorder::in_subsegment("block", |_| xray_recorder::put_annotation("k", "v"));
    });
}
