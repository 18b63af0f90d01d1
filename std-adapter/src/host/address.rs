//! The address of the daemon.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// Where the X-Ray daemon listens: one address for documents over UDP, one for sampling over TCP.
///
/// Reads the forms of `AWS_XRAY_DAEMON_ADDRESS`: `host:port` for both, or `tcp:host:port udp:host:port` in either
/// order. The host is a name, an IPv4 address, or an IPv6 address in brackets, which no official SDK reads. Blanks
/// around and between are ignored. A name is kept as it is; nothing here resolves it.
///
/// ```
/// use xray_recorder::DaemonAddress;
///
/// let address: DaemonAddress = "tcp:127.0.0.1:2000 udp:[::1]:2001".parse()?;
/// assert_eq!(address.udp(), "[::1]:2001");
/// assert_eq!(address.tcp(), "127.0.0.1:2000");
/// assert_eq!(DaemonAddress::default().udp(), "127.0.0.1:2000");
/// # Ok::<(), xray_recorder::InvalidDaemonAddress>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonAddress {
    udp: HostPort,
    tcp: HostPort,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPort {
    text: String,
    /// Known without asking a resolver.
    numeric: Option<SocketAddr>,
}

impl DaemonAddress {
    /// `host:port` for documents.
    #[must_use]
    pub fn udp(&self) -> &str {
        &self.udp.text
    }

    /// `host:port` for sampling rules and targets.
    #[must_use]
    pub fn tcp(&self) -> &str {
        &self.tcp.text
    }

    /// The address for documents, where it is numeric or `localhost`.
    pub(crate) fn udp_numeric(&self) -> Option<SocketAddr> {
        self.udp.numeric
    }

    /// The address for sampling rules, where it is numeric or `localhost`.
    pub(crate) fn tcp_numeric(&self) -> Option<SocketAddr> {
        self.tcp.numeric
    }
}

impl Default for DaemonAddress {
    /// `127.0.0.1:2000`, the daemon's own default.
    fn default() -> Self {
        let numeric = SocketAddr::from((Ipv4Addr::LOCALHOST, 2000));
        let both = HostPort { text: numeric.to_string(), numeric: Some(numeric) };
        Self { udp: both.clone(), tcp: both }
    }
}

impl From<SocketAddr> for DaemonAddress {
    fn from(address: SocketAddr) -> Self {
        let both = HostPort { text: address.to_string(), numeric: Some(address) };
        Self { udp: both.clone(), tcp: both }
    }
}

impl FromStr for DaemonAddress {
    type Err = InvalidDaemonAddress;

    fn from_str(text: &str) -> Result<Self, InvalidDaemonAddress> {
        let invalid = |reason| InvalidDaemonAddress { text: text.chars().take(200).collect(), reason };
        let mut parts = text.split_whitespace();
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        match (first, second, third) {
            (None, ..) => Err(invalid("it is empty")),
            (Some(both), None, _) => {
                if both.starts_with("tcp:") || both.starts_with("udp:") {
                    return Err(invalid("the other of `tcp:` and `udp:` is missing"));
                }
                let both: HostPort = both.parse().map_err(invalid)?;
                Ok(Self { udp: both.clone(), tcp: both })
            }
            (Some(first), Some(second), None) => {
                let (tcp, udp) = match (first.strip_prefix("tcp:"), second.strip_prefix("udp:")) {
                    (Some(tcp), Some(udp)) => (tcp, udp),
                    _ => match (second.strip_prefix("tcp:"), first.strip_prefix("udp:")) {
                        (Some(tcp), Some(udp)) => (tcp, udp),
                        _ => return Err(invalid("two parts must be one `tcp:` and one `udp:`")),
                    },
                };
                Ok(Self { udp: udp.parse().map_err(invalid)?, tcp: tcp.parse().map_err(invalid)? })
            }
            (Some(_), Some(_), Some(_)) => Err(invalid("it has more than two parts")),
        }
    }
}

impl FromStr for HostPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
        let port: u16 = match port {
            "" => return Err("the port is missing"),
            _ if !port.bytes().all(|digit| digit.is_ascii_digit()) => return Err("the port is not a number"),
            _ => port.parse().ok().filter(|&port| port != 0).ok_or("the port is not one of 1 to 65535")?,
        };
        let numeric = if let Some(v6) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(IpAddr::V6(v6.parse().map_err(|_| "the brackets do not hold an IPv6 address")?))
        } else if host.is_empty() {
            return Err("the host is missing");
        } else if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')) {
            return Err("the host is not a name or an address; an IPv6 address stands in brackets");
        } else if host.eq_ignore_ascii_case("localhost") {
            // RFC 6761: always the loopback. The daemon listens on IPv4.
            Some(IpAddr::V4(Ipv4Addr::LOCALHOST))
        } else {
            host.parse().ok()
        };
        Ok(Self { text: text.to_owned(), numeric: numeric.map(|ip| SocketAddr::new(ip, port)) })
    }
}

/// A text is no address of a daemon.
///
/// ```
/// # use xray_recorder::DaemonAddress;
/// let error = "127.0.0.1".parse::<DaemonAddress>().unwrap_err();
/// assert_eq!(error.to_string(), "`127.0.0.1` is no daemon address: the port is missing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDaemonAddress {
    text: String,
    reason: &'static str,
}

impl fmt::Display for InvalidDaemonAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no daemon address: {}", self.text, self.reason)
    }
}

impl std::error::Error for InvalidDaemonAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        text.parse().ok().map(|address: DaemonAddress| (address.udp().to_owned(), address.tcp().to_owned()))
    }

    #[test]
    fn the_vectors_of_the_official_sdks_are_read_or_refused() {
        let both = |address: &str| Some((address.to_owned(), address.to_owned()));
        let pair = |udp: &str, tcp: &str| Some((udp.to_owned(), tcp.to_owned()));
        for (text, expected) in [
            ("127.0.0.1:2000", both("127.0.0.1:2000")),
            ("localhost:3000", both("localhost:3000")),
            ("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", pair("127.0.0.2:2001", "127.0.0.1:2000")),
            ("udp:127.0.0.2:2001 tcp:127.0.0.1:2000", pair("127.0.0.2:2001", "127.0.0.1:2000")),
            ("127.0.0.1", None),
            ("127.0.0.1:", None),
            ("127.0.0.1:abc", None),
            (":2000", None),
            ("tcp:127.0.0.1:2000", None),
            ("udp:127.0.0.1:2000", None),
            ("tcp:127.0.0.1:2000 tcp:127.0.0.1:2001", None),
            // The Python SDK refuses repeated and trailing blanks, which nobody sees.
            ("tcp:127.0.0.1:2000  udp:127.0.0.1:2001", pair("127.0.0.1:2001", "127.0.0.1:2000")),
            ("127.0.0.1:2000 ", both("127.0.0.1:2000")),
            ("tcp:127.0.0.1:2000,udp:127.0.0.1:2001", None),
            ("a:1 b:2 c:3", None),
            ("a:1 b:2", None),
            // No official SDK reads IPv6.
            ("[::1]:2000", both("[::1]:2000")),
            ("::1:2000", None),
            ("TCP:1.1.1.1:1 UDP:1.1.1.1:2", None),
            // The Python and Node SDKs ignore what stands behind the port.
            ("127.0.0.1:2000:9", None),
            ("127.0.0.1:99999", None),
            ("127.0.0.1:0", None),
            ("127.0.0.1:+80", None),
            ("tcp:127.0.0.1 udp:127.0.0.1:2000", None),
            ("[::1:2000", None),
            ("[name]:2000", None),
            ("", None),
            ("  ", None),
            ("a/b@c:2000", None),
            ("127.0.0.1\u{fffd}:2000", None),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_numeric_addresses_and_localhost_need_no_resolver() {
        let numeric =
            |text: &str| text.parse::<DaemonAddress>().unwrap().udp_numeric().map(|address| address.to_string());
        assert_eq!(numeric("10.0.0.1:2000").as_deref(), Some("10.0.0.1:2000"));
        assert_eq!(numeric("[::1]:2000").as_deref(), Some("[::1]:2000"));
        assert_eq!(numeric("LocalHost:2000").as_deref(), Some("127.0.0.1:2000"));
        assert_eq!(numeric("xray-daemon:2000"), None);
    }
}
