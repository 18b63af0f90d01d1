//! A trace is drawn so that a person sees what happened.

use xray_recorder_receiver::{Datagram, Trace, Waterfall, assemble};

use crate::support::{TRACE_ID, datagram, id, lone, segment};

fn entity(number: u64, name: &str, start: f64, end: f64, more: &str) -> String {
    format!(r#"{{{more}"name":"{name}","id":"{}","start_time":{start:.6},"end_time":{end:.6}}}"#, id(number))
}

fn alone(parent: u64) -> String {
    format!(r#""type":"subsegment","trace_id":"{TRACE_ID}","parent_id":"{}","#, id(parent))
}

fn trace(bodies: &[String]) -> Trace {
    let datagrams: Vec<Datagram> = bodies.iter().map(|body| datagram(body)).collect();
    assemble(&datagrams).remove(0)
}

fn checkout() -> Trace {
    let failed: fn(u64) -> &'static str = |number| {
        if number == 150 { r#""fault":true,"# } else { "" }
    };
    let records: Vec<String> = (0..200)
        .map(|number| {
            let start = 100.05 + number as f64 * 0.001;
            entity(1000 + number, &format!("record {number}"), start, start + 0.0008, failed(number))
        })
        .collect();
    let batch = format!(r#""subsegments":[{}],"#, records.join(","));
    let query = r#""throttle":true,"error":true,"namespace":"remote","annotations":{"attempt":2},"#;
    let children = [
        entity(4, "orders@db.example.com", 100.01, 100.05, query),
        entity(5, "batch", 100.05, 100.251, &batch),
        entity(6, "DynamoDB", 100.26, 100.3, r#""namespace":"aws","fault":true,"#),
    ];
    let root = format!(
        r#""trace_id":"{TRACE_ID}","annotations":{{"tenant":"acme","paid":true,"items":3}},"fault":true,"subsegments":[{}],"#,
        children.join(",")
    );
    let open =
        entity(3, "send mail", 100.35, 101.0, &alone(1)).replace(r#""end_time":101.000000"#, r#""in_progress":true"#);
    trace(&[
        entity(2, "audit log 監査ログ", 100.3, 100.41, &format!(r#"{}"annotations":{{"records":200}},"#, alone(1))),
        open,
        entity(1, "checkout", 100.0, 100.412, &root),
    ])
}

#[test]
fn a_waterfall_shows_names_bars_durations_travel_flags_and_annotations() {
    let expected = "\
Trace 1-6b003d0d-a49bc297069525a038714d3a
412.0 ms · 206 entities · 3 levels · 3 datagrams · 19,439 bytes

                          0 ────────────── 412.0 ms
checkout                  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇     412.0 ms  alone #3     fault
│  tenant=acme  paid=true  items=3
├─ orders@db.example.com  ▇▇▇                            40.0 ms  embedded #3  error throttle remote
│     attempt=2
├─ batch                     ▇▇▇▇▇▇▇▇▇▇▇▇               201.0 ms  embedded #3
│  ├─ record 0               ▏                            800 µs  embedded #3
│  ├─ record 1               ▏                            800 µs  embedded #3
│  ├─ record 2               ▏                            800 µs  embedded #3
│  ├─ … 195 more             ╌╌╌╌╌╌╌╌╌╌╌╌                                      1 fault
│  ├─ record 198                         ▏                800 µs  embedded #3
│  └─ record 199                         ▏                800 µs  embedded #3
├─ DynamoDB                              ▇▇▇             40.0 ms  embedded #3  fault aws
├─ audit log 監査ログ                       ▇▇▇▇▇▇▇     110.0 ms  alone #1
│     records=200
└─ send mail                                   ░░░░  in progress  alone #2

datagram      bytes  entities
#1              263         1  ▇
#2              217         1  ▇
#3           18,959       204  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
total        19,439       206
";
    assert_eq!(Waterfall::new().render(&checkout()), expected);
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let trace = checkout();
    let coloured = Waterfall::new().colour(true).render(&trace);
    assert!(coloured.contains("\u{1b}[31m"));
    let mut plain = String::new();
    for (index, part) in coloured.split("\u{1b}[").enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, Waterfall::new().render(&trace));
}

#[test]
fn lines_stay_within_the_width() {
    for width in [0, 72, 80, 133, 200] {
        let text = Waterfall::new().width(width).render(&checkout());
        assert!(text.lines().all(|line| line.chars().count() <= width.max(72)), "{text}");
    }
}

#[test]
fn a_trace_without_length_is_drawn() {
    let text =
        Waterfall::new().render(&trace(&[entity(1, "instant", 100.0, 100.0, &format!(r#""trace_id":"{TRACE_ID}","#))]));
    assert!(text.contains("instant  ▏"), "{text}");
    let nothing = Waterfall::new().render(&trace(&["{}".to_owned()]));
    assert!(nothing.contains("(no name)") && nothing.contains("(no id)"), "{nothing}");
}

#[test]
fn the_unreceived_parent_of_lone_subsegments_is_shown_as_upstream() {
    let text = Waterfall::new().render(&trace(&[lone(1, 9, "")]));
    assert!(text.contains("(upstream 0000000000000009)"), "{text}");
    assert!(text.contains("└─ subsegment 1"), "{text}");
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let name = r"\u001b[2Jgone\u202e";
    let text =
        Waterfall::new().render(&trace(&[entity(1, name, 100.0, 101.0, &format!(r#""trace_id":"{TRACE_ID}","#))]));
    assert!(text.contains("\u{fffd}[2Jgone\u{fffd}"), "{text}");
}

#[test]
fn a_chain_of_ten_thousand_is_drawn_with_levels_instead_of_branches() {
    let mut bodies: Vec<String> = (2..=10_000).map(|number| lone(number, number - 1, "")).collect();
    bodies.push(segment(1, ""));
    let text = Waterfall::new().render(&trace(&bodies));
    assert!(text.contains("\n⋯ 9999 subsegment 10000 "), "{}", text.len());
}

#[test]
fn many_datagrams_are_listed_by_their_first_and_last_ones() {
    let mut bodies: Vec<String> = (2..=100).map(|number| lone(number, 1, "")).collect();
    bodies.push(segment(1, ""));
    let text = Waterfall::new().render(&trace(&bodies));
    assert!(text.contains("\n… 89 more\n#99 "), "{text}");
    assert!(text.contains("\ntotal        "), "{text}");
}
