//! Hosts and clients as headers name them, which say whatever the client likes.

/// The host in a `Host` header or an authority, with its port and without a user: it may become the segment's name. `None` of
/// what is none.
pub(super) fn host_of(authority: &str) -> Option<&str> {
    match name_and_rest(authority) {
        (name, rest) if !name.is_empty() && is_port(rest) => Some(authority),
        _ => uncommon_host_of(authority),
    }
}

/// The same of one with a user or of an address of version 6.
#[cold]
fn uncommon_host_of(authority: &str) -> Option<&str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.strip_prefix('[') {
        Some(address) => address.split_once(']')?,
        None => name_and_rest(host),
    };
    // Such an address is of names and colons.
    let is_address = name.split(':').all(|name| name_and_rest(name).1.is_empty());
    (!name.is_empty() && is_address && is_port(port)).then_some(host)
}

/// The name that a text begins with.
fn name_and_rest(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !OF_NAME[usize::from(byte)]).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

fn is_port(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// What names of hosts are made of.
const OF_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'.' | b'_' | b'~' | b'%');
        byte += 1;
    }
    table
};

/// The first address of an `X-Forwarded-For`, without its port. `None` where nobody knew it.
pub(super) fn first_forwarded(list: &str) -> Option<&str> {
    let first = list.split(',').next()?.trim();
    let address = match first.strip_prefix('[').and_then(|address| address.split_once(']')) {
        Some((address, _)) => address,
        // One with more colons is of version 6.
        None => first.split_once(':').filter(|(_, port)| !port.contains(':')).map_or(first, |(address, _)| address),
    };
    Some(address).filter(|address| !address.is_empty() && !address.eq_ignore_ascii_case("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_a_url_could_have_and_loses_its_user() {
        for host in ["h", "shop.example.com", "h:8080", "h:", "[::1]", "[fe80::1%25eth0]:80", "my_host", "10.0.0.1:80"]
        {
            assert_eq!(host_of(host), Some(host));
        }
        assert_eq!(host_of("alice:hunter2@eu.example.com:80"), Some("eu.example.com:80"));
        for other in
            ["", ":80", "@", "h/path?token=4242#x", "h?x", "h:p", "h h", "[::1", "[]", "::1", "h;x=1", "[::1]x"]
        {
            assert_eq!(host_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_client_is_the_first_address_without_its_port() {
        for (list, first) in [
            ("203.0.113.7 , 10.0.0.1", Some("203.0.113.7")),
            ("10.0.0.1:3333", Some("10.0.0.1")),
            ("[::1]:80", Some("::1")),
            ("[2001:db8::1], 10.0.0.1", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("unknown, 10.0.0.1", None),
            ("Unknown:80", None),
            (" , 10.0.0.1", None),
            ("", None),
        ] {
            assert_eq!(first_forwarded(list), first, "{list}");
        }
    }
}
