//! The least there is to do, in a function that serves one invocation at a time: the runtime keeps the trace header of the
//! invocation in `_X_AMZN_TRACE_ID`, where the recorder finds it whenever a subsegment begins without a current entity.

use example_lambda::{LIMIT, Order, PaymentFailed, Receipt};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use xray_recorder::Recorder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let recorder = Recorder::new();
    run(service_fn(async |event: LambdaEvent<Order>| checkout(recorder, &event.payload))).await
}

fn checkout(recorder: Recorder, order: &Order) -> Result<Receipt, PaymentFailed> {
    let mut subsegment = recorder.begin_subsegment("checkout");
    subsegment.put_annotation("order", order.id.as_str());
    if order.total() > LIMIT {
        subsegment.add_exception(&PaymentFailed::Declined);
        return Err(PaymentFailed::Declined);
    }
    subsegment.put_annotation("paid", order.total());
    Ok(Receipt::new(order, subsegment.trace_header().to_string()))
}
