//! What segments are called that serve requests.

use std::borrow::Cow;
use std::fmt;

use xray_recorder_core::wildcard_match;

/// The service's name, and for which hosts theirs is taken instead.
pub(super) struct Naming {
    pub(super) service: String,
    pub(super) dynamic: Option<Dynamic>,
}

/// A name for a host, or none.
type NameOf = dyn Fn(&str) -> Option<String> + Send + Sync;

/// How a name follows from a host.
pub(super) enum Dynamic {
    /// Hosts that match are names themselves.
    Pattern(String),
    /// A name of the user's making, or none.
    Custom(Box<NameOf>),
}

impl Naming {
    /// The name for a request to this host.
    pub(super) fn name<'n>(&'n self, host: Option<&'n str>) -> Cow<'n, str> {
        let named = match (&self.dynamic, host.filter(|host| !host.is_empty())) {
            (Some(Dynamic::Pattern(pattern)), Some(host)) => {
                wildcard_match(pattern, host).then_some(Cow::Borrowed(host))
            }
            (Some(Dynamic::Custom(name)), Some(host)) => name(host).map(Cow::Owned),
            (None, _) | (_, None) => None,
        };
        named.unwrap_or(Cow::Borrowed(&self.service))
    }
}

impl fmt::Debug for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Naming").field("service", &self.service).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dynamic(dynamic: Dynamic) -> Naming {
        Naming { service: "fallback".to_owned(), dynamic: Some(dynamic) }
    }

    #[test]
    fn hosts_that_match_the_pattern_are_names_and_others_fall_back() {
        let naming = dynamic(Dynamic::Pattern("*.example.com".to_owned()));
        for (host, name) in [
            ("www.example.com", "www.example.com"),
            ("WWW.EXAMPLE.COM", "WWW.EXAMPLE.COM"),
            ("evil.org", "fallback"),
            ("www.example.com:8080", "fallback"),
            ("", "fallback"),
        ] {
            assert_eq!(naming.name(Some(host)), name);
        }
        assert_eq!(naming.name(None), "fallback");
    }

    #[test]
    fn without_a_pattern_the_service_is_the_name_whatever_the_host() {
        let naming = Naming { service: "shop".to_owned(), dynamic: None };
        assert_eq!(naming.name(Some("www.example.com")), "shop");
    }

    #[test]
    fn a_function_of_the_users_makes_a_name_or_none() {
        let first_label = |host: &str| host.split_once('.').map(|(label, _)| label.to_owned());
        let naming = dynamic(Dynamic::Custom(Box::new(first_label)));
        assert_eq!(naming.name(Some("shop.example.com")), "shop");
        assert_eq!(naming.name(Some("localhost")), "fallback");
    }
}
