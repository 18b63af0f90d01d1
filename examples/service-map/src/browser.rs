//! Who calls first, and knows nothing of traces.

use std::net::SocketAddr;

use crate::Failure;

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// Asks for a cart with a token that nobody else is to see, and gives the status.
pub(crate) async fn visit(shop: SocketAddr, cart: &str) -> Result<u16, Failure> {
    let url = format!("http://{shop}/carts/{cart}?token=hunter2");
    let request = reqwest::Client::new().get(url).header("user-agent", USER_AGENT).header("accept", "text/html");
    let response = request.send().await?;
    let status = response.status().as_u16();
    // The trace ends with the page.
    response.bytes().await?;
    Ok(status)
}
