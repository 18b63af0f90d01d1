//! The judge has to see what it is there for: each run here has one thing wrong.

use std::net::UdpSocket;
use std::time::Duration;

use xray_recorder_receiver::Collector;

use super::*;

const STORY: [&str; 2] = ["checkout", "payments.example.com"];

/// A run, as its parts are found.
struct Run {
    invocations: Vec<Invocation>,
    log: Log,
    calls: Vec<Call>,
    documents: Vec<String>,
}

impl Run {
    /// One in which all is well.
    fn well() -> Self {
        let invocations = Invocation::rounds(1);
        let mut run = Self {
            invocations: invocations.clone(),
            log: Log { most_outstanding: 1, ..Log::default() },
            calls: Vec::new(),
            documents: Vec::new(),
        };
        for (number, invocation) in invocations.iter().enumerate() {
            let (checkout, payment) = (format!("{:016x}", 0xa0 + number), format!("{:016x}", 0xb0 + number));
            let header = if invocation.is_recorded() {
                run.documents.extend(documents(invocation, &checkout, &payment));
                invocation.header_from(&payment)
            } else {
                invocation.header_unrecorded()
            };
            let body = if invocation.is_declined() {
                br#"{"errorType":"PaymentFailed","errorMessage":"the payment was declined"}"#.to_vec()
            } else {
                serde_json::to_vec(&Receipt::new(&invocation.order, &*header)).unwrap()
            };
            let request_id = invocation.request_id.clone();
            run.log.answers.push(Answer { request_id, is_error: invocation.is_declined(), body });
            run.calls.push(Call { order: invocation.order.id.clone(), trace_header: header });
        }
        run
    }

    fn faults(&self) -> Vec<String> {
        let mut collector = Collector::loopback().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for document in &self.documents {
            let datagram = format!("{{\"format\":\"json\",\"version\":1}}\n{document}");
            socket.send_to(datagram.as_bytes(), collector.addr()).unwrap();
        }
        let all_here = |received: &Received| received.datagrams().len() == self.documents.len();
        collector.wait_for(Duration::from_secs(10), all_here).unwrap();
        let received = &collector.finish().unwrap();
        let (invocations, log, calls) = (&self.invocations[..], &self.log, Some(&self.calls[..]));
        Evidence { story: &STORY, invocations, at_once: 1, log, calls, received }.faults()
    }

    /// The one fault, or all there are.
    fn fault(&self) -> String {
        self.faults().join("\n")
    }

    fn replace(&mut self, document: usize, from: &str, to: &str) {
        let replaced = self.documents[document].replace(from, to);
        assert_ne!(replaced, self.documents[document], "{from}");
        self.documents[document] = replaced;
    }
}

/// What the function sends for an invocation that is recorded.
fn documents(invocation: &Invocation, checkout: &str, payment: &str) -> [String; 2] {
    let root = invocation.root();
    let document = |name: &str, id: &str, parent: &str, rest: &str| {
        format!(
            r#"{{"type":"subsegment","trace_id":"{root}","parent_id":"{parent}","id":"{id}","start_time":1800000000.5,"end_time":1800000001.5,"name":"{name}"{rest}}}"#
        )
    };
    let paid =
        if invocation.is_declined() { String::new() } else { format!(r#","paid":{}"#, invocation.order.total()) };
    let order = format!(r#","annotations":{{"order":"{}"{paid}}}"#, invocation.order.id);
    let (why, paid) = if invocation.is_declined() {
        let exception =
            format!(r#"{{"id":"c{}","type":"PaymentFailed","message":"the payment was declined"}}"#, &checkout[1..]);
        let why = format!(r#","fault":true,"cause":{{"exceptions":[{exception}]}}"#);
        (why, r#","namespace":"remote","error":true,"http":{"response":{"status":402}}"#)
    } else {
        (String::new(), r#","namespace":"remote","http":{"response":{"status":200}}"#)
    };
    [
        document("payments.example.com", payment, checkout, paid),
        document("checkout", checkout, invocation.parent(), &(order + &why)),
    ]
}

#[test]
fn a_run_in_which_all_is_well_has_no_faults() {
    assert_eq!(Run::well().faults(), Vec::<String>::new());
}

#[test]
fn entities_under_another_invocation_are_seen() {
    let mut run = Run::well();
    // The first and the last invocation share a trace, so that only the parent tells them apart.
    let (first, last) = (run.invocations[0].parent().to_owned(), run.invocations[7].parent().to_owned());
    run.replace(1, &first, &last);
    run.replace(7, &last, &first);
    assert!(run.fault().contains("the order is A-0, and the entity says"), "{}", run.fault());
}

#[test]
fn an_entity_in_another_trace_is_seen() {
    let mut run = Run::well();
    let (first, second) = (run.invocations[0].root().to_owned(), run.invocations[1].root().to_owned());
    run.replace(0, &first, &second);
    assert!(run.fault().contains("there has to be payments.example.com alone, and there is []"), "{}", run.fault());
}

#[test]
fn an_entity_that_is_missing_and_one_too_many_are_seen() {
    let mut run = Run::well();
    run.documents.remove(0);
    assert!(run.fault().contains("7 entities came in 7 datagrams, and not 8"), "{}", run.fault());

    let mut run = Run::well();
    let not_sampled = run.invocations.iter().find(|invocation| !invocation.is_recorded()).unwrap().clone();
    run.documents.extend(documents(&not_sampled, "00000000000000e0", "00000000000000e1"));
    assert!(run.fault().contains("10 entities came in 10 datagrams, and not 8"), "{}", run.fault());
}

#[test]
fn what_belongs_to_another_invocation_is_seen() {
    let mut run = Run::well();
    run.replace(1, r#""paid":750"#, r#""paid":1000"#);
    assert!(run.fault().contains("what was paid is Some(750)"), "{}", run.fault());
    run.replace(1, r#","paid":1000"#, "");
    assert!(run.fault().contains("what was paid is Some(750)"), "{}", run.fault());
}

#[test]
fn a_document_that_is_not_valid_is_seen() {
    let mut run = Run::well();
    run.replace(0, r#","end_time":1800000001.5"#, r#","end_time":1700000001.5"#);
    assert!(run.fault().starts_with("end-before-start"), "{}", run.fault());
}

#[test]
fn another_header_than_the_right_one_is_seen_whoever_sends_it() {
    for number in 0..Run::well().invocations.len() {
        let mut run = Run::well();
        run.calls[number].trace_header += ";Sampled=0";
        assert!(run.fault().contains("the payment service was sent"), "{}", run.fault());
        run.calls.remove(number);
        assert!(run.fault().contains("7 payments were asked for, of 8 invocations"), "{}", run.fault());
    }
}

#[test]
fn another_answer_than_the_right_one_is_seen() {
    for number in 0..Run::well().invocations.len() {
        let mut run = Run::well();
        run.log.answers[number].is_error ^= true;
        assert!(run.fault().contains("it was answered with"), "{}", run.fault());
        run.log.answers.remove(number);
        assert!(run.fault().contains("there are 0 answers"), "{}", run.fault());
    }
    let mut run = Run::well();
    run.log.answers[0].body = run.log.answers[1].body.clone();
    assert!(run.fault().contains("the receipt is"), "{}", run.fault());
}

#[test]
fn an_error_that_is_not_recorded_is_seen() {
    let declined = Run::well().documents.iter().position(|document| document.contains("fault")).unwrap();
    for (from, to) in [(r#""fault":true,"#, ""), ("was declined", "was lost")] {
        let mut run = Run::well();
        run.replace(declined, from, to);
        assert!(run.fault().contains("whether it failed, and why"), "{}", run.fault());
    }
    let mut run = Run::well();
    run.replace(declined - 1, r#""error":true,"#, "");
    assert!(run.fault().contains("the payment's status is 402"), "{}", run.fault());
}

#[test]
fn complaints_and_another_concurrency_are_faults() {
    let mut run = Run::well();
    run.log.complaints.push("the function cannot start".to_owned());
    run.log.most_outstanding = 2;
    assert_eq!(
        run.faults(),
        ["the function cannot start", "2 invocations were under way at once, and not 1"].map(str::to_owned)
    );
}
