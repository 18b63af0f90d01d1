//! URLs: of requests and of databases.

use core::ops::Range;

use super::connection::shown_end;
use super::{Finds, Gap, Redacted};
use crate::json::copy::{BAD, GOOD};

/// Where a URL holds what is left out.
#[derive(Clone, Copy, Debug)]
pub struct UrlRule {
    /// Behind the scheme, up to the host.
    user: (usize, usize),
    /// From the query, the fragment or the parameters on.
    tail: usize,
    length: usize,
}

impl UrlRule {
    /// Of what is no URL and begins with a user and a password: `app:hunter2@tcp(db:3306)/orders`.
    pub(super) fn behind(user: usize, text: &[u8]) -> Self {
        Self { user: (0, user), tail: find(text, user, begins_tail), length: text.len() }
    }
}

impl Finds for UrlRule {
    fn gap(&mut self, _: &[u8], at: usize) -> Option<Gap> {
        let (start, end) = self.user;
        if at <= start && start < end {
            return Some(Gap { start, end, instead: "" });
        }
        (self.tail < self.length).then_some(Gap { start: self.tail.max(at), end: self.length, instead: "" })
    }
}

/// A URL without what may be secret in it: the user and password before the host, the query, the fragment, and
/// parameters behind a semicolon. Those of databases are read too, `jdbc:` and all. What looks like a password that was
/// not escaped is taken for one.
///
/// ```
/// use xray_recorder_core::redact_url;
///
/// for (url, redacted) in [
///     ("https://shop.example.com/cart?token=4242#top", "https://shop.example.com/cart"),
///     ("postgresql://app:p@ss@db.example.com:5432/orders?sslmode=require", "postgresql://db.example.com:5432/orders"),
///     ("jdbc:sqlserver://db;user=app;password=hunter2", "jdbc:sqlserver://db"),
///     ("https://example.com/@alice", "https://example.com/@alice"),
/// ] {
///     assert_eq!(redact_url(url).to_string(), redacted);
/// }
/// ```
#[must_use]
pub fn redact_url(url: &str) -> Redacted<'_, UrlRule> {
    Redacted::new(url, url_rule(url.as_bytes()))
}

/// Where the parts of a URL are, whatever stands before its scheme.
pub(super) fn url_rule(bytes: &[u8]) -> UrlRule {
    // A driver's list of keys and values is often taken for a URL.
    if bytes.get(find(bytes, 0, |byte| matches!(byte, b':' | b'/' | b'@' | b'=' | b'?' | b'#'))) == Some(&b'=') {
        return UrlRule { user: (0, 0), tail: shown_end(bytes, 0).unwrap_or(0), length: bytes.len() };
    }
    let before = before_scheme(bytes);
    let UrlRule { user: (start, end), tail, length } = rule_from_scheme(bytes.get(before..).unwrap_or_default());
    UrlRule { user: (start + before, end + before), tail: tail + before, length: length + before }
}

/// How much stands before the scheme and is none of the URL: blanks, a quote, a method.
fn before_scheme(bytes: &[u8]) -> usize {
    let Some(scheme_end) = bytes.windows(3).position(|three| three == b"://") else { return 0 };
    let before = find_last(bytes, 0..scheme_end, |byte| !is_of_scheme(byte)).map_or(0, |at| at + 1);
    // A URL in the query of another one goes with the query.
    let is_outside = find(&bytes[..before], 0, |byte| byte == b'@' || begins_tail(byte)) == before;
    if is_outside { before } else { 0 }
}

fn rule_from_scheme(bytes: &[u8]) -> UrlRule {
    let Start { host, is_web } = start_of(bytes);
    let length = bytes.len();
    let last_at = find_last(bytes, host..length, |byte| byte == b'@');
    // Mostly there is no `@`, and so nobody to leave out.
    let user_end = match last_at {
        None => None,
        Some(last) if is_web => user_end_on_the_web(bytes, host, last),
        Some(last) => match user_end_of_database(bytes, host, last) {
            Some(end) => end,
            // Where the password ends is not to be told: nothing is shown.
            None => return UrlRule { user: (host, host), tail: host, length },
        },
    };
    let host_at = user_end.map_or(host, |at| at + 1);
    let mut tail = find(bytes, host_at, begins_tail);
    if !is_web {
        // `db:user=app` of DB2 and Informix: parameters begin where the first of them has its name.
        let sign = find(bytes, host_at, |byte| byte == b'=');
        if sign < tail {
            tail = find_last(bytes, host_at..sign, |byte| matches!(byte, b':' | b'/' | b',' | b'&')).unwrap_or(host_at);
        }
    }
    // A URL in the path of another one, which has a user of its own.
    if let Some(inner) = bytes.get(host_at..tail).and_then(|path| path.windows(3).position(|three| three == b"://")) {
        if last_at.is_some_and(|last| last > host_at + inner) {
            tail = host_at + inner;
        }
    }
    // Oracle's `@` belongs to its syntax.
    let keeps_at = user_end.is_some() && is_oracle(bytes);
    let user = (host, host_at - usize::from(keeps_at));
    UrlRule { user, tail, length }
}

/// What begins the part of a URL that is left out.
const fn begins_tail(byte: u8) -> bool {
    matches!(byte, b'?' | b'#' | b';')
}

/// The `@` that ends user and password of a page, where there is one; `last` is the last `@` there is.
#[cold]
fn user_end_on_the_web(bytes: &[u8], host: usize, last: usize) -> Option<usize> {
    let path = find(bytes, host, |byte| byte == b'/' || begins_tail(byte));
    match find_last(bytes, host..path, |byte| byte == b'@') {
        Some(at) => Some(at),
        None if has_password(bytes.get(host..path).unwrap_or_default(), true) => Some(last),
        None => None,
    }
}

/// The same of a database, where a slash may belong to the password. `None` where it cannot be told from the query.
#[cold]
fn user_end_of_database(bytes: &[u8], host: usize, last: usize) -> Option<Option<usize>> {
    let query = find(bytes, host, |byte| byte == b'?');
    if last < query {
        return Some(Some(last));
    }
    // An `@` in the query. Before it, a host and a path, or the beginning of a password?
    let before = find_last(bytes, host..query, |byte| byte == b'@');
    let start = before.map_or(host, |at| at + 1);
    let path = find(bytes, start, |byte| byte == b'/' || begins_tail(byte));
    let authority = bytes.get(start..path).unwrap_or_default();
    let has_password = has_password(authority, false) || is_oracle(bytes);
    match before {
        // Without another `@` this is the one.
        None if has_password => Some(Some(last)),
        before => (path < query && !has_password).then_some(before),
    }
}

/// Marks what may belong to a secret, beside what JSON must escape: where nothing is marked a web URL is as it may be.
/// Marked are `?`, `#`, `;` and `@`, and what stands beside them in ASCII and hardly ever in a URL, as ranges take fewer
/// instructions than characters.
#[inline(always)]
pub(crate) fn url_mark(byte: u8) -> u8 {
    // A mark below 0x21 is a refusal: everything up to `#`, and `;` to `@`.
    let (low, middle) = (byte.saturating_sub(3), byte.wrapping_sub(b';').saturating_add(0x1b));
    let backslash = if byte == b'\\' { BAD } else { GOOD };
    low.min(middle).min(backslash)
}

/// How a URL begins.
struct Start {
    /// Where the user or the host stands.
    host: usize,
    /// Whether it is one of HTTP or of WebSockets, or says nothing of it: then an `@` in the path is only that.
    is_web: bool,
}

/// Whether it begins with a scheme that is known, where no `://` tells.
pub(super) fn is_scheme(text: &[u8]) -> bool {
    [&b"jdbc:"[..], b"file:", b"sqlite:"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

const fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b':' | b'_')
}

fn start_of(url: &[u8]) -> Start {
    let scheme = find(url, 0, |byte| !is_of_scheme(byte));
    let slashes = url.get(scheme..scheme + 2) == Some(b"//");
    let name = &url[..scheme];
    if is_oracle(url) {
        // `jdbc:oracle:thin:`
        let third = find(url, "jdbc:oracle:".len(), |byte| byte == b':') + 1;
        return Start { host: third.min(url.len()), is_web: false };
    }
    let is_web = [&b"http:"[..], b"https:", b"ws:", b"wss:", b""].iter().any(|web| name.eq_ignore_ascii_case(web));
    match slashes {
        // As many slashes as there are, as browsers have it.
        true if is_web && !name.is_empty() => Start { host: find(url, scheme, |byte| byte != b'/'), is_web },
        true => Start { host: scheme + 2, is_web },
        // Without slashes no scheme is known for sure: `localhost:80/x`, `file:x.db`.
        false => Start { host: 0, is_web: !name.contains(&b':') || url.first() == Some(&b'/') },
    }
}

fn is_oracle(url: &[u8]) -> bool {
    url.get(.."jdbc:oracle:".len()).is_some_and(|start| start.eq_ignore_ascii_case(b"jdbc:oracle:"))
}

/// Whether what stands behind a colon is no port: `user:password` and not `host:80`, `[::1]:80` or `one:1,two:2`.
fn has_password(authority: &[u8], is_web: bool) -> bool {
    let is_address = authority.first() == Some(&b'[');
    let address_end = if is_address { find(authority, 0, |byte| byte == b']') + 1 } else { 0 };
    let hosts = authority.get(address_end..).unwrap_or_default();
    // A page has one host, a database may have several.
    hosts.split(|&byte| !is_web && byte == b',').any(|host| {
        let colon = find(host, 0, |byte| byte == b':');
        host.get(colon + 1..).is_some_and(|port| !port.iter().all(u8::is_ascii_digit))
    })
}

/// Where the first such byte stands, from `start` on, or the length.
fn find(bytes: &[u8], start: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().position(|&byte| wanted(byte)).map_or(bytes.len(), |at| start + at)
}

/// Where the last such byte stands within `range`.
fn find_last(bytes: &[u8], range: Range<usize>, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let start = range.start;
    bytes.get(range)?.iter().rposition(|&byte| wanted(byte)).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::copy::json_mark;

    #[test]
    fn whatever_json_escapes_or_a_secret_begins_or_ends_with_is_marked() {
        for byte in 0..=u8::MAX {
            let refused = url_mark(byte) < 0x21;
            assert!(refused || (json_mark(byte) >= 0x21 && !b"?#;@".contains(&byte)), "{byte:#x}");
            let usual = byte.is_ascii_alphanumeric() || b"-._~:/%&+,$()*'[]".contains(&byte) || byte >= 0x80;
            assert!(!(refused && usual), "{byte:#x}");
        }
    }
}
