//! A recorder that sends to nobody, for what is counted and measured.

use std::convert::Infallible;

use xray_recorder::embedded_io::ErrorType;
use xray_recorder::{Own, Recorder, Transport};

/// A transport that takes everything and keeps nothing.
#[derive(Debug)]
pub struct Silent;

impl ErrorType for &Silent {
    type Error = Infallible;
}

impl Transport for &Silent {
    fn send(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A recorder that sends to nobody.
///
/// # Panics
///
/// Never: its settings are those of a server.
#[must_use]
pub fn recorder() -> Recorder<Silent> {
    let builder: xray_recorder::Builder<Own<Silent>> = Recorder::builder().ignore_environment().transport(Silent);
    builder.build().expect("a recorder with the defaults is built")
}
