//! Connection strings: lists of keys and values, in the forms that drivers have.

use super::url::url_rule;
use super::{Finds, Gap, PLACEHOLDER, Redacted, UrlRule};

/// A connection string without its secrets: `Password=hunter2` is `Password=?`, in the forms of ADO and ODBC
/// (`Server=db;Pwd={a;b}`), of libpq (`host=db password='a b'`), of Oracle descriptors and of comma-separated lists.
/// Names and passwords before an `@` are left out, and URLs are treated by [`redact_url`](crate::redact_url).
///
/// A value is a secret by its key: one that has `pass`, `pwd`, `secret`, `token`, `key`, `cred`, `auth` or `sig` in it,
/// in any case.
///
/// ```
/// use xray_recorder_core::redact_connection;
///
/// for (text, redacted) in [
///     ("Server=db;User Id=app;Password=hunter2;", "Server=db;User Id=app;Password=?;"),
///     ("host=db password='a b' user=app", "host=db password=? user=app"),
///     ("app:hunter2@tcp(db:3306)/orders?tls=true", "tcp(db:3306)/orders"),
/// ] {
///     assert_eq!(redact_connection(text).to_string(), redacted);
/// }
/// ```
#[must_use]
pub fn redact_connection(text: &str) -> Redacted<'_, ConnectionRule> {
    let bytes = text.as_bytes();
    let first_of = |wanted: &[u8]| bytes.iter().position(|byte| wanted.contains(byte)).unwrap_or(bytes.len());
    let sign = first_of(b"=");
    let is_url = text.find("://").is_some_and(|at| at < sign);
    // A user before the first key: what stands before an `@` that no key explains.
    let has_user = first_of(b"@") < sign && first_of(b"; ") > first_of(b"@");
    let form = match (is_url, has_user) {
        (false, true) => Form::Url(UrlRule::behind_user(bytes)),
        (false, false) if sign < bytes.len() => Form::Keys,
        _ => Form::Url(url_rule(bytes)),
    };
    Redacted::new(text, ConnectionRule(form))
}

/// How a connection string is read.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionRule(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Url(UrlRule),
    Keys,
}

impl Finds for ConnectionRule {
    fn gap(&mut self, text: &[u8], at: usize) -> Option<Gap> {
        match &mut self.0 {
            Form::Url(url) => url.gap(text, at),
            Form::Keys => gap(text, at),
        }
    }
}

/// The next value that is a secret.
fn gap(bytes: &[u8], at: usize) -> Option<Gap> {
    let has_semicolons = bytes.contains(&b';');
    let mut from = at;
    loop {
        let sign = from + bytes.get(from..)?.iter().position(|&byte| byte == b'=')?;
        let key_start = bytes[..sign].iter().rposition(|byte| b";,&(){}\n".contains(byte)).map_or(0, |at| at + 1);
        let start = skip_blanks(bytes, sign + 1);
        let is_secret = names_secret(&bytes[key_start.max(key_of_libpq(bytes, sign, has_semicolons))..sign]);
        let end = value_end(bytes, start, has_semicolons, is_secret);
        if is_secret && end > start {
            return Some(Gap { start, end, instead: PLACEHOLDER });
        }
        from = end.max(sign + 1);
    }
}

/// Where there are no semicolons a key is a single word.
fn key_of_libpq(bytes: &[u8], sign: usize, has_semicolons: bool) -> usize {
    if has_semicolons {
        return 0;
    }
    let key_end = bytes[..sign].iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
    bytes[..key_end].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1)
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Whether a key tells of a secret; blanks, underscores and the like in it do not count.
fn names_secret(key: &[u8]) -> bool {
    const SECRETS: [&[u8]; 9] = [b"pass", b"pwd", b"secret", b"token", b"key", b"cred", b"auth", b"sig", b"pin"];
    let letters = |key: &[u8], wanted: &[u8]| {
        let mut letters = key.iter().filter(|byte| byte.is_ascii_alphanumeric());
        wanted.iter().all(|letter| letters.next().is_some_and(|byte| byte.eq_ignore_ascii_case(letter)))
    };
    (0..key.len()).any(|at| SECRETS.iter().any(|secret| letters(&key[at..], secret)))
}

/// Where the value that begins at `start` ends.
fn value_end(bytes: &[u8], start: usize, has_semicolons: bool, is_secret: bool) -> usize {
    match bytes.get(start) {
        None => bytes.len(),
        Some(&quote @ (b'\'' | b'"')) => quoted_end(bytes, start + 1, quote),
        Some(b'{') => quoted_end(bytes, start + 1, b'}'),
        // A list of further keys, each of which is looked at.
        Some(b'(') if !is_secret => start,
        Some(_) => {
            let mut at = start;
            while let Some(&byte) = bytes.get(at) {
                let ends = match byte {
                    b';' | b'\n' => true,
                    b')' => !has_semicolons,
                    // Within a secret only where another key follows: it may hold blanks and commas of its own.
                    b',' | b'&' => !has_semicolons && (!is_secret || is_key(&bytes[at + 1..])),
                    byte if byte.is_ascii_whitespace() => !has_semicolons && (!is_secret || is_key(&bytes[at + 1..])),
                    _ => false,
                };
                if ends {
                    return at;
                }
                at += 1;
            }
            bytes.len()
        }
    }
}

/// Behind the closing quote, which is doubled or escaped where it is none; the end where there is no closing quote.
fn quoted_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' if quote != b'}' => 2,
            _ if byte != quote => 1,
            _ if bytes.get(at + 1) == Some(&quote) => 2,
            _ => return at + 1,
        };
    }
    bytes.len()
}

/// Whether a key and its sign come next. Where blanks separate, a key is a single word.
fn is_key(rest: &[u8]) -> bool {
    let blanks = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = blanks(0);
    let key = rest[start..].iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)).count();
    let end = start + key;
    key > 0 && rest.get(end + blanks(end)) == Some(&b'=')
}
