//! What is printed, and whether it is all there.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stdout};

use xray_recorder::{Recorder, TraceId, UdpTransport};
use xray_recorder_receiver::{Received, Trace, Validator, Waterfall};

/// Draws the traces; whether every entity arrived and every document is valid.
pub(crate) fn waterfall(received: &Received, recorder: &Recorder<UdpTransport>) -> bool {
    let traces = received.traces();
    let waterfall =
        Waterfall::new().width(110).colour(stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    for trace in &traces {
        println!("{}", waterfall.render(trace));
    }
    let stats = recorder.stats();
    println!("What finds no room in its parent's document travels alone, to the same place in the trace.\n");
    println!("recorder");
    println!(
        "  entities    begun {} = sent {} + failed {} + dropped {} + open {}",
        stats.begun, stats.sent, stats.failed, stats.dropped, stats.open
    );
    println!(
        "  datagrams   {} with {} bytes; lost on a dead port {}",
        stats.datagrams, stats.bytes, stats.lost_datagrams
    );
    println!("  cut {} · refused {} · oversize traces {}", stats.cut, stats.refused, stats.oversize_traces);
    let complete = check(received, &traces, recorder);
    if complete {
        println!(
            "\nreceived {} entities in {} datagrams, each valid, each with its parent",
            received.entities(),
            received.datagrams().len()
        );
    }
    complete
}

/// Prints the documents, one per line; whether every entity arrived and every document is valid.
pub(crate) fn json(received: &Received, recorder: &Recorder<UdpTransport>) -> bool {
    let mut out = stdout().lock();
    for datagram in received.datagrams() {
        // A reader that closes the pipe has seen enough.
        if out.write_all(datagram.body()).and_then(|()| out.write_all(b"\n")).is_err() {
            break;
        }
    }
    check(received, &received.traces(), recorder)
}

/// Says what was sent to a daemon; whether all of it was, as far as anyone here can know.
pub(crate) fn sent(traces: &[TraceId], recorder: &Recorder<UdpTransport>) -> bool {
    let stats = recorder.stats();
    println!("sent {} entities in {} datagrams, {} bytes; traces:", stats.sent, stats.datagrams, stats.bytes);
    for trace in traces {
        println!("  {trace}");
    }
    if stats.lost_datagrams > 0 {
        eprintln!("quickstart: nobody listens there: at least {} datagrams were lost", stats.lost_datagrams);
    }
    stats.sent == stats.begun && stats.lost_datagrams == 0
}

/// Tells what is missing or not valid on standard error.
fn check(received: &Received, traces: &[Trace], recorder: &Recorder<UdpTransport>) -> bool {
    let findings = received.findings(&Validator::default());
    for finding in &findings {
        eprintln!("quickstart: {finding}");
    }
    let ids: BTreeSet<_> =
        traces.iter().flat_map(|trace| trace.entities().map(|entity| (trace.id(), &entity.id))).collect();
    let begun = recorder.stats().begun as usize;
    if ids.len() != begun {
        eprintln!("quickstart: {begun} entities were begun, {} arrived", ids.len());
    }
    findings.is_empty() && ids.len() == begun
}
