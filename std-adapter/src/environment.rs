//! The environment: every variable this crate reads, in one place. Each is read once, when a recorder is made.
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `AWS_XRAY_DAEMON_ADDRESS` | `127.0.0.1:2000` | Where the daemon listens; see [`DaemonAddress`]. Wins over [`Builder::daemon_address`](crate::Builder::daemon_address). |
//! | `AWS_XRAY_TRACING_NAME` | none | The name of the service; see [`Recorder::service`](crate::Recorder::service). Wins over [`Builder::service`](crate::Builder::service), not over names given to segments. |
//!
//! The environment wins over code, as in all official SDKs. A variable that is empty counts as absent. One that cannot be
//! understood is an error of [`Builder::build`](crate::Builder::build); [`Recorder::new`](crate::Recorder::new), which must
//! not stop a program, takes the default and says so through `log`.

use std::env;

use crate::host::{DaemonAddress, InvalidDaemonAddress};

const DAEMON_ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";
const TRACING_NAME: &str = "AWS_XRAY_TRACING_NAME";

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) daemon_address: Option<Result<DaemonAddress, InvalidDaemonAddress>>,
    pub(crate) tracing_name: Option<String>,
}

impl Environment {
    /// Reads it.
    pub(crate) fn read() -> Self {
        // What is not Unicode becomes text that no address is, so that it is told and not passed over.
        Self::of(|variable| env::var_os(variable).map(|value| value.to_string_lossy().into_owned()))
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let present = |name| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            daemon_address: present(DAEMON_ADDRESS).map(|address| address.parse()),
            tracing_name: present(TRACING_NAME),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_and_empty_ones_are_absent() {
        let environment = Environment::of(|name| match name {
            "AWS_XRAY_DAEMON_ADDRESS" => Some("10.0.0.1:3000".to_owned()),
            _ => Some(" ".to_owned()),
        });
        assert_eq!(environment.daemon_address.unwrap().unwrap().udp(), "10.0.0.1:3000");
        assert_eq!(environment.tracing_name, None);
    }

    #[test]
    fn an_address_that_does_not_parse_is_told_apart_from_none() {
        let environment = Environment::of(|name| (name == DAEMON_ADDRESS).then(|| "nowhere".to_owned()));
        assert!(environment.daemon_address.unwrap().is_err());
    }
}
