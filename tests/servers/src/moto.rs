//! moto's server: DynamoDB, S3, SQS, SNS, X-Ray and more.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::place::ran;
use crate::{Server, Unstarted};

const MISSING: &str = "there is no moto; install moto[server] from PyPI";

/// How long the server may take until it listens.
const DEADLINE: Duration = Duration::from_secs(60);

/// Starts it with a Python that has it.
///
/// # Errors
///
/// Where this Python does not have it, or it does not start.
pub fn start(python: impl AsRef<OsStr>) -> Result<Server, Unstarted> {
    let python = python.as_ref();
    let asked = "import moto, moto.server; print(moto.__version__)";
    let version = ran(Command::new(python).args(["-c", asked])).map_err(|_| Unstarted::Missing(MISSING.into()))?;
    run(Command::new(python).args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]), &version)
        .map_err(|error| Unstarted::Failed(format!("moto does not start: {error}")))
}

fn run(command: &mut Command, version: &str) -> io::Result<Server> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let heard = child.stderr.take().map(listen);
    let mut server = Server {
        url: String::new(),
        version: format!("moto {version}"),
        stop: Box::new(move || {
            let _ = child.kill();
            let _ = child.wait();
        }),
        _place: None,
    };
    let address = heard.and_then(|heard| heard.recv_timeout(DEADLINE).ok());
    server.url = format!("http://{}", address.ok_or_else(|| io::Error::other("it says no address"))?);
    Ok(server)
}

/// The address the server says it listens on; what else it says is read and let go, so that it never waits.
fn listen(errors: ChildStderr) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            if let Some(address) = address(&line) {
                let _ = tell.send(address.to_owned());
            }
        }
    });
    told
}

fn address(line: &str) -> Option<&str> {
    let (_, address) = line.split_once("Running on http://")?;
    address.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_in_the_line_that_says_where_it_runs() {
        assert_eq!(address(" * Running on http://127.0.0.1:40123"), Some("127.0.0.1:40123"));
        assert_eq!(address("127.0.0.1 - - \"POST / HTTP/1.1\" 200 -"), None);
    }
}
