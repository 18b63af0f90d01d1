//! Trace ids in the lines of the layer `fmt`.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::{Subscriber, info, info_span};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{fmt, registry};
use xray_recorder::ext::tracing::{LogId, WithTraceId, XRayLayer};
use xray_recorder::testing::TestRecorder;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

/// A format as small as JSON gets: an object of one member, or of none.
struct Object;

impl<S, N> fmt::FormatEvent<S, N> for Object
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> fmt::FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &fmt::FmtContext<'_, S, N>,
        mut writer: fmt::format::Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        match event.metadata().target() {
            "empty" => writeln!(writer, "{{}}"),
            target => writeln!(writer, "{{\"target\":\"{target}\"}}"),
        }
    }
}

/// What the span `charge` of this trace is called in lines.
fn id_of_charge(kit: &TestRecorder) -> String {
    format!("{ROOT}@{}", kit.trace().find("charge").id())
}

#[test]
fn a_line_of_text_begins_with_the_ids_of_the_entity_it_was_written_in() {
    let (kit, lines) = (TestRecorder::new(), Lines::default());
    let format = fmt::format().with_target(false).with_level(false).without_time();
    let layer = fmt::layer().event_format(WithTraceId::text(format)).with_writer(lines.clone()).with_ansi(false);
    tracing::subscriber::with_default(registry().with(XRayLayer::builder().build()).with(layer), || {
        info!("before");
        kit.recorder().segment("checkout").header(&format!("Root={ROOT};Sampled=1")).in_segment(|_| {
            info_span!("charge").in_scope(|| info!("paid"));
        });
        kit.recorder()
            .segment("checkout")
            .header(&format!("Root={ROOT};Sampled=0"))
            .in_segment(|_| info!("not sampled"));
        kit.recorder().segment("checkout").sampled(false).in_segment(|_| info!("without a trace"));
    });
    let paid = format!("AWS-XRAY-TRACE-ID: {} charge: paid", id_of_charge(&kit));
    let not_sampled = format!("AWS-XRAY-TRACE-ID: {ROOT} not sampled");
    assert_eq!(lines.take(), ["before", &paid, &not_sampled, "without a trace"]);
}

#[test]
fn a_line_of_json_has_the_ids_as_its_first_member() {
    let (kit, lines) = (TestRecorder::new(), Lines::default());
    let layer = fmt::layer().event_format(WithTraceId::json(Object)).with_writer(lines.clone());
    tracing::subscriber::with_default(registry().with(XRayLayer::builder().build()).with(layer), || {
        info!(target: "before", "");
        kit.recorder().segment("checkout").header(&format!("Root={ROOT};Sampled=1")).in_segment(|_| {
            info_span!("charge").in_scope(|| {
                info!(target: "shop", "");
                info!(target: "empty", "");
            });
        });
    });
    let id = id_of_charge(&kit);
    let lines = lines.take();
    assert_eq!(lines[0], r#"{"target":"before"}"#);
    assert_eq!(lines[1], format!(r#"{{"traceId":"{id}","target":"shop"}}"#));
    assert_eq!(lines[2], format!(r#"{{"traceId":"{id}"}}"#));
    for line in lines {
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }
}

#[test]
fn the_ids_are_a_value_for_a_field() {
    let (kit, lines) = (TestRecorder::new(), Lines::default());
    let format = fmt::format().with_target(false).with_level(false).without_time();
    let layer = fmt::layer().event_format(format).with_writer(lines.clone()).with_ansi(false);
    tracing::subscriber::with_default(registry().with(XRayLayer::builder().build()).with(layer), || {
        kit.recorder().segment("checkout").header(&format!("Root={ROOT};Sampled=1")).in_segment(|_| {
            info_span!("charge").in_scope(|| info!(traceId = %LogId::current(), "paid"));
        });
    });
    assert_eq!(lines.take(), [format!("charge: paid traceId={}", id_of_charge(&kit))]);
}
