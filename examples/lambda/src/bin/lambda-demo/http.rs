//! As much of HTTP/1.1 as a function and its runtime speak with each other: bodies with a length, one request after the
//! other on a connection.

use std::io::{self, BufRead, Error, ErrorKind, Read, Write};

/// The longest head that is read, in bytes.
const MOST_HEAD: u64 = 16 * 1024;

/// The longest body that is read, in bytes: what Lambda takes as a response.
const MOST_BODY: u64 = 6 * 1024 * 1024;

/// A request as it was received.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// `GET`, `POST`.
    pub(crate) method: String,
    /// What stands behind the method.
    pub(crate) path: String,
    /// Names in lower case, and values.
    headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads one; none at the end of the connection.
    pub(crate) fn read(connection: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = connection.take(MOST_HEAD);
        let Some(first) = line(&mut head)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(path), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(invalid("the request line is none of HTTP/1.1"));
        };
        let mut request = Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() };
        loop {
            let field = line(&mut head)?.ok_or_else(|| invalid("the head has no end"))?;
            if field.is_empty() {
                break;
            }
            let (name, value) = field.split_once(':').ok_or_else(|| invalid("a header has no colon"))?;
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("transfer-encoding").is_some() {
            return Err(invalid("a body without a length is not read"));
        }
        if let Some(length) = request.header("content-length") {
            let length: u64 = length.parse().map_err(|_| invalid("the length is no number"))?;
            if length > MOST_BODY {
                return Err(invalid("the body is longer than a response of Lambda may be"));
            }
            let mut body = Vec::new();
            if connection.take(length).read_to_end(&mut body)? as u64 != length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            request.body = body;
        }
        Ok(Some(request))
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the connection is over with the answer.
    pub(crate) fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|connection| connection.eq_ignore_ascii_case("close"))
    }
}

/// The next line, without its end; none when there is nothing more.
fn line(head: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let line = line.strip_suffix("\r\n").ok_or_else(|| invalid("the head is too long, or a line of it has no end"))?;
    Ok(Some(line.to_owned()))
}

fn invalid(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// Names and values; `Content-Length` is added.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// An answer of JSON, without headers of its own.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    /// Writes it in one piece.
    pub(crate) fn write(&self, connection: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(512 + self.body.len());
        // The reason phrase may be empty, and nobody reads it.
        write!(bytes, "HTTP/1.1 {} \r\nContent-Type: application/json\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        write!(bytes, "Content-Length: {}\r\n\r\n", self.body.len())?;
        bytes.extend_from_slice(&self.body);
        connection.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Option<Request>> {
        Request::read(&mut text.as_bytes())
    }

    #[test]
    fn requests_follow_each_other_on_a_connection() {
        let text =
            "POST /a HTTP/1.1\r\nContent-Length: 2\r\nX-Amzn-Trace-Id:  Root=1 \r\n\r\n{}GET /b HTTP/1.1\r\n\r\n";
        let mut connection = text.as_bytes();
        let first = Request::read(&mut connection).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str(), first.body.as_slice()), ("POST", "/a", &b"{}"[..]));
        assert_eq!(first.header("x-amzn-trace-id"), Some("Root=1"));
        let second = Request::read(&mut connection).unwrap().unwrap();
        assert_eq!((second.method.as_str(), second.path.as_str(), second.body.len()), ("GET", "/b", 0));
        assert!(Request::read(&mut connection).unwrap().is_none());
    }

    #[test]
    fn what_is_no_request_is_an_error_and_no_panic() {
        let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
        for text in [
            "nonsense\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            &endless,
        ] {
            assert!(read(text).is_err(), "{:.40}", text);
        }
        assert!(Request::read(&mut &b"GET /\xff HTTP/1.1\r\n\r\n"[..]).is_err());
    }

    #[test]
    fn an_answer_is_written_with_its_length() {
        let mut bytes = Vec::new();
        let response = Response { headers: vec![("Name", "value".to_owned())], ..Response::json(202, "{}") };
        response.write(&mut bytes).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "HTTP/1.1 202 \r\nContent-Type: application/json\r\nName: value\r\nContent-Length: 2\r\n\r\n{}"
        );
    }
}
