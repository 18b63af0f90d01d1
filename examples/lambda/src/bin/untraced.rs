//! The function of `main.rs` without tracing: what its size and its start are compared with.

use example_lambda::{Order, PAYMENT_REQUIRED, PaymentFailed, Receipt, charge, payments_address};
use lambda_runtime::{Error, LambdaEvent, run_concurrent, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run_concurrent(service_fn(move |event: LambdaEvent<Order>| checkout(event.payload))).await
}

async fn checkout(order: Order) -> Result<Receipt, PaymentFailed> {
    pay(&order).await
}

async fn pay(order: &Order) -> Result<Receipt, PaymentFailed> {
    let address = payments_address().map_err(PaymentFailed::Unreachable)?;
    match charge(&address, order, "").await.map_err(PaymentFailed::Unreachable)? {
        200 => Ok(Receipt::new(order, "")),
        PAYMENT_REQUIRED => Err(PaymentFailed::Declined),
        other => Err(PaymentFailed::Unreachable(std::io::Error::other(format!("status {other}")))),
    }
}
