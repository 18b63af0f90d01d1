//! Segments that are not sampled and are kept because they went wrong.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use xray_recorder::{Builder, Embed, KeepWhatWentWrong, Own, Recorder, Segment, Timestamp};

use crate::support::{Memory, SetClock, assert_settled, documents, findings_below};

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:1";

fn recorder(
    keep: KeepWhatWentWrong,
    choose: impl FnOnce(Builder<Own<Memory>>) -> Builder<Own<Memory>>,
) -> Recorder<Memory> {
    let builder = Recorder::builder().ignore_environment().describe_sdk(false).transport(Memory::default());
    let builder = builder.clock(SetClock::at(1_700_000_000_000_000, 0));
    choose(builder.keep_what_went_wrong(keep)).build().unwrap()
}

fn keeping(keep: KeepWhatWentWrong) -> Recorder<Memory> {
    recorder(keep, |builder| builder)
}

fn begin(recorder: Recorder<Memory>, name: &str) -> Segment {
    recorder.segment(name).header(HEADER).begin()
}

/// The names of the segments that were sent, after the strict judge saw them.
fn kept(recorder: Recorder<Memory>) -> Vec<String> {
    assert_settled(recorder.stats());
    assert_eq!(findings_below(&recorder.transport().sent(), &["53995c3f42cd8ad8"]), []);
    documents(recorder).iter().map(|document| document["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn faults_and_errors_are_kept_with_all_that_is_below_and_what_went_well_is_let_go() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10));
    for name in ["well", "fault", "error", "throttled", "exception"] {
        let mut segment = begin(recorder, name);
        let mut db = segment.begin_subsegment("db");
        db.put_annotation("rows", 7);
        db.begin_subsegment("connect").end();
        db.end();
        match name {
            "fault" => drop(segment.set_fault()),
            "error" => drop(segment.set_error()),
            "throttled" => drop(segment.set_throttle()),
            "exception" => drop(segment.add_exception(&std::io::Error::other("no"))),
            _ => {}
        }
    }
    assert_eq!(kept(recorder), ["fault", "error", "throttled", "exception"]);
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.sent, stats.let_go, stats.dropped), (15, 12, 3, 0));
    for document in documents(recorder) {
        let db = &document["subsegments"][0];
        assert_eq!((&db["name"], &db["annotations"]["rows"]), (&Value::from("db"), &Value::from(7)));
        assert_eq!(db["subsegments"][0]["name"], "connect");
        assert_eq!(document["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(document["parent_id"], "53995c3f42cd8ad8");
    }
}

#[test]
fn errors_are_let_go_where_only_faults_are_wanted() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10).errors(false));
    begin(recorder, "error").set_error();
    begin(recorder, "fault").set_fault();
    assert_eq!(kept(recorder), ["fault"]);
}

#[test]
fn a_panic_is_kept() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10));
    let panics = std::panic::catch_unwind(|| {
        recorder.segment("panic").header(HEADER).in_segment(|_| std::panic::resume_unwind(Box::new("of a test")))
    });
    assert!(panics.is_err());
    assert_eq!(kept(recorder), ["panic"]);
    assert_eq!(documents(recorder)[0]["fault"], true);
}

#[test]
fn what_takes_longer_than_wanted_is_kept() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10).slower_than(Duration::from_millis(500)));
    let start = Timestamp::from_secs(1_700_000_000);
    for (name, micros) in [("just", 500_000), ("slow", 500_001)] {
        begin(recorder, name).end_at(Timestamp::from_micros(start.as_micros() + micros));
    }
    assert_eq!(kept(recorder), ["slow"]);
}

#[test]
fn of_each_second_no_more_are_kept_than_wanted() {
    let clock: &'static SetClock = Box::leak(Box::new(SetClock::at(0, 0)));
    let recorder = recorder(KeepWhatWentWrong::per_second(2), |builder| builder.clock(clock));
    let end = |name: &str, second: u64| {
        clock.micros.store((1_700_000_000 + second) * 1_000_000, Ordering::Relaxed);
        let mut segment = begin(recorder, name);
        segment.set_fault();
        // When it says that it ended is of no matter.
        segment.end_at(Timestamp::from_secs(1_700_000_000 + u64::from(name < "e")));
    };
    ["a", "b", "c", "d"].into_iter().for_each(|name| end(name, 5));
    ["e", "f", "g"].into_iter().for_each(|name| end(name, 6));
    assert_eq!(kept(recorder), ["a", "b", "e", "f"]);
    assert_eq!(recorder.stats().let_go, 3);
}

#[test]
fn what_is_sampled_is_sent_whatever_becomes_of_it() {
    let recorder = keeping(KeepWhatWentWrong::per_second(0));
    recorder.segment("checkout").header("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1").begin().end();
    recorder.begin_segment("checkout").end();
    begin(recorder, "unsampled").set_fault();
    assert_eq!(kept(recorder).len(), 2);
    assert_eq!(recorder.stats().let_go, 1);
}

#[test]
fn the_services_called_see_that_it_is_not_sampled() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10));
    let segment = begin(recorder, "checkout");
    let call = segment.begin_subsegment("api");
    assert!(call.is_recorded() && !call.is_sampled() && call.context().is_none());
    let id = call.trace_header().header().parent().unwrap();
    let expected = format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={id};Sampled=0;Lineage=a:1");
    assert_eq!(call.trace_header().to_string(), expected);
    assert_eq!(
        call.trace_header().traceparent().unwrap().to_string(),
        format!("00-5759e988bd862e3fe1be46a994272793-{id}-00")
    );
    // By the ambient API too, and on another thread.
    call.run(|_| assert_eq!(xray_recorder::current().unwrap().trace_header().to_string(), expected));
    let reference = segment.handle();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = reference.begin_subsegment("other");
            assert!(other.trace_header().to_string().contains(";Sampled=0"));
        });
    });
}

#[test]
fn a_subsegment_that_finds_no_room_is_dropped_and_counted_in_a_segment_that_is_kept() {
    let recorder = recorder(KeepWhatWentWrong::per_second(10), |builder| builder.capacities(1_024, 1_024));
    let mut segment = begin(recorder, "checkout");
    for _ in 0..20 {
        segment.begin_subsegment("db").put_metadata("text", &"x".repeat(200));
    }
    segment.set_fault();
    segment.end();
    assert_eq!(kept(recorder), ["checkout"]);
    let stats = recorder.stats();
    assert!(stats.sent >= 2 && stats.dropped >= 10 && stats.datagrams == 1, "{stats:?}");
}

#[test]
fn a_subsegment_that_ends_after_its_segment_is_let_go() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10));
    let mut segment = begin(recorder, "checkout");
    let late = segment.begin_subsegment("late");
    segment.set_fault();
    segment.end();
    late.end();
    assert_eq!(kept(recorder), ["checkout"]);
    assert_eq!((recorder.stats().sent, recorder.stats().let_go, recorder.stats().dropped), (1, 1, 0));
}

#[test]
fn subsegments_are_embedded_although_they_are_to_be_sent_alone() {
    let recorder = recorder(KeepWhatWentWrong::per_second(10), |builder| builder.embed(Embed::Never));
    let mut segment = begin(recorder, "checkout");
    segment.begin_subsegment("db").end();
    segment.set_fault();
    segment.end();
    assert_eq!(kept(recorder), ["checkout"]);
    assert_eq!(documents(recorder)[0]["subsegments"][0]["name"], "db");
}

#[test]
fn nothing_of_it_is_sent_in_progress() {
    let recorder =
        recorder(KeepWhatWentWrong::per_second(10), |builder| builder.in_progress_after(Duration::from_secs(3_600)));
    let mut segment = begin(recorder, "checkout");
    let open = segment.begin_subsegment("db");
    let _shared = open.handle();
    assert_eq!(recorder.send_in_progress_older_than(Duration::ZERO), 0);
    open.end();
    segment.set_fault();
    segment.end();
    assert_eq!(kept(recorder), ["checkout"]);
}

#[test]
fn without_a_header_it_is_the_sampler_that_has_it_kept() {
    let none = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;
    let recorder = recorder(KeepWhatWentWrong::per_second(10), |builder| builder.sampling_rules(none).unwrap());
    recorder.begin_segment("fault").set_fault();
    recorder.segment("told").sampled(false).begin().set_fault();
    recorder.begin_segment("well").end();
    assert_eq!(kept(recorder), ["fault", "told"]);
    assert!(recorder.begin_segment("checkout").trace_header().to_string().ends_with(";Sampled=0"));
}

#[test]
fn what_is_begun_without_sampling_below_it_appears_nowhere() {
    let recorder = keeping(KeepWhatWentWrong::per_second(10));
    let mut segment = begin(recorder, "checkout");
    segment.begin_subsegment_without_sampling().begin_subsegment("below").end();
    segment.set_fault();
    segment.end();
    assert_eq!(kept(recorder), ["checkout"]);
    assert_eq!(documents(recorder)[0].get("subsegments"), None);
}
