//! HTTP/1.1 to hosts nearby, which need no TLS and no pool: metadata endpoints and the daemon. A connection serves one
//! request, blocks, and ends by a deadline.

mod answer;
mod error;
#[cfg(test)]
pub(crate) mod scripted;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

pub(crate) use self::error::HttpError;

/// A request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// `GET`, `PUT` or `POST`.
    pub(crate) method: &'static str,
    /// The name the host is known by, where that is not its address.
    pub(crate) host: Option<&'a str>,
    /// From the slash on, escaped.
    pub(crate) path: &'a str,
    /// Beside `Host`, `Connection` and `Content-Length`.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// An answer of any status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// How much time there is for all that is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    begun: Instant,
    total: Duration,
}

impl Deadline {
    pub(crate) fn after(total: Duration) -> Self {
        Self { begun: Instant::now(), total }
    }

    /// The time that is left, more than none.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.total.checked_sub(self.begun.elapsed()).filter(|left| !left.is_zero())
    }
}

/// Sends a request on a connection of its own, and reads the answer, whose body has at most `limit` bytes. It returns by
/// the deadline, however slowly the other side reads and writes.
///
/// Redirections are not followed. A body may have a length, come in chunks, or end with the connection.
///
/// # Errors
///
/// [`HttpError`]. A status is none.
pub(crate) fn call(
    address: SocketAddr,
    request: &Request<'_>,
    deadline: Duration,
    limit: usize,
) -> Result<Response, HttpError> {
    let deadline = Deadline::after(deadline);
    let bytes = request.encode(address)?;
    let left = deadline.left().ok_or(HttpError::Unreachable(ErrorKind::TimedOut))?;
    let mut connection =
        TcpStream::connect_timeout(&address, left).map_err(|error| HttpError::Unreachable(error.kind()))?;
    write(&mut connection, &bytes, &deadline)?;
    answer::read(|piece| read(&mut connection, piece, &deadline), limit)
}

impl Request<'_> {
    fn encode(&self, address: SocketAddr) -> Result<Vec<u8>, HttpError> {
        // What is put in a line of its own must not begin another.
        let is_path = self.path.starts_with('/') && self.path.bytes().all(|byte| byte.is_ascii_graphic());
        let is_value = |value: &str| value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if !is_path || !self.host.is_none_or(is_value) || !self.headers.iter().all(|(_, value)| is_value(value)) {
            return Err(HttpError::InvalidRequest);
        }
        let mut head = format!("{} {} HTTP/1.1\r\nHost: ", self.method, self.path);
        match self.host {
            Some(host) => head.push_str(host),
            None => head.push_str(&address.to_string()),
        }
        head.push_str("\r\nConnection: close\r\n");
        if self.method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        for (name, value) in self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body);
        Ok(bytes)
    }
}

fn write(connection: &mut TcpStream, mut bytes: &[u8], deadline: &Deadline) -> Result<(), HttpError> {
    while !bytes.is_empty() {
        let left = deadline.left().ok_or(HttpError::TimedOut)?;
        let written = connection.set_write_timeout(Some(left)).and_then(|()| connection.write(bytes));
        match transferred(written)? {
            Some(0) => return Err(HttpError::Broken(ErrorKind::WriteZero)),
            written => bytes = bytes.get(written.unwrap_or(0)..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Reads some bytes; none when the other side has sent all it will.
fn read(connection: &mut TcpStream, piece: &mut [u8], deadline: &Deadline) -> Result<usize, HttpError> {
    loop {
        let left = deadline.left().ok_or(HttpError::TimedOut)?;
        let read = connection.set_read_timeout(Some(left)).and_then(|()| connection.read(piece));
        if let Some(length) = transferred(read)? {
            return Ok(length);
        }
    }
}

/// None where nothing has happened yet: the system's clock may be ahead of ours, and the deadline decides.
fn transferred(result: std::io::Result<usize>) -> Result<Option<usize>, HttpError> {
    match result {
        Ok(length) => Ok(Some(length)),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
            kind => Err(HttpError::Broken(kind)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::scripted::{Say, Scripted, promptly, refusing_address, response};
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(10);
    const GET: Request<'_> =
        Request { method: "GET", host: None, path: "/a?b=c", headers: &[("X-One", "1 2")], body: b"" };

    /// Whether the deadline has ended it: before there was a connection, where the machine is busy.
    fn is_late(answer: &Result<Response, HttpError>) -> bool {
        matches!(answer, Err(HttpError::TimedOut | HttpError::Unreachable(ErrorKind::TimedOut)))
    }

    #[test]
    fn a_request_is_sent_as_it_is_and_its_answer_comes_back() {
        let host = Scripted::new([response(200, "one"), response(503, "two")]);
        let answer = call(host.address(), &GET, LONG, 3).unwrap();
        assert_eq!(answer, Response { status: 200, body: b"one".to_vec() });
        let post = Request { method: "POST", host: Some("daemon.local:2000"), path: "/", headers: &[], body: b"{}" };
        assert_eq!(call(host.address(), &post, LONG, 3).unwrap().status, 503);
        let address = host.address();
        assert_eq!(
            host.asked(),
            [
                format!("GET /a?b=c HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX-One: 1 2\r\n\r\n"),
                "POST / HTTP/1.1\r\nHost: daemon.local:2000\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
                    .to_owned(),
            ]
        );
    }

    #[test]
    fn a_line_break_within_a_request_is_refused_before_anything_is_sent() {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        for (path, value) in [("/\r\nX: y", "a"), ("/a b", "a"), ("a", "a"), ("/", "a\r\nX: y"), ("/", "é")] {
            let request = Request { path, headers: &[("X-One", value)], ..GET };
            assert_eq!(call(nobody, &request, LONG, 1), Err(HttpError::InvalidRequest), "{path:?} {value:?}");
        }
    }

    #[test]
    fn where_nobody_listens_there_is_no_connection() {
        let (address, _held) = refusing_address();
        assert_eq!(call(address, &GET, LONG, 1).unwrap_err(), HttpError::Unreachable(ErrorKind::ConnectionRefused));
        assert_eq!(call(address, &GET, Duration::ZERO, 1).unwrap_err(), HttpError::Unreachable(ErrorKind::TimedOut));
    }

    #[test]
    fn who_never_answers_is_given_up_at_the_deadline() {
        let host = Scripted::new([Say::Nothing]);
        let address = host.address();
        assert!(is_late(&promptly(move || call(address, &GET, SHORT, 1))));
    }

    #[test]
    fn who_goes_on_saying_nothing_of_use_is_given_up_at_the_deadline() {
        let host = Scripted::new([Say::Forever(b"HTTP/1.1 100 Continue\r\n\r\n")]);
        let address = host.address();
        assert!(is_late(&promptly(move || call(address, &GET, SHORT, 1))));
    }

    #[test]
    fn who_never_reads_is_given_up_at_the_deadline() {
        let host = Scripted::new([Say::Deaf]);
        let address = host.address();
        let answer = promptly(move || {
            let body = vec![b'x'; 64 << 20];
            call(address, &Request { method: "POST", path: "/", headers: &[], body: &body, ..GET }, SHORT, 1)
        });
        assert!(is_late(&answer));
    }

    #[test]
    fn an_answer_with_a_length_does_not_wait_for_the_connection_to_close() {
        let host = Scripted::new([Say::AndStay(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())]);
        let address = host.address();
        assert_eq!(promptly(move || call(address, &GET, LONG, 2)).unwrap().body, b"ok");
    }

    #[test]
    fn a_connection_closed_without_a_word_is_no_answer() {
        let host = Scripted::new([Say::Bytes(Vec::new())]);
        assert_eq!(call(host.address(), &GET, LONG, 1), Err(HttpError::CutOff));
    }
}
