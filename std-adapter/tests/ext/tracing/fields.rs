//! Fields of spans: which become annotations and metadata, and that by default no text leaves the process.

use std::fmt;

use serde_json::json;
use tracing::field::Empty;
use tracing::{Value, info_span, instrument};
use xray_recorder::ext::tracing::{FieldUse, XRayLayer, XRayLayerBuilder};
use xray_recorder::testing::{RecordedEntity, TestRecorder};

use super::{recorded, trace};

const SECRET: &str = "hunter2";

/// The only span that `work` makes.
fn span(builder: XRayLayerBuilder, work: impl FnOnce()) -> RecordedEntity {
    trace(builder, |_| work()).find("charge")
}

/// All that was sent, as text.
fn sent(kit: &TestRecorder) -> String {
    let datagrams = kit.recorder().transport().datagrams();
    datagrams.iter().map(|datagram| datagram.document().unwrap().to_value().to_string()).collect()
}

#[test]
fn numbers_and_booleans_are_metadata_and_text_is_nothing_by_default() {
    let charge = span(XRayLayer::builder(), || {
        let values = (7_u64, -7_i64, 0.5_f64, true);
        info_span!("charge", a = values.0, b = values.1, c = values.2, d = values.3, e = "text", f = ?"text", g = %"text");
    });
    charge.has("/metadata", json!({"default": {"a": 7, "b": -7, "c": 0.5, "d": true}}));
    assert_eq!(charge.json().get("annotations"), None);
}

#[test]
fn no_secret_leaves_the_process_by_default() {
    struct User;
    impl fmt::Debug for User {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "User {{ password: {SECRET} }}")
        }
    }
    #[instrument]
    fn sign_in(user: &User, password: &str, anything: &str, pin: u32, card_number: u64) {
        let _ = (user, password, anything, pin, card_number);
        tracing::Span::current().record("token", 271_828_u64);
        info_span!("query", db.statement = format!("SELECT 1 FROM users WHERE password = '{SECRET}'"));
        info_span!("request", url = format!("https://user:{SECRET}@example.com/?key={SECRET}"), http.target = SECRET);
        info_span!("a message", "the password is {SECRET}");
        // What is no error is nothing, and of an error nothing but what it says.
        tracing::warn!("the password is {SECRET}");
        tracing::error!(password = SECRET, headers = ?SECRET, "declined");
        tracing::debug!(
            target: "sqlx::query",
            summary = "SELECT 1 FROM users …",
            db.statement = format!("SELECT 1 FROM users WHERE password = '{SECRET}' AND pin = 271828"),
            elapsed_secs = 0.001
        );
    }
    let kit = recorded(XRayLayer::builder(), |_| sign_in(&User, SECRET, SECRET, 271_828, 271_828));
    let text = sent(&kit);
    assert_eq!(kit.trace().count(), 6);
    assert!(!text.contains(SECRET) && !text.contains("271828"), "{text}");
}

#[test]
fn text_that_is_asked_for_leaves_out_what_is_named_like_a_secret() {
    let kit = recorded(XRayLayer::builder().text_as_metadata(), |_| {
        info_span!(
            "charge",
            currency = "EUR",
            items = ?["book"],
            password = SECRET,
            api_key = ?SECRET,
            auth.header = %SECRET,
            session_id = SECRET,
            pass = SECRET,
            user.pass = SECRET,
            dbPwd = SECRET,
            accessKey = SECRET,
            authHeader = SECRET,
            jwtValue = SECRET,
            user.pin = 271_828
        );
    });
    let text = sent(&kit);
    assert!(!text.contains(SECRET) && !text.contains("271828"), "{text}");
    kit.trace().find("charge").has("/metadata/default", json!({"currency": "EUR", "items": r#"["book"]"#}));
}

#[test]
fn numbers_that_are_named_like_a_secret_in_any_spelling_are_nothing_by_default() {
    let charge = span(XRayLayer::builder(), || {
        info_span!(
            "charge",
            cardNumber = 271_828,
            cvv2 = 271_828,
            pinCode = 271_828,
            otpCode = 271_828,
            authCode = 271_828,
            pass = 271_828,
            passcode = 271_828,
            cc = 271_828,
            iban2 = 271_828,
            accountNumber = 271_828,
            authorId = 7,
            spanCount = 8
        );
    });
    charge.has("/metadata", json!({"default": {"authorId": 7, "spanCount": 8}}));
}

#[test]
fn what_is_named_becomes_what_it_is_named_for() {
    let builder = XRayLayer::builder().annotate(["tenant", "http.method", "attempt", "type"]).metadata(["note"]);
    let charge = span(builder, || {
        info_span!("charge", tenant = "acme", http.method = %"POST", attempt = 2, r#type = "card", note = ?"late", other = "x");
    });
    charge.has("/annotations", json!({"tenant": "acme", "http_method": "POST", "attempt": 2, "type": "card"}));
    charge.has("/metadata", json!({"default": {"note": "\"late\""}}));
}

#[test]
fn values_that_are_recorded_later_count_and_the_last_one_wins() {
    let charge = span(XRayLayer::builder().annotate(["tenant", "status"]), || {
        let span = info_span!("charge", tenant = "acme", status = Empty, rows = Empty, code = 1);
        span.record("status", "open");
        span.record("status", "paid").record("rows", 3).record("code", 2);
    });
    charge.has_annotation("tenant", "acme").has_annotation("status", "paid");
    charge.has_metadata("rows", &3).has_metadata("code", &2);
}

#[test]
fn a_rule_of_ones_own_replaces_all_others() {
    let builder = XRayLayer::builder().annotate(["a"]).fields_by(|span, field| match (span.name(), field) {
        ("charge", "b") => FieldUse::Annotation,
        ("charge", "c") => FieldUse::Metadata,
        _ => FieldUse::Nothing,
    });
    let charge = span(builder, || drop(info_span!("charge", a = 1, b = "two", c = "three")));
    charge.has("/annotations", json!({"b": "two"})).has("/metadata", json!({"default": {"c": "three"}}));
}

#[test]
fn some_names_are_instructions() {
    let kit = recorded(XRayLayer::builder().text_as_metadata(), |_| {
        info_span!("a", otel.name = "GET /orders", otel.kind = "client", otel.status_code = Empty)
            .record("otel.status_code", "ERROR");
        info_span!("b", xray.name = %"dynamo", xray.namespace = "aws", xray.trace_header = "no", otel.status_code = "OK");
        info_span!("c", otel.kind = ?"server", xray.name = Empty).record("xray.name", "too late");
        info_span!("d", db.system = "postgresql", db.query.text = "SELECT 1 FROM orders WHERE name = 'x'");
    });
    let trace = kit.trace();
    trace.find("GET /orders").is_remote().has_fault();
    trace.find("dynamo").is_aws().has_no_fault();
    assert_eq!(trace.find("c").json().get("namespace"), None);
    trace
        .find("d")
        .is_remote()
        .has_query("SELECT ? FROM orders WHERE name = ?")
        .has("/sql/database_type", "postgresql");
    for name in ["GET /orders", "dynamo", "c", "d"] {
        assert_eq!(trace.find(name).json().get("metadata"), None, "{name}");
    }
}

#[test]
fn values_that_are_odd_do_no_harm() {
    struct Failing;
    impl fmt::Display for Failing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("as far as")?;
            Err(fmt::Error)
        }
    }
    let builder = XRayLayer::builder().annotate(["text", "number", "long", "wide"]).text_as_metadata();
    let charge = span(builder, || {
        let long = "x".repeat(100_000);
        info_span!(
            "charge",
            text = display(Failing),
            number = f64::NAN,
            long = long.as_str(),
            wide = u128::MAX,
            beside = debug(&long),
            nothing = f64::INFINITY,
        );
    });
    charge.has_annotation("text", "as far as").has_no_annotation("number");
    charge.has_annotation("wide", u128::MAX.to_string().as_str());
    let error: &(dyn std::error::Error + 'static) = &fmt::Error;
    let value: &dyn Value = &error;
    let charge = span(XRayLayer::builder().annotate(["cause"]), || drop(info_span!("charge", cause = value)));
    charge.has_annotation("cause", "an error occurred when formatting an argument");
}
