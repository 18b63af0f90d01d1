//! What a guard promises: when it ends, whose child it is, what it costs when it records nothing.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{mem, thread};

use serde_json::{Value, json};
use support::{Memory, SetClock, assert_settled, case, document, documents, findings, recorder, run_again, traces};
use xray_recorder::{
    AwsCall, AwsResource, Embed, EntityId, Exception, HttpResponse, IncomingRequest, Key, Link, Namespace,
    OutgoingHeader, OutgoingRequest, Recorder, Segment, Service, Sql, Subsegment, Timestamp, UdpTransport,
};
use xray_recorder_receiver::{Datagram, Trace};

#[test]
fn guards_are_send_and_sync_and_two_words_and_a_recorder_is_copy() {
    fn shared<T: Send + Sync>() {}
    fn copied<T: Copy + Send + Sync>() {}
    shared::<Segment>();
    shared::<Subsegment>();
    shared::<OutgoingHeader>();
    copied::<Recorder<Memory>>();
    copied::<Recorder<UdpTransport>>();
    assert_eq!(size_of::<Segment>(), 16);
    assert_eq!(size_of::<Subsegment>(), 16);
    assert_eq!(size_of::<Option<Subsegment>>(), 16);
}

#[test]
fn a_guard_ends_when_it_is_dropped_or_told_to() {
    let recorder = recorder();
    {
        let segment = recorder.begin_segment("checkout");
        {
            let _dropped = segment.begin_subsegment("dropped");
            assert_eq!(recorder.stats().open, 2);
        }
        segment.begin_subsegment("ended").end();
        assert!(recorder.transport().sent().is_empty());
    }
    assert_settled(recorder.stats());
    let document = document(recorder);
    let names: Vec<_> = document["subsegments"].as_array().unwrap().iter().map(|child| &child["name"]).collect();
    assert_eq!(names, ["dropped", "ended"]);
    assert_eq!(document.get("fault"), None);
}

#[test]
fn a_guard_dropped_by_a_panic_ends_with_fault_and_one_that_outlives_it_without() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    let calm = segment.begin_subsegment("calm");
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let outer = segment.begin_subsegment("outer");
        let _inner = outer.begin_subsegment("inner");
        resume_unwind(Box::new("on purpose"));
    }));
    assert!(caught.is_err());
    assert!(
        catch_unwind(AssertUnwindSafe(|| segment.in_subsegment("closure", |_| resume_unwind(Box::new(()))))).is_err()
    );
    calm.end();
    segment.end();
    assert_settled(recorder.stats());
    let trace = &traces(recorder)[0];
    let faults: Vec<_> = trace.entities().filter(|entity| entity.fault).map(|entity| entity.name.as_str()).collect();
    assert_eq!(faults, ["outer", "inner", "closure"]);
    assert_eq!(findings(&recorder.transport().sent()), []);
}

#[test]
fn times_that_are_told_are_kept_and_an_end_before_the_start_is_one_at_the_start() {
    let recorder = recorder();
    let at = Timestamp::from_secs;
    let segment = recorder.segment("checkout").start_time(at(1_700_000_000)).begin();
    segment.begin_subsegment_at("later", at(1_700_000_001)).end_at(at(1_700_000_002));
    segment.begin_subsegment_at("backwards", at(1_700_000_003)).end_at(at(1_700_000_002));
    segment.end_at(at(1_600_000_000));
    let document = document(recorder);
    let times = |entity: &Value| (entity["start_time"].as_f64().unwrap(), entity["end_time"].as_f64().unwrap());
    assert_eq!(times(&document), (1_700_000_000.0, 1_700_000_000.0));
    assert_eq!(times(&document["subsegments"][0]), (1_700_000_001.0, 1_700_000_002.0));
    assert_eq!(times(&document["subsegments"][1]), (1_700_000_003.0, 1_700_000_003.0));
}

#[test]
fn a_closure_runs_in_a_subsegment_and_gives_its_value_back() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    let price = segment.in_subsegment("price", |price| {
        price.put_annotation("currency", "EUR");
        price.in_subsegment("rate", |_| 6) * 7
    });
    assert_eq!(price, 42);
    segment.end();
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  price\n    rate\n");
    assert_eq!(document(recorder)["subsegments"][0]["annotations"]["currency"], "EUR");
}

#[test]
fn a_subsegment_without_sampling_never_appears_nor_do_those_below_it() {
    let recorder = recorder();
    let segment = recorder.segment("checkout").header("Lineage=a:1").begin();
    let context = segment.context().unwrap();
    let mut quiet = segment.begin_subsegment_without_sampling();
    quiet.put_annotation("key", 1).set_fault();
    let inner = quiet.begin_subsegment("inner");
    let innermost = inner.begin_subsegment_without_sampling();
    for header in [quiet.trace_header(), inner.trace_header(), innermost.trace_header()] {
        let (root, parent) = (context.trace_id(), context.id());
        assert_eq!(header.to_string(), format!("Root={root};Parent={parent};Sampled=0;Lineage=a:1"));
        assert!(header.traceparent().unwrap().to_string().ends_with(&format!("-{parent}-00")));
    }
    // Also when the parent has ended.
    segment.begin_subsegment("recorded").end();
    segment.end();
    inner.begin_subsegment("late").end();
    drop((quiet, inner, innermost));
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  recorded\n");
    assert_eq!(recorder.stats().begun, 2);
}

#[test]
fn every_call_on_a_guard_that_is_not_sampled_is_harmless() {
    let recorder = recorder();
    let never = || -> u8 { unreachable!("nobody records it") };
    let id = EntityId::new(7).unwrap();
    let mut segment = recorder.segment("checkout").sampled(false).begin();
    segment
        .put_annotation("key", 1)
        .put_annotation("bad key", f64::NAN)
        .put_annotation_with(Key::new("key"), never)
        .put_metadata("key", &1)
        .put_metadata_in("AWS.", "key", &1)
        .put_metadata_with("key", never)
        .put_aws("key", &1)
        .set_user("u-17")
        .set_origin("AWS::EC2::Instance")
        .set_resource_arn("arn")
        .set_service(&Service::default())
        .set_aws(&AwsResource::default())
        .set_http_request(&IncomingRequest::default())
        .set_http_response(&HttpResponse::default())
        .add_link(&Link { trace_id: "1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(), id, attributes: &[] })
        .apply_status(500)
        .set_error()
        .set_throttle()
        .set_fault()
        .set_cause_id(id)
        .send_in_progress();
    let mut child = segment.begin_subsegment_at("db", Timestamp::from_secs(1));
    child
        .set_namespace(Namespace::Aws)
        .set_sql(&Sql::default())
        .set_aws(&AwsCall::default())
        .set_http_request(&OutgoingRequest::default())
        .set_traced()
        .add_precursor(id);
    assert_eq!(child.add_exception(&std::fmt::Error), None);
    assert_eq!(child.add_exception_details(&Exception::default()), None);
    assert_eq!((child.is_sampled(), child.context(), child.json()), (false, None, None));
    assert!(!child.in_subsegment("closure", |inner| inner.is_sampled()));
    child.end_at(Timestamp::from_secs(0));
    thread::spawn(move || segment.end()).join().unwrap();
    assert_eq!(recorder.stats(), xray_recorder::Stats::default());
}

#[test]
fn a_segment_sent_in_progress_and_then_complete_is_one_of_each() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    segment.begin_subsegment("before").end();
    let mut during = segment.begin_subsegment("during");
    during.send_in_progress();
    segment.put_annotation("step", 1).send_in_progress();
    let stats = recorder.stats();
    assert_eq!((stats.open, stats.sent, stats.datagrams), (3, 0, 2));
    assert_eq!(stats.bytes as usize, recorder.transport().sent().iter().map(Datagram::len).sum::<usize>());
    segment.put_annotation("step", 2);
    during.end();
    segment.end();

    assert_settled(recorder.stats());
    assert_eq!(findings(&recorder.transport().sent()), []);
    let documents = documents(recorder);
    let progress: Vec<_> = documents.iter().map(|document| document.get("in_progress").is_some()).collect();
    assert_eq!(progress, [true, true, false]);
    assert_eq!(documents[1]["id"], documents[2]["id"]);
    let trace = &traces(recorder)[0];
    assert_eq!(trace.outline(), "checkout\n  before\n  during\n");
    assert!(trace.entities().all(|entity| !entity.in_progress));
    assert_eq!(trace.find_by_name("checkout").unwrap().annotation("step"), Some(&json!(2)));
}

#[test]
fn a_document_in_progress_that_cannot_be_sent_loses_nothing() {
    let recorder = Recorder::builder().transport(Memory::failing_each(1)).build().unwrap();
    let mut segment = recorder.begin_segment("checkout");
    let child = segment.begin_subsegment("db");
    segment.send_in_progress();
    let stats = recorder.stats();
    assert_eq!((stats.open, stats.failed, stats.datagrams), (2, 0, 0));
    drop((segment, child));
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().failed, 2);
}

#[test]
fn a_subsegment_that_outlives_its_segment_is_sent_alone_under_it() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    let child = segment.begin_subsegment("child");
    let grandchild = child.begin_subsegment("grandchild");
    let (trace_id, id) = (segment.context().unwrap().trace_id(), segment.context().unwrap().id());
    segment.end();
    // It may even have children of its own yet.
    let born_late = child.begin_subsegment("born late");
    born_late.end();
    grandchild.end();
    child.end();
    let documents = documents(recorder);
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[1]["type"], "subsegment");
    assert_eq!(documents[1]["trace_id"], trace_id.to_string());
    assert_eq!(documents[1]["parent_id"], id.to_string());
    assert_eq!(findings(&recorder.transport().sent()), []);
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  child\n    grandchild\n    born late\n");
    assert_settled(recorder.stats());
}

#[test]
fn how_many_subsegments_a_document_embeds_is_a_choice() {
    // With four, two pairs are embedded and three sent alone.
    let modes = [
        (Embed::IfFits, 1),
        (Embed::AtMost(100), 1),
        (Embed::AtMost(10), 1),
        (Embed::AtMost(4), 4),
        (Embed::Never, 11),
    ];
    for (embed, datagrams) in modes {
        let builder = Recorder::builder().describe_sdk(false).transport(Memory::default()).embed(embed);
        let recorder = builder.clock(SetClock::at(1_700_000_000_000_000, 1)).build().unwrap();
        let segment = recorder.begin_segment("checkout");
        // Five with one below each: a subsegment brings its own along.
        for _ in 0..5 {
            segment.in_subsegment("outer", |outer| outer.in_subsegment("inner", |_| ()));
        }
        segment.end();
        assert_settled(recorder.stats());
        assert_eq!(findings(&recorder.transport().sent()), []);
        assert_eq!(traces(recorder)[0].outline(), format!("checkout\n{}", "  outer\n    inner\n".repeat(5)));
        assert_eq!(recorder.stats().datagrams, datagrams, "{embed:?}");
    }
}

#[test]
fn two_recorders_on_one_thread_count_and_send_apart() {
    let (one, other) = (recorder(), recorder());
    let outer = one.begin_segment("one");
    for _ in 0..3 {
        let inner = other.begin_segment("other");
        outer.begin_subsegment("of one").end();
        inner.begin_subsegment("of other").end();
        inner.end();
    }
    outer.end();
    assert_eq!((one.stats().sent, one.stats().datagrams), (4, 1));
    assert_eq!((other.stats().sent, other.stats().datagrams), (6, 3));
    assert_settled(one.stats());
    assert_settled(other.stats());
    assert_eq!(traces(one)[0].outline(), "one\n  of one\n  of one\n  of one\n");
    assert!(traces(other).iter().map(Trace::outline).all(|outline| outline == "other\n  of other\n"));
}

#[test]
fn a_guard_that_is_forgotten_stays_open_and_spoils_nothing() {
    let recorder = recorder();
    let segment = recorder.begin_segment("checkout");
    mem::forget(segment.begin_subsegment("forgotten"));
    segment.begin_subsegment("db").end();
    segment.end();
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.sent, stats.open), (3, 2, 1));
    assert_eq!(traces(recorder)[0].outline(), "checkout\n  db\n");
}

#[test]
fn the_service_is_named_by_the_environment_before_code() {
    const TEST: &str = "the_service_is_named_by_the_environment_before_code";
    let named = |name: &str| {
        let own = Recorder::builder().service("code").transport(Memory::default()).build().unwrap();
        assert_eq!(own.service(), name);
        // A name that a segment is given is its own.
        own.begin_segment("given").end();
        own.begin_segment(own.service()).end();
        let names: Vec<_> =
            documents(own).iter().map(|document| document["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["given", name]);
    };
    match case().as_deref() {
        None => {
            run_again(TEST, "set", &[("AWS_XRAY_TRACING_NAME", "orders")]);
            run_again(TEST, "not set", &[]);
        }
        Some("set") => {
            named("orders");
            assert_eq!(Recorder::new().service(), "orders");
        }
        Some(_) => {
            named("code");
            assert_eq!(Recorder::new().service(), "service");
        }
    }
}
