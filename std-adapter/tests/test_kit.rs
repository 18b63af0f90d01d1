//! The test kit: each assertion holds and fails as it should, and shows the trace when it does.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::json;
use xray_recorder::testing::{RecordedEntity, TestRecorder};
use xray_recorder::{Embed, HttpResponse, Namespace, OutgoingRequest, Sql};

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// A trace with something of everything.
fn shop() -> TestRecorder {
    let kit = TestRecorder::new();
    kit.recorder().segment("checkout").header(HEADER).in_segment(|segment| {
        segment.put_annotation("tenant", "acme").put_annotation("attempt", 2).set_user("u-17");
        segment.put_metadata("cart", &["book"]).put_metadata_in("shop", "open", &true);
        let error = segment.in_subsegment("db", |db| {
            kit.clock().advance(Duration::from_millis(5));
            db.set_namespace(Namespace::Remote).set_sql(&Sql { sanitized_query: Some("SELECT 'x'"), ..Sql::default() });
            let error = "x".parse::<u32>().unwrap_err();
            db.add_exception(&error);
            error
        });
        segment.add_exception(&error);
        let mut api = segment.begin_subsegment("api");
        api.set_namespace(Namespace::Aws)
            .set_http_request(&OutgoingRequest { url: Some("https://x.test/a?b"), ..OutgoingRequest::default() })
            .set_http_response(&HttpResponse { status: Some(429), content_length: None });
        api.end();
        segment.begin_subsegment("api").end();
        kit.clock().advance(Duration::from_millis(20));
    });
    kit
}

/// What an assertion says when it fails.
fn failure<R>(assertion: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(assertion)) else { panic!("it holds") };
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn each_assertion_holds_where_it_should() {
    let kit = shop();
    let trace = kit.trace();
    assert_eq!(trace.id(), "1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!((trace.outline().as_str(), trace.count()), ("checkout\n  db\n  api\n  api\n", 4));
    let segment = trace.segment("checkout");
    segment
        .is_segment()
        .has_annotation("tenant", "acme")
        .has_annotation("attempt", 2)
        .has_annotation("attempt", 2.0)
        .has_no_annotation("other")
        .has_user("u-17")
        .has_metadata("cart", &["book"])
        .has_metadata_in("shop", "open", &true)
        .has_fault()
        .has_no_error()
        .has_no_throttle()
        .has_no_subsegment("cache")
        .lasted(Duration::from_millis(25))
        .was_sent_alone()
        .is_caused_by(&segment.subsegment("db"));
    segment
        .subsegment("db")
        .is_remote()
        .has_fault()
        .has_exception("ParseIntError")
        .has_exception_message("invalid digit")
        .has_query("SELECT ?")
        .lasted(Duration::from_millis(5))
        .was_embedded()
        .has("/sql", json!({"sanitized_query": "SELECT ?"}));
    trace
        .find("api")
        .is_aws()
        .has_error()
        .has_throttle()
        .has_no_fault()
        .has_no_exception()
        .has_http_status(429)
        .has_url("https://x.test/a");
    assert_eq!(segment.subsegments("api").len(), 2);
    assert_eq!(segment.subsegment("db").parent().unwrap().id(), segment.id());
    assert!(segment.parent().is_none());
    assert_eq!(segment.annotation("tenant"), Some(&json!("acme")));
    assert_eq!(segment.metadata("cart"), Some(&json!(["book"])));
    kit.assert_all_ended();
}

#[test]
fn each_assertion_fails_with_what_it_wanted_and_what_there_is() {
    let kit = shop();
    let trace = kit.trace();
    let (segment, api) = (trace.segment("checkout"), trace.find("api"));
    type Assertion<'a> = (&'a str, &'a dyn Fn(&RecordedEntity));
    let cases: [Assertion<'_>; 17] = [
        ("has no throttle, and was to have one", &|it| {
            it.has_throttle();
        }),
        ("has a fault, and was to have none", &|it| {
            it.has_no_fault();
        }),
        ("has the annotation `tenant`: \"acme\", and was to have \"other\"", &|it| {
            it.has_annotation("tenant", "other");
        }),
        ("does not have the annotation `none`, and was to have 1", &|it| {
            it.has_annotation("none", 1);
        }),
        ("has the annotation `tenant`: \"acme\"", &|it| {
            it.has_no_annotation("tenant");
        }),
        ("has the metadata `default.cart`: [\"book\"], and was to have []", &|it| {
            it.has_metadata("cart", &[0_u8; 0]);
        }),
        ("has `/user`: \"u-17\", and was to have \"u-18\"", &|it| {
            it.has_user("u-18");
        }),
        ("does not have `/http/response/status`, and was to have 200", &|it| {
            it.has_http_status(200);
        }),
        ("does not have `/namespace`, and was to have \"remote\"", &|it| {
            it.is_remote();
        }),
        ("has no exception of the type `Timeout`", &|it| {
            it.has_exception("Timeout");
        }),
        ("has no exception that says `timeout`", &|it| {
            it.has_exception_message("timeout");
        }),
        ("has an exception: \"", &|it| {
            it.has_no_exception();
        }),
        ("lasted 25ms and not 1s", &|it| {
            it.lasted(Duration::from_secs(1));
        }),
        ("has ended", &|it| {
            it.is_in_progress();
        }),
        ("was sent alone", &|it| {
            it.was_embedded();
        }),
        ("has a subsegment `db`", &|it| {
            it.has_no_subsegment("db");
        }),
        ("has no subsegment `cache`", &|it| {
            it.subsegment("cache");
        }),
    ];
    for (what, assertion) in cases {
        let message = failure(|| assertion(&segment));
        assert!(message.starts_with(&format!("`checkout` {what}")), "{message}");
        // The picture of the trace, and the document.
        assert!(message.contains("└─") || message.contains("├─"), "{message}");
        assert!(message.contains("\"user\": \"u-17\""), "{message}");
    }
    assert!(failure(|| api.is_caused_by(&segment).name().len()).contains("does not refer to an exception"));
    assert!(failure(|| api.was_sent_alone().name().len()).contains("was embedded"));
    assert!(failure(|| api.is_segment().name().len()).contains("is no segment"));
    assert!(failure(|| trace.segment("db")).starts_with("there is no segment `db`\n\n"));
    assert!(failure(|| trace.find("nobody")).starts_with("there is no entity `nobody`\n\n"));
}

#[test]
fn the_kit_says_how_many_traces_there_are_and_what_is_open() {
    let kit = TestRecorder::new();
    kit.assert_nothing_sent();
    assert!(failure(|| kit.trace()).starts_with("0 traces were sent, and it was to be one"));
    let open = kit.recorder().begin_segment("open");
    kit.recorder().begin_segment("one").end();
    assert!(failure(|| kit.assert_all_ended()).starts_with("1 entities have not ended\n\n"));
    assert!(failure(|| kit.assert_nothing_sent()).contains("one"));
    open.end();
    let message = failure(|| kit.trace());
    assert!(
        message.starts_with("2 traces were sent") && message.contains("open") && message.contains("one"),
        "{message}"
    );
    assert_eq!(kit.traces().len(), 2);
}

#[test]
fn kits_do_not_know_of_each_other_and_give_the_same_bytes_each_run() {
    let bytes = || shop().recorder().transport().datagrams().iter().map(|it| it.bytes().to_vec()).collect::<Vec<_>>();
    let here = bytes();
    assert_eq!(here.len(), 1);
    assert_eq!(bytes(), here);
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(bytes)).collect();
    for there in threads {
        assert_eq!(there.join().unwrap(), here);
    }
}

#[test]
fn sends_fail_when_a_test_wants_them_to() {
    let kit = TestRecorder::with(|builder| builder.embed(Embed::Never));
    kit.fail_next_sends(1);
    kit.recorder().in_segment("checkout", |segment| {
        segment.begin_subsegment("lost").end();
        segment.begin_subsegment("kept").end();
    });
    let stats = kit.recorder().stats();
    assert_eq!((stats.failed, stats.sent), (1, 2));
    kit.trace().segment("checkout").has_no_subsegment("lost").subsegment("kept").was_sent_alone();
}

#[test]
fn an_entity_in_progress_is_one_that_has_not_ended() {
    let kit = TestRecorder::new();
    let mut segment = kit.recorder().begin_segment("long");
    segment.send_in_progress();
    kit.trace().segment("long").is_in_progress();
    assert!(failure(|| kit.trace().segment("long").lasted(Duration::ZERO).name().len()).contains("has not ended"));
    segment.end();
    assert!(failure(|| kit.trace().segment("long").is_in_progress().name().len()).contains("has ended"));
}
