//! URLs: of requests and of databases.

use core::ops::Range;

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
    pub(super) fn behind_user(text: &[u8]) -> Self {
        let query = find(text, 0, |byte| byte == b'?');
        let user = find_last(text, 0..query, |byte| byte == b'@').map_or(0, |at| at + 1);
        Self { user: (0, user), tail: find(text, user, |byte| matches!(byte, b'?' | b'#' | b';')), length: text.len() }
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

/// Where the parts of a URL are.
pub(super) fn url_rule(bytes: &[u8]) -> UrlRule {
    let Start { host, is_web } = start_of(bytes);
    // Mostly there is no `@`, and so nobody to leave out.
    let user_end =
        find_last(bytes, host..bytes.len(), |byte| byte == b'@').and_then(|last| user_end(bytes, host, is_web, last));
    let host_at = user_end.map_or(host, |at| at + 1);
    let mut tail = find(bytes, host_at, begins_tail);
    if !is_web {
        // `db:user=app` of DB2 and Informix: parameters begin where the first of them has its name.
        let sign = find(bytes, host_at, |byte| byte == b'=');
        if sign < tail {
            tail = find_last(bytes, host_at..sign, |byte| matches!(byte, b':' | b'/' | b',' | b'&')).unwrap_or(host_at);
        }
    }
    // Oracle's `@` belongs to its syntax.
    let keeps_at = user_end.is_some() && is_oracle(bytes);
    let user = (host, host_at - usize::from(keeps_at));
    UrlRule { user, tail, length: bytes.len() }
}

/// What begins the part of a URL that is left out.
const fn begins_tail(byte: u8) -> bool {
    matches!(byte, b'?' | b'#' | b';')
}

/// The `@` that ends user and password, where there is one; `last` is the last `@` there is.
#[cold]
fn user_end(bytes: &[u8], host: usize, is_web: bool, last: usize) -> Option<usize> {
    let is_at = |byte| byte == b'@';
    let path = find(bytes, host, |byte| byte == b'/' || begins_tail(byte));
    let before_query = || host..find(bytes, path, |byte| byte == b'?');
    match find_last(bytes, host..path, is_at) {
        // Where it is no page that is asked for, a slash may belong to the password.
        Some(_) if !is_web => find_last(bytes, before_query(), is_at),
        Some(at) => Some(at),
        None if has_password(bytes.get(host..path).unwrap_or_default()) => Some(last),
        None if !is_web => find_last(bytes, before_query(), is_at),
        None => None,
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

fn start_of(url: &[u8]) -> Start {
    let scheme =
        find(url, 0, |byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b':' | b'_')));
    let slashes = url.get(scheme..scheme + 2) == Some(b"//");
    let name = &url[..scheme];
    if slashes && (name == b"https:" || name == b"http:") {
        return Start { host: scheme + 2, is_web: true };
    }
    if is_oracle(url) {
        // `jdbc:oracle:thin:`
        let third = find(url, "jdbc:oracle:".len(), |byte| byte == b':') + 1;
        return Start { host: third.min(url.len()), is_web: false };
    }
    let is_web = [&b"http:"[..], b"https:", b"ws:", b"wss:", b""].iter().any(|web| name.eq_ignore_ascii_case(web));
    match slashes {
        true => Start { host: scheme + 2, is_web },
        // Without slashes no scheme is known for sure: `localhost:80/x`, `file:x.db`.
        false => Start { host: 0, is_web: !name.contains(&b':') || url.first() == Some(&b'/') },
    }
}

fn is_oracle(url: &[u8]) -> bool {
    url.get(.."jdbc:oracle:".len()).is_some_and(|start| start.eq_ignore_ascii_case(b"jdbc:oracle:"))
}

/// Whether what stands behind a colon is no port: `user:password` and not `host:80`, `[::1]:80` or `one:1,two:2`.
fn has_password(authority: &[u8]) -> bool {
    let address_end = find_last(authority, 0..authority.len(), |byte| byte == b']').map_or(0, |at| at + 1);
    let hosts = &authority[address_end..];
    hosts.split(|&byte| byte == b',').any(|host| {
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
