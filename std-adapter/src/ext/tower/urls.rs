//! Where the request of an entity is annotated, too.

/// Whether requests and responses are annotations beside the `http` block: `url`, `method`, `user_agent`, `client_ip`,
/// `x_forwarded_for`, `status` and `content_length`. X-Ray searches for the `http` block of segments only. It is the setting
/// of the Python SDK's middleware for Django.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three of the Python SDK")]
pub enum UrlsAsAnnotation {
    /// In Lambda, where requests are subsegments. The default.
    #[default]
    Lambda,
    /// Everywhere.
    All,
    /// Nowhere.
    None,
}

impl UrlsAsAnnotation {
    pub(super) fn applies(self, in_lambda: bool) -> bool {
        match self {
            Self::Lambda => in_lambda,
            Self::All => true,
            Self::None => false,
        }
    }
}
