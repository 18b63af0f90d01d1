//! What is logged where no entity is current. By itself, as a program has one logger.

use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};
use log::{Level, LevelFilter, Log, Metadata, Record};
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

/// Keeps what the recorder says.
struct Kept(Mutex<Vec<(Level, String)>>);

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("xray_recorder")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

#[tokio::test]
async fn to_presign_a_url_outside_of_an_entity_misses_nothing_and_a_call_does() {
    log::set_logger(&KEPT).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let server = Server::answering([Answer::says(200, &[], "object")]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).s3();

    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    client.get_object().bucket("carts").key("k").presigned(config).await.unwrap();
    assert_eq!(*KEPT.0.lock().unwrap(), []);

    client.get_object().bucket("carts").key("k").send().await.unwrap();
    let kept = KEPT.0.lock().unwrap();
    assert!(matches!(&kept[..], [(Level::Error, _)]), "{kept:?}");
}
