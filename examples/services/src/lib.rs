//! What both services share: who calls them, and who looks at what they sent.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use xray_recorder::{Recorder, UdpTransport};
use xray_recorder_receiver::{Collector, Validator, Waterfall};

/// A trace that began elsewhere.
pub const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";

/// Loopback delivers at once; this only bounds a run in which something is lost.
const DEADLINE: Duration = Duration::from_secs(20);

/// A daemon on loopback that keeps what it gets, and a recorder that sends to it.
///
/// # Errors
///
/// What the operating system says.
pub fn observed() -> io::Result<(Collector, Recorder)> {
    let collector = Collector::loopback()?;
    let transport = UdpTransport::connect(collector.addr())?;
    let recorder = Recorder::builder().service("shop").ignore_environment().transport(transport).build();
    Ok((collector, recorder.map_err(io::Error::other)?))
}

/// Requests a path, with a trace header if there is one; gives the whole response.
///
/// # Errors
///
/// What the operating system says.
pub fn get(service: SocketAddr, path: &str, header: Option<&str>) -> io::Result<String> {
    let mut response = String::new();
    request(service, path, header)?.read_to_string(&mut response)?;
    Ok(response)
}

/// Sends a request, and gives the connection to read the response from, or to close.
///
/// # Errors
///
/// What the operating system says.
pub fn request(service: SocketAddr, path: &str, header: Option<&str>) -> io::Result<TcpStream> {
    let mut connection = TcpStream::connect(service)?;
    let header = header.map(|header| format!("X-Amzn-Trace-Id: {header}\r\n")).unwrap_or_default();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n{header}\r\n")?;
    Ok(connection)
}

/// Waits for the entities that were begun, draws the traces, and compares their structures with what they should be:
/// traces and siblings in any order, as what runs at once begins in any.
///
/// # Errors
///
/// What is missing, or breaks a rule of segment documents, or has another structure.
pub fn judge(
    mut collector: Collector,
    recorder: Recorder,
    expected: &[&str],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut wanted: Vec<String> = expected.iter().map(|outline| sorted(outline)).collect();
    let entities = expected.iter().map(|outline| outline.lines().count()).sum::<usize>();
    collector.wait_for(DEADLINE, |received| received.entities() >= entities)?;
    let received = collector.finish()?;
    let findings = received.findings(&Validator::default().upstream("53995c3f42cd8ad8"));
    if !findings.is_empty() {
        return Err(format!("a document breaks the rules: {findings:?}").into());
    }
    for trace in received.traces() {
        println!("{}", Waterfall::new().width(100).render(&trace));
        let outline = sorted(&trace.outline());
        let at = wanted.iter().position(|expected| *expected == outline);
        wanted.remove(at.ok_or_else(|| format!("no trace was to be\n{outline}"))?);
    }
    match (wanted.first(), recorder.stats().open) {
        (None, 0) => Ok(()),
        (Some(missing), _) => Err(format!("no trace is\n{missing}").into()),
        (None, open) => Err(format!("{open} entities are open").into()),
    }
}

/// An outline with its siblings by name.
fn sorted(outline: &str) -> String {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    for line in outline.lines() {
        match (line.strip_prefix("  "), blocks.last_mut()) {
            (Some(below), Some((_, block))) => *block += &format!("{below}\n"),
            _ => blocks.push((line, String::new())),
        }
    }
    let mut lines: Vec<String> = blocks
        .into_iter()
        .map(|(name, below)| {
            let below: String = sorted_below(&below);
            format!("{name}\n{below}")
        })
        .collect();
    lines.sort();
    lines.concat()
}

fn sorted_below(block: &str) -> String {
    if block.is_empty() { String::new() } else { sorted(block).lines().map(|line| format!("  {line}\n")).collect() }
}
