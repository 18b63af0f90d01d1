//! What the functions of this example do, apart from Lambda and apart from tracing: an order is priced, and another
//! service is asked to take the money.

use std::error::Error;
use std::{env, fmt, io};

use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The variable that says where the payment service listens, `host:port`.
pub const PAYMENTS_ADDRESS: &str = "PAYMENTS_ADDRESS";

/// What an order may cost before it is declined, in cents.
pub const LIMIT: u64 = 100_000;

/// The status of a payment that is declined.
pub const PAYMENT_REQUIRED: u16 = 402;

const ITEM_PRICE: u64 = 250;

/// The event of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Order {
    /// What the shop calls it.
    pub id: String,
    /// How many things were bought.
    pub items: u32,
}

impl Order {
    /// An order of so many things.
    pub fn new(id: impl Into<String>, items: u32) -> Self {
        Self { id: id.into(), items }
    }

    /// What it costs, in cents.
    pub fn total(&self) -> u64 {
        u64::from(self.items) * ITEM_PRICE
    }
}

/// The response of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The order's id.
    pub order: String,
    /// What it cost, in cents.
    pub total: u64,
    /// The trace header that went, or would have gone, to the payment service: for whoever wants to check it.
    pub trace_header: String,
}

impl Receipt {
    /// The receipt of an order that is paid.
    pub fn new(order: &Order, trace_header: impl Into<String>) -> Self {
        Self { order: order.id.clone(), total: order.total(), trace_header: trace_header.into() }
    }
}

/// An order was not paid.
#[derive(Debug)]
#[non_exhaustive]
pub enum PaymentFailed {
    /// The payment service does not take the money.
    Declined,
    /// The payment service answers with something else, or not at all.
    Unreachable(io::Error),
}

impl fmt::Display for PaymentFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined => f.write_str("the payment was declined"),
            Self::Unreachable(_) => f.write_str("the payment service was not reached"),
        }
    }
}

impl Error for PaymentFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Declined => None,
            Self::Unreachable(error) => Some(error),
        }
    }
}

/// What Lambda is told.
impl From<PaymentFailed> for Diagnostic {
    fn from(failed: PaymentFailed) -> Self {
        Self { error_type: "PaymentFailed".to_owned(), error_message: failed.to_string() }
    }
}

/// Where the payment service listens.
///
/// # Errors
///
/// [`PAYMENTS_ADDRESS`] is not set.
pub fn payments_address() -> io::Result<String> {
    env::var(PAYMENTS_ADDRESS).map_err(|error| io::Error::other(format!("{PAYMENTS_ADDRESS}: {error}")))
}

/// Asks the payment service for the money and gives the status of its answer. Any HTTP client will do; the trace header
/// goes into `X-Amzn-Trace-Id`, unless it is empty.
///
/// # Errors
///
/// Those of the connection, and an answer that has no status.
pub async fn charge(address: &str, order: &Order, trace_header: &str) -> io::Result<u16> {
    let body = format!("{{\"order\":{:?},\"total\":{}}}", order.id, order.total());
    let trace_header = match trace_header {
        "" => String::new(),
        header => format!("X-Amzn-Trace-Id: {header}\r\n"),
    };
    let request = format!(
        "POST /charge HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{trace_header}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    status_of(&answer).ok_or_else(|| io::Error::other("the answer has no status"))
}

fn status_of(answer: &[u8]) -> Option<u16> {
    let digits = answer.strip_prefix(b"HTTP/1.1 ")?.first_chunk::<3>()?;
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_stands_behind_the_version() {
        assert_eq!(status_of(b"HTTP/1.1 402 Payment Required\r\n\r\n"), Some(402));
        assert_eq!(status_of(b"HTTP/1.1 40"), None);
        assert_eq!(status_of(b""), None);
    }

    #[test]
    fn the_largest_order_has_a_price() {
        assert_eq!(Order::new("all", u32::MAX).total(), u64::from(u32::MAX) * 250);
    }
}
