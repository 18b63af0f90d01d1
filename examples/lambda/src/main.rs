//! A Lambda function, traced: the one to copy. It serves one invocation after the other, and several at once where Lambda
//! sets `AWS_LAMBDA_MAX_CONCURRENCY`.
//!
//! The segment of an invocation is Lambda's own. What a function records are subsegments, and it is the trace header of
//! the invocation that says under which segment: `Context::xray_trace_id`.

use example_lambda::{Order, PAYMENT_REQUIRED, PaymentFailed, Receipt, charge, payments_address};
use lambda_runtime::{Error, LambdaEvent, run_concurrent, service_fn, tracing};
use xray_recorder::{HttpResponse, Namespace, OutgoingRequest, Recorder, TraceFuture};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    // Once per process: reads the environment that Lambda sets, waits for nothing, and cannot fail.
    let recorder = Recorder::new();
    // Without AWS_LAMBDA_MAX_CONCURRENCY this is the same as `run`.
    run_concurrent(service_fn(move |event: LambdaEvent<Order>| {
        let segment = recorder.facade(event.context.xray_trace_id.as_deref().unwrap_or_default());
        checkout(event.payload).in_subsegment("checkout").in_context(&segment)
    }))
    .await
}

/// Runs in the subsegment `checkout`, whatever thread polls it and whatever else runs meanwhile.
async fn checkout(order: Order) -> Result<Receipt, PaymentFailed> {
    xray_recorder::put_annotation("order", order.id.as_str());
    let paid = pay(&order).await;
    match &paid {
        Ok(receipt) => xray_recorder::put_annotation("paid", receipt.total),
        Err(error) => {
            xray_recorder::add_exception(error);
        }
    }
    paid
}

/// Calls the payment service, in a subsegment below.
async fn pay(order: &Order) -> Result<Receipt, PaymentFailed> {
    let address = payments_address().map_err(PaymentFailed::Unreachable)?;
    // A guard is no current entity: it may be held across an `.await`.
    let mut call = xray_recorder::begin_subsegment("payments.example.com");
    call.set_namespace(Namespace::Remote).set_http_request(&OutgoingRequest {
        method: Some("POST"),
        url: Some(&format!("http://{address}/charge")),
        ..OutgoingRequest::default()
    });
    let header = call.trace_header().to_string();
    let status = charge(&address, order, &header).await.map_err(|error| {
        call.add_exception(&error);
        PaymentFailed::Unreachable(error)
    })?;
    call.set_http_response(&HttpResponse { status: Some(status), content_length: None });
    match status {
        200 => Ok(Receipt::new(order, header)),
        PAYMENT_REQUIRED => Err(PaymentFailed::Declined),
        other => Err(PaymentFailed::Unreachable(std::io::Error::other(format!("status {other}")))),
    }
}
