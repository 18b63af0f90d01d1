//! Reading an answer, of which the bytes come in pieces.

use super::{HttpError, Response};

/// Bytes of the longest status line and headers.
const MAX_HEAD: usize = 16 * 1024;

/// The most headers.
const MAX_HEADERS: usize = 64;

/// Bytes of the longest line that says how long a chunk is: extensions may stand there, and are not read.
const MAX_CHUNK_LINE: usize = 1024;

/// Bytes that are asked for at once.
const PIECE: usize = 4096;

/// Reads the answer, by `read`, which puts some bytes into the piece it is given and tells how many; zero are the end.
pub(super) fn read(
    read: impl FnMut(&mut [u8]) -> Result<usize, HttpError>,
    limit: usize,
) -> Result<Response, HttpError> {
    Incoming { read, bytes: Vec::new() }.response(limit)
}

struct Incoming<F> {
    read: F,
    /// What has come and is not used yet.
    bytes: Vec<u8>,
}

/// What stands before the body.
#[derive(Debug)]
struct Head {
    status: u16,
    length: usize,
    framing: Framing,
}

/// How long the body is.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Length(u64),
    Chunked,
    UntilClosed,
}

impl<F: FnMut(&mut [u8]) -> Result<usize, HttpError>> Incoming<F> {
    fn response(&mut self, limit: usize) -> Result<Response, HttpError> {
        let head = loop {
            let head = self.head()?;
            self.bytes.drain(..head.length);
            // An answer that is not the last: 100 Continue, 103 Early Hints.
            if head.status >= 200 {
                break head;
            }
        };
        let mut body = Vec::new();
        match head.framing {
            _ if matches!(head.status, 204 | 304) => {}
            Framing::Length(length) => self.take(length, &mut body, limit)?,
            Framing::Chunked => self.chunks(&mut body, limit)?,
            Framing::UntilClosed => {
                while self.bytes.len() <= limit && self.more()? {}
                if self.bytes.len() > limit {
                    return Err(HttpError::TooLarge(limit));
                }
                body.append(&mut self.bytes);
            }
        }
        Ok(Response { status: head.status, body })
    }

    /// Waits for more bytes; whether there are any.
    fn more(&mut self) -> Result<bool, HttpError> {
        let mut piece = [0; PIECE];
        let length = (self.read)(&mut piece)?;
        self.bytes.extend_from_slice(piece.get(..length).unwrap_or_default());
        Ok(length > 0)
    }

    /// Waits for bytes that must come.
    fn some(&mut self) -> Result<(), HttpError> {
        if self.more()? { Ok(()) } else { Err(HttpError::CutOff) }
    }

    fn head(&mut self) -> Result<Head, HttpError> {
        loop {
            if let Some(head) = Head::parse(&self.bytes)? {
                return Ok(head);
            }
            if self.bytes.len() > MAX_HEAD {
                return Err(HttpError::Malformed);
            }
            self.some()?;
        }
    }

    /// Moves so many bytes to the body.
    fn take(&mut self, length: u64, body: &mut Vec<u8>, limit: usize) -> Result<(), HttpError> {
        let room = limit.saturating_sub(body.len());
        let length = usize::try_from(length).ok().filter(|length| *length <= room).ok_or(HttpError::TooLarge(limit))?;
        while self.bytes.len() < length {
            self.some()?;
        }
        body.extend(self.bytes.drain(..length));
        Ok(())
    }

    fn chunks(&mut self, body: &mut Vec<u8>, limit: usize) -> Result<(), HttpError> {
        loop {
            let length = self.chunk_length()?;
            if length == 0 {
                // What may follow are trailers, which nobody wants.
                return Ok(());
            }
            self.take(length, body, limit)?;
            while self.bytes.len() < 2 {
                self.some()?;
            }
            if !self.bytes.starts_with(b"\r\n") {
                return Err(HttpError::Malformed);
            }
            self.bytes.drain(..2);
        }
    }

    fn chunk_length(&mut self) -> Result<u64, HttpError> {
        loop {
            match httparse::parse_chunk_size(&self.bytes).map_err(|_| HttpError::Malformed)? {
                // A line without a number is no end.
                httparse::Status::Complete(_) if self.bytes.starts_with(b"\r\n") => return Err(HttpError::Malformed),
                httparse::Status::Complete((line, length)) => {
                    self.bytes.drain(..line);
                    return Ok(length);
                }
                httparse::Status::Partial if self.bytes.len() > MAX_CHUNK_LINE => return Err(HttpError::Malformed),
                httparse::Status::Partial => self.some()?,
            }
        }
    }
}

impl Head {
    /// None where the bytes are only its beginning.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, HttpError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(bytes).map_err(|_| HttpError::Malformed)? else {
            return Ok(None);
        };
        let mut framing = Framing::UntilClosed;
        for header in response.headers.iter() {
            if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if !header.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(HttpError::Malformed);
                }
                framing = Framing::Chunked;
            } else if header.name.eq_ignore_ascii_case("content-length") {
                let said = content_length(header.value).ok_or(HttpError::Malformed)?;
                framing = match framing {
                    Framing::Length(before) if before != said => return Err(HttpError::Malformed),
                    // RFC 9112, 6.3: chunks win over a length.
                    Framing::Chunked => Framing::Chunked,
                    _ => Framing::Length(said),
                };
            }
        }
        let status = response.code.ok_or(HttpError::Malformed)?;
        Ok(Some(Self { status, length, framing }))
    }
}

fn content_length(value: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(value.trim_ascii()).ok()?;
    // `parse` would take a plus sign.
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
