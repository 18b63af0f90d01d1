//! moto's server: DynamoDB, S3, SQS, SNS, X-Ray and more.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

use crate::place::ran;
use crate::said::{DEADLINE, heard};
use crate::{Server, Unstarted};

const MISSING: &str = "there is no moto; install moto[server] from PyPI";

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
    let said = child.stderr.take().map(|errors| heard(errors, |line| address(line).map(str::to_owned)));
    let mut server = Server {
        url: String::new(),
        version: format!("moto {version}"),
        stop: Box::new(move || {
            let _ = child.kill();
            let _ = child.wait();
        }),
        _place: None,
    };
    let address = said.and_then(|said| said.recv_timeout(DEADLINE).ok());
    server.url = format!("http://{}", address.ok_or_else(|| io::Error::other("it says no address"))?);
    Ok(server)
}

/// Where a line says that it runs.
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
