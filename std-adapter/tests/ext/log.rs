//! Trace ids in the lines of loggers of the crate `log`.

use std::sync::Mutex;

use log::{Level, Log, Metadata, Record};
use xray_recorder::ext::log::WithTraceId;
use xray_recorder::testing::TestRecorder;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// A logger that keeps what it is handed, but for what is below `Info`.
#[derive(Default)]
struct Kept(Mutex<Vec<String>>);

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Info
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let place = (record.module_path().unwrap_or("-"), record.file().unwrap_or("-"), record.line().unwrap_or(0));
            let value = record.key_values().get("order".into());
            let order = value.map(|value| value.to_string()).unwrap_or_default();
            let line = format!("{} {} {place:?} {order}: {}", record.level(), record.target(), record.args());
            self.0.lock().unwrap().push(line);
        }
    }

    fn flush(&self) {
        self.0.lock().unwrap().push("flushed".to_owned());
    }
}

fn tell(logger: &dyn Log, level: Level, message: &str) {
    let values = [("order", 17)];
    logger.log(
        &Record::builder()
            .level(level)
            .target("shop")
            .module_path(Some("shop::db"))
            .file(Some("db.rs"))
            .line(Some(42))
            .key_values(&values)
            .args(format_args!("{message}"))
            .build(),
    );
}

#[test]
fn a_record_has_the_ids_before_its_message_and_keeps_everything_else() {
    let (kit, logger) = (TestRecorder::new(), WithTraceId::new(Box::new(Kept::default())));
    tell(&logger, Level::Info, "before");
    let id = kit.recorder().segment("checkout").header(&format!("Root={ROOT};Sampled=1")).in_segment(|segment| {
        tell(&logger, Level::Warn, "paid");
        tell(&logger, Level::Debug, "not wanted");
        segment.context().unwrap().id()
    });
    kit.recorder().segment("checkout").header(&format!("Root={ROOT};Sampled=0")).in_segment(|_| {
        tell(&logger, Level::Info, "not sampled");
    });
    logger.flush();
    assert!(logger.enabled(&Metadata::builder().level(Level::Info).build()));
    assert!(!logger.enabled(&Metadata::builder().level(Level::Debug).build()));
    let place = r#"shop ("shop::db", "db.rs", 42) 17"#;
    let expected = [
        format!("INFO {place}: before"),
        format!("WARN {place}: AWS-XRAY-TRACE-ID: {ROOT}@{id} paid"),
        format!("INFO {place}: AWS-XRAY-TRACE-ID: {ROOT} not sampled"),
        "flushed".to_owned(),
    ];
    assert_eq!(*logger.into_inner().0.lock().unwrap(), expected);
}
