//! Texts that must be in no document.

use xray_recorder::testing::TestRecorder;

/// In the statement.
pub const LITERAL: &str = "s3cr3t-literal";
/// Bound to the statement.
pub const BOUND: &str = "s3cr3t-bound";
/// In the URL.
pub const PASSWORD: &str = "s3cr3t-password";

/// Asserts that what was sent holds no secret, and something.
///
/// # Panics
///
/// Where it does, or nothing was sent.
#[track_caller]
pub fn assert_none_sent(kit: &TestRecorder) {
    let datagrams = kit.recorder().transport().datagrams();
    assert!(!datagrams.is_empty(), "where nothing is sent there is nothing to find");
    let sent = format!("{datagrams:?}");
    for secret in [LITERAL, BOUND, PASSWORD, "s3cr3t"] {
        assert!(!sent.contains(secret), "{secret} was sent: {}", kit.trace());
    }
}
