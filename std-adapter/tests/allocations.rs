//! In the steady state a trace allocates nothing: guards, documents and slots are reused.

#[path = "support/counting.rs"]
mod counting;

use std::sync::{Condvar, Mutex};
use std::thread;

use counting::allocations;
use xray_recorder::{
    AwsCall, Clock, Embed, HttpResponse, IncomingRequest, Key, Namespace, OutgoingRequest, Recorder, SamplingRequest,
    Segment, Sql, Subsegment, Timestamp, Transport,
};
use xray_recorder_core::testing::SeededRng;

/// A transport that takes everything.
struct Nowhere;

impl embedded_io::ErrorType for &Nowhere {
    type Error = embedded_io::ErrorKind;
}

impl Transport for &Nowhere {
    fn send(&mut self, _: &[u8]) -> Result<(), embedded_io::ErrorKind> {
        Ok(())
    }
}

fn recorder(describe_sdk: bool) -> Recorder<Nowhere> {
    Recorder::builder().describe_sdk(describe_sdk).transport(Nowhere).build().unwrap()
}

/// Traces until the pools are full, and traces that are counted.
const WARM_UP: usize = 5;
const COUNTED: usize = 20;

const TENANT: Key<'static> = Key::new("tenant");

/// W1: one segment with http and one annotation.
fn leaf(segment: &mut Segment) {
    segment
        .put_annotation(TENANT, "acme")
        .set_http_request(&IncomingRequest {
            verbatim: false,
            method: Some("GET"),
            url: Some("https://shop.example.com/cart"),
            user_agent: Some("Mozilla/5.0"),
            client_ip: Some("203.0.113.7"),
            x_forwarded_for: true,
        })
        .set_http_response(&HttpResponse { status: Some(200), content_length: Some(1_234) });
}

/// One of four kinds of subsegment.
fn write(child: &mut Subsegment, number: usize) {
    match number % 4 {
        0 => child.set_namespace(Namespace::Remote).set_sql(&Sql {
            url: Some("postgresql://db.example.com:5432/orders"),
            sanitized_query: Some("SELECT id FROM orders WHERE customer = ?"),
            ..Sql::default()
        }),
        1 => child.set_namespace(Namespace::Aws).set_aws(&AwsCall {
            operation: Some("GetItem"),
            table_name: Some("carts"),
            ..AwsCall::default()
        }),
        2 => child
            .set_namespace(Namespace::Remote)
            .set_http_request(&OutgoingRequest { method: Some("POST"), ..OutgoingRequest::default() })
            .set_http_response(&HttpResponse { status: Some(429), content_length: None }),
        _ => child.put_metadata("cart", &(1, "book", [0.5, 2.5])).put_metadata_in("http", "retries", &number),
    }
    .put_annotation("number", number);
}

/// W2, W3: the segment with so many subsegments, one after the other.
fn tree(segment: &mut Segment, children: usize) {
    leaf(segment);
    for number in 0..children {
        let mut child = segment.begin_subsegment("orders@db.example.com");
        write(&mut child, number);
        child.end();
    }
}

/// How often so many traces allocate once the pools are full.
fn in_steady_state(mut trace: impl FnMut()) -> u64 {
    (0..WARM_UP).for_each(|_| trace());
    allocations(|| (0..COUNTED).for_each(|_| trace()))
}

#[test]
fn by_the_current_entity_a_trace_allocates_nothing() {
    let recorder = recorder(true);
    let trace = || {
        recorder.in_segment("checkout", |segment| {
            leaf(segment);
            for number in 0..10 {
                xray_recorder::in_subsegment("orders@db.example.com", |child| {
                    write(child, number);
                    xray_recorder::put_annotation("by", "name");
                    xray_recorder::put_metadata("cart", &(1, "book"));
                    let here = xray_recorder::current().unwrap();
                    here.run(|| xray_recorder::begin_subsegment("below").end());
                });
            }
        });
    };
    assert_eq!(in_steady_state(trace), 0);
}

#[test]
fn in_a_future_a_trace_allocates_nothing() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use xray_recorder::TraceFuture;

    let recorder = recorder(true);
    let trace = || {
        let work = async {
            for number in 0..10 {
                async { xray_recorder::put_annotation("number", number) }.in_subsegment("work").await;
            }
        };
        let request = pin!(work.in_segment(recorder.segment("checkout")));
        assert_eq!(request.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
    };
    assert_eq!(in_steady_state(trace), 0);
}

#[test]
fn a_trace_on_one_thread_allocates_nothing() {
    for describe_sdk in [false, true] {
        let recorder = recorder(describe_sdk);
        for children in [0, 10, 1_000] {
            let allocated = in_steady_state(|| tree(&mut recorder.begin_segment("checkout"), children));
            assert_eq!(allocated, 0, "{children} subsegments, describe_sdk({describe_sdk})");
        }
        let stats = recorder.stats();
        assert_eq!((stats.begun, stats.open), (stats.sent, 0));
    }
}

#[test]
fn what_is_open_at_once_may_be_five_hundred_subsegments() {
    let recorder = recorder(true);
    let mut open: Vec<Subsegment> = Vec::with_capacity(500);
    let allocated = in_steady_state(|| {
        let mut segment = recorder.begin_segment("checkout");
        leaf(&mut segment);
        // Siblings, and under each of every second one a child of its own.
        for number in 0..500 {
            let child = match open.last() {
                Some(last) if number % 2 == 1 => last.begin_subsegment("inner"),
                _ => segment.begin_subsegment("outer"),
            };
            open.push(child);
        }
        open.drain(..).enumerate().for_each(|(number, mut child)| write(&mut child, number));
    });
    assert_eq!(allocated, 0);
}

#[test]
fn subsegments_that_are_sent_alone_allocate_nothing() {
    for embed in [Embed::Never, Embed::AtMost(3)] {
        let recorder = Recorder::builder().embed(embed).transport(Nowhere).build().unwrap();
        assert_eq!(in_steady_state(|| tree(&mut recorder.begin_segment("checkout"), 10)), 0);
    }
}

#[test]
fn the_clock_and_the_randomness_of_a_test_allocate_nothing_either() {
    let recorder = Recorder::builder().rng(SeededRng::new(7)).clock(xray_recorder::SystemClock).transport(Nowhere);
    let recorder = recorder.build().unwrap();
    assert_eq!(in_steady_state(|| tree(&mut recorder.begin_segment("checkout"), 10)), 0);
}

/// A place through which one thread hands guards to another: no allocation of its own, unlike a channel's.
#[derive(Default)]
struct Hatch {
    state: Mutex<(Option<Subsegment>, bool)>,
    changed: Condvar,
}

impl Hatch {
    fn put(&self, subsegment: Subsegment) {
        let mut state = self.changed.wait_while(self.state.lock().unwrap(), |state| state.0.is_some()).unwrap();
        state.0 = Some(subsegment);
        self.changed.notify_all();
    }

    /// Waits until everything was taken.
    fn flush(&self) {
        drop(self.changed.wait_while(self.state.lock().unwrap(), |state| state.0.is_some()).unwrap());
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    fn take(&self) -> Option<Subsegment> {
        let mut state =
            self.changed.wait_while(self.state.lock().unwrap(), |state| state.0.is_none() && !state.1).unwrap();
        let taken = state.0.take();
        self.changed.notify_all();
        taken
    }
}

#[test]
fn subsegments_that_end_on_another_thread_allocate_nothing_on_either() {
    for describe_sdk in [false, true] {
        for children in [10, 1_000] {
            let recorder = recorder(describe_sdk);
            let hatch = Hatch::default();
            // More guards than the other thread keeps, so that it does not depend on the scheduler when there are enough.
            let segment = recorder.begin_segment("checkout");
            drop((0..100).map(|_| segment.begin_subsegment("db")).collect::<Vec<_>>());
            segment.end();
            let trace = || {
                let mut segment = recorder.begin_segment("checkout");
                leaf(&mut segment);
                (0..children).for_each(|_| hatch.put(segment.begin_subsegment("orders@db.example.com")));
                hatch.flush();
            };
            // The other thread counts from the subsegment with which counting begins here.
            let first_counted = WARM_UP * children;
            let (here, there) = thread::scope(|scope| {
                let other = scope.spawn(|| {
                    let end_next = |number| match hatch.take() {
                        Some(mut child) => {
                            write(&mut child, number);
                            true
                        }
                        None => false,
                    };
                    (0..first_counted).for_each(|number| assert!(end_next(number)));
                    allocations(|| while end_next(0) || end_next(1) || end_next(2) || end_next(3) {})
                });
                let here = in_steady_state(trace);
                hatch.close();
                (here, other.join().unwrap())
            });
            assert_eq!((here, there), (0, 0), "{children} subsegments, describe_sdk({describe_sdk})");
            let stats = recorder.stats();
            assert_eq!((stats.begun, stats.open), (stats.sent, 0));
        }
    }
}

#[test]
fn a_trace_that_is_not_sampled_allocates_nothing() {
    let recorder = recorder(true);
    let by_header = || recorder.segment("checkout").header("Sampled=0").begin();
    let by_decision = || recorder.segment("checkout").sampled(false).begin();
    for segment in [&by_header as &dyn Fn() -> Segment, &by_decision] {
        let allocated = allocations(|| {
            let mut segment = segment();
            tree(&mut segment, 10);
            segment.add_exception(&std::fmt::Error);
            segment.put_metadata_with("expensive", || -> String { unreachable!("nobody asks for it") });
            segment.begin_subsegment_without_sampling().begin_subsegment("db").end();
            assert_eq!(segment.json(), None);
        });
        assert_eq!(allocated, 0, "from the first trace on");
    }
    assert_eq!(recorder.stats().begun, 0);
}

#[test]
fn a_header_that_says_more_than_the_decision_costs_one_allocation() {
    let recorder = recorder(true);
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";
    for (header, expected) in [
        (format!("{root};Sampled=1"), 0),
        (format!("{root};Sampled=1;Lineage=a:1"), 1),
        (format!("{root};Sampled=0"), 1),
    ] {
        let allocated = in_steady_state(|| tree(&mut recorder.segment("checkout").header(header.as_str()).begin(), 10));
        assert_eq!(allocated, expected * COUNTED as u64, "{header}");
    }
    // The data is kept twice for one that is not sampled: with what else it passes on, and by itself for its children.
    let header = format!("{root};Sampled=0;Lineage=a:1");
    let allocated = in_steady_state(|| tree(&mut recorder.segment("checkout").header(header.as_str()).begin(), 10));
    assert_eq!(allocated, 2 * COUNTED as u64);
}

#[test]
fn an_outgoing_header_can_be_written_without_allocating() {
    let recorder = recorder(true);
    let segment = recorder.begin_segment("checkout");
    let child = segment.begin_subsegment("api");
    let allocated = allocations(|| {
        let mut buffer = [0; xray_recorder::TraceHeader::MAX_LEN];
        assert!(child.trace_header().header().encode(&mut buffer).unwrap().ends_with(";Sampled=1"));
    });
    assert_eq!(allocated, 0);
}

/// A clock that no thread goes by, so that nobody asks for rules.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000)
    }
}

#[test]
fn a_decision_allocates_nothing() {
    let rules = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
        {"host":"*","http_method":"*","url_path":"/carts/*","fixed_target":1,"rate":1}]}"#;
    let local = Recorder::builder().sampling_rules(rules).unwrap().transport(Nowhere).build().unwrap();
    let central = Recorder::builder().fallback_sampling_rules(rules).unwrap().ignore_environment();
    let central = central.clock(Still).build().unwrap();
    let request = |path| SamplingRequest { path: Some(path), ..SamplingRequest::default() };
    let allocated = in_steady_state(|| {
        assert!(!local.segment("checkout").request(&request("/health")).begin().is_sampled());
        assert!(!central.segment("checkout").request(&request("/health")).begin().is_sampled());
        tree(&mut local.segment("checkout").request(&request("/carts/7")).begin(), 10);
    });
    assert_eq!(allocated, 0);
}
