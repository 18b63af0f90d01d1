//! The story: three customers' requests on three threads, through the public API.

use std::error::Error;
use std::fmt;
use std::thread;

use xray_recorder::{
    AwsCall, HttpResponse, IncomingRequest, Key, Namespace, OutgoingRequest, Recorder, Segment, Sql, TraceId,
    UdpTransport,
};

use crate::clock::{continue_at, takes, told};

/// Checked by the compiler; a key from elsewhere is a plain string and is checked at each call.
const TENANT: Key<'_> = Key::new("tenant");

/// Runs it; returns the ids of its traces.
pub(crate) fn run(recorder: Recorder<UdpTransport>) -> Result<Vec<TraceId>, Box<dyn Error>> {
    let requests = [purchase, declined, inventory].map(|request| thread::spawn(move || request(recorder)));
    let mut traces = Vec::new();
    for request in requests {
        traces.extend(request.join().map_err(|_| "a request panicked")?);
    }
    Ok(traces)
}

/// A purchase that goes well: a query, a call of DynamoDB, and a payment by another service that continues the trace.
fn purchase(recorder: Recorder<UdpTransport>) -> Option<TraceId> {
    let mut segment = recorder.begin_segment("checkout");
    receive(&mut segment, "POST", "https://shop.example.com/checkout");
    segment.put_annotation(TENANT, "acme").put_annotation("items", 3).set_user("u-17");
    takes(4);

    let mut orders = segment.begin_subsegment("orders@db.example.com");
    orders.set_namespace(Namespace::Remote).set_sql(&Sql {
        url: Some("postgresql://db.example.com:5432/orders"),
        database_type: Some("PostgreSQL"),
        sanitized_query: Some("SELECT id, total FROM orders WHERE customer_id = $1"),
        user: Some("app"),
        ..Sql::default()
    });
    takes(18);
    orders.end();

    let mut cart = segment.begin_subsegment("DynamoDB");
    takes(31);
    cart.set_namespace(Namespace::Aws)
        .set_aws(&AwsCall {
            operation: Some("GetItem"),
            region: Some("eu-west-1"),
            table_name: Some("carts"),
            retries: Some(1),
            ..AwsCall::default()
        })
        .put_aws("consumed_capacity", &0.5)
        .set_http_response(&HttpResponse { status: Some(200), content_length: Some(412) });
    cart.end();

    let total = segment.in_subsegment("price", |price| {
        takes(7);
        price.put_metadata("lines", &[("book", 1), ("pen", 2)]);
        4_250
    });

    let mut payment = segment.begin_subsegment("payments.example.com");
    payment.set_namespace(Namespace::Remote).set_traced().set_http_request(&OutgoingRequest {
        method: Some("POST"),
        url: Some("https://payments.example.com/charge"),
        ..OutgoingRequest::default()
    });
    takes(3);
    // What a client would put into the request as `X-Amzn-Trace-Id`, and what the other service reads from it.
    charge(recorder, &payment.trace_header().to_string(), total);
    takes(2);
    payment.set_http_response(&HttpResponse { status: Some(200), content_length: Some(64) });
    payment.end();

    let trace = segment.context().map(|context| context.trace_id());
    respond(&mut segment, 200, 5_123);
    trace
}

/// The other service: its segment has the payment's subsegment as parent, by the header.
fn charge(recorder: Recorder<UdpTransport>, header: &str, total: u64) {
    let mut segment = recorder.segment("payments").header(header).begin();
    receive(&mut segment, "POST", "https://payments.example.com/charge");
    segment.put_annotation("total", total);
    takes(44);
    respond(&mut segment, 200, 64);
}

/// A purchase that fails: the error is recorded where it happened, and the segment refers to it. A message to the
/// customer is still being written when the response is sent.
fn declined(recorder: Recorder<UdpTransport>) -> Option<TraceId> {
    takes(12);
    let mut segment = recorder.begin_segment("checkout");
    receive(&mut segment, "POST", "https://shop.example.com/checkout");
    segment.put_annotation(TENANT, "globex");
    takes(9);

    let cause = segment.in_subsegment("authorise", |authorise| {
        takes(27);
        authorise.add_exception(&Declined { source: Expired })
    });
    if let Some(cause) = cause {
        segment.set_cause_id(cause);
    }

    let mut message = segment.begin_subsegment("notify");
    let trace = segment.context().map(|context| context.trace_id());
    takes(6);
    respond(&mut segment, 402, 180);
    drop(segment);

    let begun = told();
    let writer = thread::spawn(move || {
        continue_at(begun);
        takes(38);
        message.put_annotation("channel", "mail");
        // The segment is long sent: this one goes by itself, to the same place in the trace.
        message.end();
    });
    writer.join().ok()?;
    trace
}

/// A count of the whole stock: 200 subsegments. Those that find room travel in the segment's datagram, the others
/// by themselves.
fn inventory(recorder: Recorder<UdpTransport>) -> Option<TraceId> {
    takes(5);
    let mut segment = recorder.begin_segment("inventory");
    segment.put_annotation(TENANT, "acme");
    for shelf in 0..200 {
        let mut count = segment.begin_subsegment(&format!("shelf {shelf:03}"));
        count.put_annotation("shelf", shelf);
        takes(1);
        count.end();
    }
    segment.put_metadata("counted", &200);
    segment.context().map(|context| context.trace_id())
}

fn receive(segment: &mut Segment, method: &str, url: &str) {
    segment.set_http_request(&IncomingRequest {
        method: Some(method),
        url: Some(url),
        user_agent: Some("quickstart"),
        client_ip: Some("203.0.113.7"),
        ..IncomingRequest::default()
    });
}

fn respond(segment: &mut Segment, status: u16, length: u64) {
    takes(1);
    segment.set_http_response(&HttpResponse { status: Some(status), content_length: Some(length) });
}

#[derive(Debug)]
struct Declined {
    source: Expired,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

#[derive(Debug)]
struct Expired;

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it expired in 2024-11")
    }
}

impl Error for Expired {}
