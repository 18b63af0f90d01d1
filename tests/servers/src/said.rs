//! What servers say when they are ready.

use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long a server may take until it is.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// What is found in the lines that a server says; all of them are read, so that it never waits.
pub(crate) fn heard(errors: ChildStderr, find: impl Fn(&str) -> Option<String> + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            if let Some(found) = find(&line) {
                let _ = tell.send(found);
            }
        }
    });
    told
}
