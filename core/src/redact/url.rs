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
        Self { user: (0, user), tail: find(text, user, TAIL), length: text.len() }
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
    if bytes.get(find(bytes, 0, b":/@=?#")) == Some(&b'=') {
        return UrlRule { user: (0, 0), tail: shown_end(bytes, 0).unwrap_or(0), length: bytes.len() };
    }
    let before = before_scheme(bytes);
    let UrlRule { user: (start, end), tail, length } = rule_from_scheme(bytes.get(before..).unwrap_or_default());
    UrlRule { user: (start + before, end + before), tail: tail + before, length: length + before }
}

/// How much stands before the scheme and is none of the URL: blanks, a quote, a method.
fn before_scheme(bytes: &[u8]) -> usize {
    let Some(scheme_end) = scheme_end(bytes) else { return 0 };
    let before = bytes.get(..scheme_end).unwrap_or_default();
    let before = before.iter().rposition(|&byte| !is_of_scheme(byte)).map_or(0, |at| at + 1);
    // A URL in the query of another one goes with the query.
    let is_outside = find(bytes.get(..before).unwrap_or_default(), 0, b"@?#;") == before;
    if is_outside { before } else { 0 }
}

fn rule_from_scheme(bytes: &[u8]) -> UrlRule {
    let Start { host, is_web } = start_of(bytes);
    let length = bytes.len();
    let last_at = find_last(bytes, host..length, b"@");
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
    let mut tail = find(bytes, host_at, TAIL);
    if !is_web {
        // `db:user=app` of DB2 and Informix: parameters begin where the first of them has its name.
        let sign = find(bytes, host_at, b"=");
        if sign < tail {
            tail = find_last(bytes, host_at..sign, b":/,&").unwrap_or(host_at);
        }
    }
    // A URL in the path of another one, which has a user of its own.
    if let Some(inner) = bytes.get(host_at..tail).and_then(scheme_end) {
        if last_at.is_some_and(|last| last > host_at + inner) {
            tail = host_at + inner;
        }
    }
    // Oracle's `@` belongs to its syntax.
    let keeps_at = user_end.is_some() && is_oracle(bytes);
    let user = (host, host_at - usize::from(keeps_at));
    UrlRule { user, tail, length }
}

/// The `@` that ends user and password of a page, where there is one; `last` is the last `@` there is.
#[cold]
fn user_end_on_the_web(bytes: &[u8], host: usize, last: usize) -> Option<usize> {
    let path = find(bytes, host, b"/?#;");
    match find_last(bytes, host..path, b"@") {
        Some(at) => Some(at),
        None if has_password(bytes.get(host..path).unwrap_or_default(), true) => Some(last),
        None => None,
    }
}

/// The same of a database, where a slash may belong to the password. `None` where it cannot be told from the query.
#[cold]
fn user_end_of_database(bytes: &[u8], host: usize, last: usize) -> Option<Option<usize>> {
    let query = find(bytes, host, b"?");
    if last < query {
        return Some(Some(last));
    }
    // An `@` in the query. Before it, a host and a path, or the beginning of a password?
    let before = find_last(bytes, host..query, b"@");
    let start = before.map_or(host, |at| at + 1);
    let path = find(bytes, start, b"/?#;");
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
    let scheme = url.iter().position(|&byte| !is_of_scheme(byte)).unwrap_or(url.len());
    let slashes = url.get(scheme..scheme + 2) == Some(b"//");
    let name = &url[..scheme];
    if is_oracle(url) {
        // `jdbc:oracle:thin:`
        let third = find(url, "jdbc:oracle:".len(), b":") + 1;
        return Start { host: third.min(url.len()), is_web: false };
    }
    let is_web = [&b"http:"[..], b"https:", b"ws:", b"wss:", b""].iter().any(|web| name.eq_ignore_ascii_case(web));
    match slashes {
        // As many slashes as there are, as browsers have it.
        true if is_web && !name.is_empty() => {
            let slashes = url.get(scheme..).unwrap_or_default().iter().take_while(|byte| **byte == b'/').count();
            Start { host: scheme + slashes, is_web }
        }
        true => Start { host: scheme + 2, is_web },
        // Without slashes no scheme is known for sure: `localhost:80/x`, `file:x.db`.
        false => Start { host: 0, is_web: find(name, 0, b":") == name.len() || url.first() == Some(&b'/') },
    }
}

fn is_oracle(url: &[u8]) -> bool {
    url.get(.."jdbc:oracle:".len()).is_some_and(|start| start.eq_ignore_ascii_case(b"jdbc:oracle:"))
}

/// Whether what stands behind a colon is no port: `user:password` and not `host:80`, `[::1]:80` or `one:1,two:2`.
fn has_password(authority: &[u8], is_web: bool) -> bool {
    let is_address = authority.first() == Some(&b'[');
    let address_end = if is_address { find(authority, 0, b"]") + 1 } else { 0 };
    let hosts = authority.get(address_end..).unwrap_or_default();
    // A page has one host, a database may have several.
    hosts.split(|&byte| !is_web && byte == b',').any(|host| {
        let colon = find(host, 0, b":");
        host.get(colon + 1..).is_some_and(|port| !port.iter().all(u8::is_ascii_digit))
    })
}

/// The index of the first of these bytes from `start` on, or the length.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn find(bytes: &[u8], start: usize, wanted: &[u8]) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().position(|byte| is_one_of(*byte, wanted)).map_or(bytes.len(), |at| start + at)
}

/// The index of the last of these bytes within a range.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn find_last(bytes: &[u8], range: Range<usize>, wanted: &[u8]) -> Option<usize> {
    let start = range.start;
    bytes.get(range)?.iter().rposition(|byte| is_one_of(*byte, wanted)).map(|at| start + at)
}

/// Not `contains`, which calls a search made for long texts.
#[inline(always)]
pub(super) fn is_one_of(byte: u8, wanted: &[u8]) -> bool {
    #[expect(clippy::manual_contains, reason = "that calls a search made for long texts")]
    wanted.iter().any(|&other| other == byte)
}

/// Where `://` stands.
pub(super) fn scheme_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == b"://")
}

/// The parts of a web URL, or of a path, that are shown: all but user, query and fragment. `None` for what is not surely
/// one of the two. Gives what [`redact_url`] does, without what only databases need.
pub(crate) fn shown_of_web(url: &str) -> Option<[&str; 2]> {
    let bytes = url.as_bytes();
    let scheme = find(bytes, 0, b":/@=?#");
    let name = bytes.get(..scheme)?;
    let has_scheme = bytes.get(scheme..scheme + 3) == Some(b"://");
    let is_web = WEB.split(|&byte| byte == b' ').any(|web| name.eq_ignore_ascii_case(web));
    let is_path = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/') && scheme_end(bytes).is_none();
    if !(is_path || is_web && has_scheme) {
        return None;
    }
    let mut host = if has_scheme { scheme + 1 } else { 0 };
    while has_scheme && bytes.get(host) == Some(&b'/') {
        host += 1;
    }
    let last_at = find_last(bytes, host..bytes.len(), b"@");
    let host_at = last_at.and_then(|last| user_end_on_the_web(bytes, host, last)).map_or(host, |at| at + 1);
    let mut tail = find(bytes, host_at, TAIL);
    // A URL in the path of another one, which has a user of its own.
    if let Some(inner) = bytes.get(host_at..tail).and_then(scheme_end) {
        if last_at.is_some_and(|last| last > host_at + inner) {
            tail = host_at + inner;
        }
    }
    Some([url.get(..host)?, url.get(host_at..tail)?])
}

const WEB: &[u8] = b"http https ws wss";

/// What begins the part that is left out.
const TAIL: &[u8; 3] = b"?#;";

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

    #[test]
    fn of_a_web_url_the_short_way_shows_what_the_long_one_does() {
        let pieces = [
            "http", "https", "WS", "://", ":", "/", "//", "@", "?", "#", ";", "=", "a", "b.c", "8080", "[", "]", "é",
            ".", "u:p",
        ];
        let mut seed = 1_u64;
        for _ in 0..if cfg!(miri) { 300 } else { 400_000 } {
            let mut url = String::new();
            for _ in 0..seed % 9 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                url += pieces[(seed >> 33) as usize % pieces.len()];
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if let Some(shown) = shown_of_web(&url) {
                assert_eq!(shown.concat(), redact_url(&url).to_string(), "{url}");
            }
        }
    }
}
