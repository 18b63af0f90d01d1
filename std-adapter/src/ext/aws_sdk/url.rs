//! What is in the URL of a request.

use std::borrow::Cow;
use std::net::IpAddr;

/// What a URL leads to.
#[derive(Clone, Copy)]
pub(super) struct Target<'u> {
    host: &'u str,
    pub(super) path: &'u str,
    query: &'u str,
}

impl<'u> Target<'u> {
    pub(super) fn of(url: &'u str) -> Self {
        let (front, query) = url.split_once('?').unwrap_or((url, ""));
        let Some((_, rest)) = front.split_once("://") else { return Self { host: "", path: front, query } };
        let path = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(path);
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        Self { host, path, query }
    }

    pub(super) fn query(self, name: &str) -> Option<Cow<'u, str>> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value, false))
    }

    pub(super) fn segment(self, number: usize) -> Option<Cow<'u, str>> {
        self.path.strip_prefix('/')?.split('/').nth(number).map(|segment| decoded(segment, false))
    }

    pub(super) fn whole_path(self) -> Option<Cow<'u, str>> {
        let path = self.path.strip_prefix('/').filter(|path| !path.is_empty())?;
        Some(decoded(path, false))
    }

    /// The bucket of S3: the last segment that the endpoint has put before the path, or else the label before S3's own
    /// part of the host name. Access points are addressed likewise, and are none.
    pub(super) fn bucket(self, path: usize) -> Option<Cow<'u, str>> {
        let before = self.path.get(..self.path.len().checked_sub(path)?)?.trim_matches('/');
        if !before.is_empty() {
            return before.rsplit('/').next().map(|bucket| decoded(bucket, false));
        }
        let foreign = ["s3-accesspoint", "s3-object-lambda", "s3-outposts", "accesspoint.s3-global"];
        if foreign.iter().any(|foreign| self.host.contains(foreign)) {
            return None;
        }
        let own = [".s3.", ".s3-", ".s3express-"].iter().find_map(|own| self.host.find(own));
        if let Some(own) = own {
            return Some(Cow::Borrowed(&self.host[..own]));
        }
        let address = self.host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        self.host.split_once('.').filter(|_| !address).map(|(bucket, _)| Cow::Borrowed(bucket))
    }
}

/// Undoes percent encoding; `plus` says whether `+` is a blank.
pub(super) fn decoded(text: &str, plus: bool) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || plus && byte == b'+') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                &after[2..]
            }
            (byte, ..) => {
                bytes.push(if plus && *byte == b'+' { b' ' } else { *byte });
                after
            }
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_before_the_path_or_in_the_host_name() {
        let buckets = [
            ("http://127.0.0.1:5000/carts/a/b", 4, Some("carts")),
            ("http://localhost:5000/carts/", 1, Some("carts")),
            ("https://proxy.example.com/base/carts/a", 2, Some("carts")),
            ("https://carts.s3.eu-west-1.amazonaws.com/a", 2, Some("carts")),
            ("https://my.carts.s3-fips.us-east-1.amazonaws.com/a?x-id=GetObject", 2, Some("my.carts")),
            (
                "https://carts--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/a",
                2,
                Some("carts--use1-az4--x-s3"),
            ),
            ("http://carts.localhost:4566/a", 2, Some("carts")),
            ("https://point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/a", 2, None),
            ("http://127.0.0.1:5000/a", 2, None),
            ("http://[::1]:5000/a", 2, None),
            ("http://localhost/a", 2, None),
            ("http://localhost/a", 99, None),
        ];
        for (url, path, bucket) in buckets {
            assert_eq!(Target::of(url).bucket(path).as_deref(), bucket, "{url}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_and_what_is_none_stays() {
        let texts =
            [("a%20b", "a b"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("%ff", "\u{fffd}"), ("a+b", "a+b"), ("", "")];
        for (text, meant) in texts {
            assert_eq!(decoded(text, false), meant);
        }
        assert_eq!(decoded("a+b", true), "a b");
    }
}
