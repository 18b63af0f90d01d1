//! Connection strings: lists of keys and values, in the forms that drivers have.
//!
//! There are too many ways to quote, to nest and to separate, and each driver has its own, for all secrets to be found.
//! So it is the other way round: what is shown are values that are plain, of keys that are known to hold no secret.

use super::url::{find, find_last, is_one_of, is_scheme, scheme_end, url_rule};
use super::{Finds, Gap, PLACEHOLDER, Redacted, UrlRule};

/// A connection string without its secrets. Where it is a list of keys and values, in whatever form, there is left which
/// server it leads to, which database, and by which driver: values of those keys, where they are plain names, addresses
/// or numbers; `?` stands for everything between them. Of what stands before an `@` nothing is left. URLs are treated by
/// [`redact_url`](crate::redact_url).
///
/// ```
/// use xray_recorder_core::redact_connection;
///
/// for (text, redacted) in [
///     ("Server=db;User Id=app;Password=hunter2;Database=orders;", "Server=db;?;Database=orders;"),
///     ("host=db password='a b' dbname=orders", "host=db ? dbname=orders"),
///     ("app:hunter2@tcp(db:3306)/orders?tls=true", "tcp(db:3306)/orders"),
///     ("postgres://app:hunter2@db/orders", "postgres://db/orders"),
/// ] {
///     assert_eq!(redact_connection(text).to_string(), redacted);
/// }
/// ```
#[must_use]
pub fn redact_connection(text: &str) -> Redacted<'_, ConnectionRule> {
    Redacted::new(text, ConnectionRule(form_of(text.as_bytes())))
}

/// Keys whose values are shown, without the blanks and signs that they are written with.
/// In one text, as a table of texts is longer than the texts.
const SHOWN: &[u8] = b"server servername host hostname hostaddr datasource address addr networkaddress port database databasename initialcatalog dbname db catalog servicename sid driver provider sslmode protocol";

/// How a connection string is read.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionRule(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Url(UrlRule),
    /// Keys and values from here on; what stands before is left out.
    Keys(usize),
}

impl Finds for ConnectionRule {
    fn gap(&mut self, text: &[u8], at: usize) -> Option<Gap> {
        match &mut self.0 {
            Form::Url(url) => url.gap(text, at),
            Form::Keys(start) if at < *start => Some(Gap { start: at, end: *start, instead: "" }),
            Form::Keys(_) => gap(text, at),
        }
    }
}

fn form_of(bytes: &[u8]) -> Form {
    let first_of = |from: usize, wanted: &[u8]| find(bytes, from, wanted);
    let scheme_end = scheme_end(bytes);
    let begins_with_key = bytes.get(first_of(0, b"=:/@")) == Some(&b'=');
    if scheme_end.is_some_and(|end| first_of(0, b"=") > end) || (!begins_with_key && is_scheme(bytes)) {
        return Form::Url(url_rule(bytes));
    }
    let last_at = find_last(bytes, 0..bytes.len(), b"@").filter(|_| !begins_with_key);
    match last_at {
        // What stands before the `@` may be part of a password, what stands behind it of the query.
        Some(at) if first_of(0, b"?") < at => Form::Keys(0),
        Some(at) if first_of(at, b"=") < first_of(at, b"?") => Form::Keys(at + 1),
        Some(at) => Form::Url(UrlRule::behind(at + 1, bytes)),
        None if first_of(0, b"=") == bytes.len() && is_plain(bytes) => Form::Url(url_rule(bytes)),
        None => Form::Keys(0),
    }
}

/// What stands between values, and around them.
fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || is_one_of(byte, b";,&(){}'\"")
}

/// The next part that is not shown.
fn gap(bytes: &[u8], at: usize) -> Option<Gap> {
    let skip = |from: usize| from + bytes[from..].iter().take_while(|byte| separates(**byte)).count();
    let mut start = skip(at);
    while let Some(end) = shown_end(bytes, start) {
        start = skip(end);
    }
    if start >= bytes.len() {
        return None;
    }
    let mut end = start;
    while end < bytes.len() {
        end += bytes[end..].iter().take_while(|byte| !separates(**byte)).count();
        let next = skip(end);
        if next >= bytes.len() || shown_end(bytes, next).is_some() {
            break;
        }
        end = next;
    }
    // Quotes belong to what they are around.
    end += bytes[end..].iter().take_while(|byte| is_one_of(**byte, b"'\"{}")).count();
    Some(Gap { start, end, instead: PLACEHOLDER })
}

/// Where a key and a value that are shown end, if they stand here. The host at the beginning of a list needs no key.
pub(super) fn shown_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    let value = match key_length(rest) {
        Some(key) => key + rest[key..].iter().take_while(|byte| byte.is_ascii_whitespace()).count(),
        None if start == 0 => 0,
        None => return None,
    };
    let length = rest[value..].iter().take_while(|byte| !separates(**byte)).count();
    let text = &rest[value..value + length];
    let is_list = value > 0 || matches!(rest.get(length), Some(b',' | b';'));
    (length > 0 && is_list && is_plain(text)).then(|| start + value + length + port_length(&rest[value + length..]))
}

/// Whether the value of a key is shown.
fn is_shown(key: &[u8]) -> bool {
    SHOWN.split(|&byte| byte == b' ').any(|shown| shown == key && !key.is_empty())
}

/// How long a key with its sign is, if it is one that is shown.
fn key_length(rest: &[u8]) -> Option<usize> {
    let mut letters = [0; 16];
    let mut count = 0;
    // Blanks and signs within a key are few.
    for (at, byte) in rest.iter().enumerate().take(2 * letters.len()) {
        match byte {
            b'=' => return is_shown(letters.get(..count)?).then_some(at + 1),
            b' ' | b'_' | b'-' => {}
            letter if letter.is_ascii_alphanumeric() => {
                *letters.get_mut(count)? = letter.to_ascii_lowercase();
                count += 1;
            }
            _ => return None,
        }
    }
    None
}

/// `,1433`: the port of SQL Server stands behind a comma.
fn port_length(rest: &[u8]) -> usize {
    let [b',', port @ ..] = rest else { return 0 };
    let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends = port.get(digits).is_none_or(|&byte| byte == b';');
    if digits > 0 && ends { 1 + digits } else { 0 }
}

/// Whether a text is a name, an address or a path, in which a colon stands before a port or behind what is known.
fn is_plain(text: &[u8]) -> bool {
    const BEFORE_COLON: [&[u8]; 7] = [b"", b":memory", b"tcp", b"np", b"lpc", b"file", b"sqlite"];
    let address_end =
        if text.first() == Some(&b'[') { Some(find(text, 0, b"]")).filter(|at| *at < text.len()) } else { None };
    let (address, rest) = text.split_at(address_end.map_or(0, |at| at + 1));
    let is_address = |byte: &u8| byte.is_ascii_hexdigit() || is_one_of(*byte, b"[]:.%");
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || is_one_of(*byte, b"._-/\\:$*") || !byte.is_ascii();
    let colons_are_known = rest.iter().enumerate().filter(|(_, byte)| **byte == b':').all(|(at, _)| {
        let before = &rest[..at];
        let port = rest[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_port = port > 0 && rest.get(at + 1 + port).is_none_or(|&byte| byte == b'/');
        let is_drive = before.len() == 1 && rest.get(at + 1).is_some_and(|byte| is_one_of(*byte, b"/\\"));
        is_port || is_drive || BEFORE_COLON.iter().any(|known| known.eq_ignore_ascii_case(before))
    });
    address.iter().all(is_address) && rest.iter().all(is_name) && colons_are_known
}
