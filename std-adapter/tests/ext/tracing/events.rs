//! Events: errors are exceptions, queries of sqlx are subsegments, others are nothing unless they are asked for.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::{Dispatch, Level, Span, debug, dispatcher, error, info, info_span, instrument, warn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::{SqlxQueries, XRayLayer};
use xray_recorder::in_subsegment;
use xray_recorder::testing::TestRecorder;

use super::{support, trace};

#[derive(Debug)]
struct Declined(Expired);

#[derive(Debug)]
struct Expired;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the payment was declined")
    }
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card has expired")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Error for Expired {}

/// Type and message of each exception, from the outermost to what caused it.
fn chain(entity: &Value) -> Vec<(String, String)> {
    let exceptions = entity["cause"]["exceptions"].as_array().unwrap();
    let mut next = exceptions.iter().find(|outer| exceptions.iter().all(|other| other["cause"] != outer["id"]));
    let mut chain = Vec::new();
    while let Some(exception) = next {
        let text = |key: &str| exception[key].as_str().unwrap().to_owned();
        chain.push((text("type"), text("message")));
        next = exceptions.iter().find(|inner| exception["cause"] == inner["id"]);
    }
    chain
}

fn owned(chain: &[(&str, &str)]) -> Vec<(String, String)> {
    chain.iter().map(|(kind, message)| ((*kind).to_owned(), (*message).to_owned())).collect()
}

#[test]
fn an_error_is_an_exception_of_the_current_entity_with_its_sources_and_its_place() {
    let line = line!() + 4;
    let trace = trace(XRayLayer::builder(), |_| {
        info_span!("charge").in_scope(|| {
            let error = Declined(Expired);
            error!(error = &error as &(dyn Error + 'static), order = 17, "order {} failed", 17);
        });
    });
    let charge = trace.find("charge");
    charge.has_fault();
    let expected = [
        ("ErrorEvent", "order 17 failed"),
        ("Declined", "the payment was declined"),
        ("Expired", "the card has expired"),
    ];
    assert_eq!(chain(charge.json()), owned(&expected));
    let exceptions = charge.json()["cause"]["exceptions"].as_array().unwrap();
    let outermost = exceptions.iter().find(|exception| exception["type"] == "ErrorEvent").unwrap();
    let frame = &outermost["stack"][0];
    assert!(frame["path"].as_str().unwrap().ends_with("events.rs"), "{frame}");
    assert_eq!((frame["line"].as_u64(), &frame["label"]), (Some(u64::from(line)), &json!("ext_tracing::events")));
    assert_eq!(charge.json().get("metadata"), None);
    trace.segment("checkout").has_no_fault();
}

#[test]
fn an_error_may_say_no_more_than_its_message_or_its_error() {
    /// What it is called, how it is told, and what it becomes.
    type Case = (&'static str, fn(), &'static [(&'static str, &'static str)]);
    let cases: [Case; 6] = [
        ("message", || error!("declined"), &[("ErrorEvent", "declined")]),
        ("dyn", || error!(error = &Expired as &(dyn Error + 'static)), &[("Expired", "the card has expired")]),
        ("display", || error!(error = %Expired), &[("Error", "the card has expired")]),
        (
            "both",
            || error!(exception = %Expired, "declined"),
            &[("ErrorEvent", "declined"), ("Error", "the card has expired")],
        ),
        (
            "text and dyn",
            || error!(exception = &Expired as &(dyn Error + 'static), error = "as text"),
            &[("Expired", "the card has expired")],
        ),
        ("nothing", || error!(order = 17), &[("ErrorEvent", "ext_tracing::events")]),
    ];
    for (name, tell, expected) in cases {
        let trace = trace(XRayLayer::builder(), |_| info_span!("charge").in_scope(tell));
        assert_eq!(chain(trace.find("charge").json()), owned(expected), "{name}");
    }
}

#[test]
fn an_error_told_again_further_out_is_a_reference_to_where_it_was_told_first() {
    #[instrument(err)]
    fn charge() -> Result<(), Declined> {
        Err(Declined(Expired))
    }
    #[instrument(err)]
    fn pay() -> Result<(), Declined> {
        charge()
    }
    let trace = trace(XRayLayer::builder(), |_| assert!(pay().is_err()));
    let charge = trace.find("charge");
    assert_eq!(chain(charge.json()), owned(&[("Error", "the payment was declined")]));
    trace.find("pay").has_fault().is_caused_by(&charge);
}

#[test]
fn an_error_says_nothing_of_the_secrets_in_the_urls_it_names() {
    const URL: &str = "https://alice:hunter2@bank.example.com/pay?card=(hunter2)hunter2";
    #[instrument(err)]
    fn charge() -> Result<(), String> {
        Err(format!("no answer from url ({URL})"))
    }
    let trace = trace(XRayLayer::builder(), |_| {
        assert!(charge().is_err());
        let error = std::io::Error::other(URL);
        info_span!("pay").in_scope(|| error!(error = &error as &(dyn Error + 'static), "no answer from {URL}"));
    });
    let messages =
        |name: &str| chain(trace.find(name).json()).into_iter().map(|(_, message)| message).collect::<Vec<_>>();
    assert_eq!(messages("charge"), ["no answer from url (https://bank.example.com/pay)"]);
    assert_eq!(messages("pay"), ["no answer from https://bank.example.com/pay", "https://bank.example.com/pay"]);
}

#[test]
fn an_error_that_was_recorded_by_hand_and_is_told_again_is_a_reference() {
    #[instrument(err)]
    fn charge() -> Result<(), Declined> {
        in_subsegment("card", |card| {
            card.add_exception(&Declined(Expired));
            Err(Declined(Expired))
        })
    }
    let trace = trace(XRayLayer::builder(), |_| assert!(charge().is_err()));
    let card = trace.find("card");
    trace.find("charge").has_fault().is_caused_by(&card);
}

#[test]
fn an_error_is_of_the_most_specific_entity_or_of_the_span_it_names() {
    let trace = trace(XRayLayer::builder(), |_| {
        let elsewhere = info_span!("elsewhere");
        info_span!("charge").in_scope(|| {
            in_subsegment("by hand", |_| error!("by hand"));
            error!(parent: &elsewhere, "elsewhere");
        });
    });
    trace.find("charge").has_no_fault();
    trace.find("by hand").has_exception_message("by hand");
    trace.find("elsewhere").has_exception_message("elsewhere");
}

#[test]
fn an_error_without_an_entity_or_of_a_target_that_is_left_out_is_nothing() {
    let subscriber = Dispatch::new(registry().with(XRayLayer::builder().build()));
    dispatcher::with_default(&subscriber, || error!("outside"));
    let trace = trace(XRayLayer::builder().target("shop::noisy", tracing_core::LevelFilter::OFF), |_| {
        error!(target: "hyper::proto", "connection reset");
        error!(target: "shop::noisy", "as always");
        // As `tracing-log` tells of a record of the recorder's own.
        error!(target: "log", { log.target = "xray_recorder" }, "a segment is too large");
        warn!("no error");
    });
    trace.segment("checkout").has_no_fault().has_no_exception();
}

#[test]
fn a_record_of_the_crate_log_says_where_it_comes_from() {
    let trace = trace(XRayLayer::builder(), |_| {
        error!(
            target: "log",
            { log.target = "shop::db", log.file = "src/db.rs", log.line = 42_u64 },
            "no connection"
        );
    });
    let stack = json!([{"path": "src/db.rs", "line": 42, "label": "shop::db"}]);
    trace.segment("checkout").has("/cause/exceptions/0/stack", stack);
}

#[test]
fn other_events_are_lines_of_metadata_where_they_are_asked_for() {
    let tell = |_: &TestRecorder| {
        warn!(target: "shop", retries = 3, "slow");
        info!(target: "shop", "paid");
        debug!(target: "shop", "not that");
    };
    let with = trace(XRayLayer::builder().events(Level::INFO), tell);
    let lines = json!({"events": {"000000": "WARN shop: slow", "000001": "INFO shop: paid"}});
    with.segment("checkout").has("/metadata", lines).has_no_fault();
    assert_eq!(trace(XRayLayer::builder(), tell).segment("checkout").json().get("metadata"), None);
}

/// As sqlx tells of a query.
fn query(statement: &str, seconds: f64, rows: u64) {
    let summary: Vec<_> = statement.split_whitespace().take(4).collect();
    let summary = summary.join(" ");
    let elapsed = Duration::from_secs_f64(seconds.max(0.0));
    let is_all = summary == statement;
    let summary = if is_all { summary } else { format!("{summary} …") };
    let statement = if is_all { String::new() } else { format!("\n\n{statement}\n") };
    debug!(
        target: "sqlx::query",
        summary,
        db.statement = statement,
        rows_affected = 0_u64,
        rows_returned = rows,
        ?elapsed,
        elapsed_secs = seconds,
    );
}

#[test]
fn a_query_of_sqlx_is_a_finished_subsegment() {
    let queries = SqlxQueries::new().name("orders@db.example.com").database_type("PostgreSQL").user("shop");
    let trace = trace(XRayLayer::builder().sqlx(queries), |kit| {
        info_span!("charge").in_scope(|| {
            kit.clock().advance(Duration::from_millis(50));
            query("SELECT id FROM orders WHERE customer = 'alice' AND total > 100", 0.020, 3);
            kit.clock().advance(Duration::from_millis(10));
        });
    });
    let charge = trace.find("charge");
    charge.lasted(Duration::from_millis(60));
    let query = charge.subsegment("orders@db.example.com");
    query
        .is_remote()
        .lasted(Duration::from_millis(20))
        .has_metadata("rows_returned", &3)
        .has_metadata("rows_affected", &0);
    query.has_query("SELECT id FROM orders WHERE customer = ? AND total > ?");
    query.has("/sql/database_type", "PostgreSQL").has("/sql/user", "shop");
    let start = |entity: &Value| entity["start_time"].as_f64().unwrap();
    assert!((start(query.json()) - start(charge.json()) - 0.030).abs() < 1e-6);
}

#[test]
fn a_query_that_is_short_has_all_of_its_statement_in_the_summary() {
    let name = SqlxQueries::new().name_by(|statement| format!("db of {}", &statement[..6]));
    let trace = trace(XRayLayer::builder().sqlx(name), |_| query("COMMIT", 0.0, 0));
    trace.segment("checkout").subsegment("db of COMMIT").has_query("COMMIT");
}

#[test]
fn queries_are_recorded_at_any_level_of_spans_and_not_at_all_where_they_are_not_wanted() {
    let off = || XRayLayer::builder().level(tracing_core::LevelFilter::OFF);
    let tell = |_: &TestRecorder| query("SELECT 1", -1.0, 1);
    assert_eq!(trace(off(), tell).outline(), "checkout\n  sqlx\n");
    assert_eq!(trace(off().without_sqlx(), tell).outline(), "checkout\n");
}

#[test]
fn a_value_that_enters_spans_while_it_is_written_comes_to_an_end() {
    struct Telling(Span);
    impl fmt::Debug for Telling {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            // tracing itself hears no new spans and events from within; those that are there work.
            error!("not heard");
            self.0.in_scope(|| in_subsegment("from within", |_| f.write_str("told")))
        }
    }
    support::within_deadline(|| {
        let trace = trace(XRayLayer::builder().text_as_metadata(), |_| {
            let telling = Telling(info_span!("other"));
            let span = info_span!("charge", value = ?telling);
            span.in_scope(|| error!(error = ?telling, "outer"));
        });
        trace.find("charge").has_metadata("value", &"told").has_exception_message("told");
        assert_eq!(trace.find("other").subsegments("from within").len(), 2);
    });
}
