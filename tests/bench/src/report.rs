//! The figures, as a table for people and as JSON for programs.

use std::fmt::Write;

use measure::allocations::Allocations;
use measure::timing::Timing;
use serde_json::{Map, Value};

use crate::workload::Workload;

/// The yardstick all ratios refer to.
pub(crate) const YARDSTICK: &str = "l4";

/// What was measured of one peer in one workload.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The peer's name.
    pub(crate) peer: &'static str,
    /// The time of a trace without a network.
    pub(crate) encode: Option<Timing>,
    /// The time of a trace that is sent.
    pub(crate) send: Option<Timing>,
    /// The instructions of a trace without a network.
    pub(crate) instructions: Option<u64>,
    /// What a trace allocates.
    pub(crate) allocations: Allocations,
    /// How many datagrams a trace is.
    pub(crate) datagrams: usize,
    /// How many bytes a trace is.
    pub(crate) bytes: usize,
}

/// The rows of one workload.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The workload.
    pub(crate) workload: Workload,
    /// One row per peer that has it.
    pub(crate) rows: Vec<Row>,
}

impl Section {
    fn row(&self, peer: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.peer == peer)
    }
}

const COLUMNS: [&str; 13] = [
    "peer",
    "ns median",
    "ns min",
    "/l4",
    "sent median",
    "sent min",
    "/l4",
    "instructions",
    "/l4",
    "allocations",
    "heap bytes",
    "datagrams",
    "bytes",
];

/// The table of one workload.
pub(crate) fn table(section: &Section) -> String {
    let mut lines = vec![COLUMNS.map(str::to_owned)];
    lines.extend(section.rows.iter().map(|row| cells(section, row)));
    let mut widths = [0; COLUMNS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.len());
        }
    }
    let mut table = format!("{}\n", section.workload);
    for line in lines {
        for (at, (width, cell)) in widths.into_iter().zip(&line).enumerate() {
            let _ = match at {
                0 => write!(table, "  {cell:<width$}"),
                _ => write!(table, "  {cell:>width$}"),
            };
        }
        table.push('\n');
    }
    table
}

fn cells(section: &Section, row: &Row) -> [String; COLUMNS.len()] {
    let yardstick = section.row(YARDSTICK);
    let time = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), nanoseconds);
    let ratio = |of: fn(&Row) -> Option<f64>| {
        let ratio = of(row).zip(yardstick.and_then(of));
        ratio.map_or_else(|| "-".to_owned(), |(this, limit)| format!("{:.2}", this / limit))
    };
    [
        row.peer.to_owned(),
        time(row.encode.map(|timing| timing.median)),
        time(row.encode.map(|timing| timing.min)),
        ratio(|row| row.encode.map(|timing| timing.median)),
        time(row.send.map(|timing| timing.median)),
        time(row.send.map(|timing| timing.min)),
        ratio(|row| row.send.map(|timing| timing.median)),
        row.instructions.map_or_else(|| "-".to_owned(), grouped),
        ratio(|row| row.instructions.map(|count| count as f64)),
        format!("{:.1}", row.allocations.count),
        format!("{:.0}", row.allocations.bytes),
        grouped(row.datagrams as u64),
        grouped(row.bytes as u64),
    ]
}

fn nanoseconds(time: f64) -> String {
    if time < 1_000.0 { format!("{time:.1}") } else { grouped(time.round() as u64) }
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The figures of the peers that are no limits, each beside the yardstick's of the same run.
pub(crate) fn json(sections: &[Section], peers: &[&'static str]) -> Value {
    let mut document = Map::new();
    for peer in peers {
        let mut workloads = Map::new();
        for section in sections {
            if let Some(row) = section.row(peer) {
                workloads.insert(section.workload.name().to_owned(), figures(row, section.row(YARDSTICK)));
            }
        }
        document.insert((*peer).to_owned(), workloads.into());
    }
    document.into()
}

fn figures(row: &Row, limit: Option<&Row>) -> Value {
    let mut figures = Map::new();
    let mut insert = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            figures.insert(key.to_owned(), value);
        }
    };
    let tenths = |value: f64| Value::from((value * 10.0).round() / 10.0);
    let time = |row: &Row| row.encode.map(|timing| tenths(timing.median));
    let sent = |row: &Row| row.send.map(|timing| tenths(timing.median));
    insert("instructions", row.instructions.map(Value::from));
    insert("limit_instructions", limit.and_then(|row| row.instructions).map(Value::from));
    insert("allocations", Some(row.allocations.count.into()));
    insert("datagrams", Some(row.datagrams.into()));
    insert("bytes", Some(row.bytes.into()));
    insert("ns", time(row));
    insert("limit_ns", limit.and_then(time));
    insert("sent_ns", sent(row));
    insert("limit_sent_ns", limit.and_then(sent));
    Value::Object(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let row = |peer, instructions| Row {
            peer,
            encode: None,
            send: None,
            instructions: Some(instructions),
            allocations: Allocations::default(),
            datagrams: 1,
            bytes: 3_863,
        };
        Section { workload: Workload::Typical, rows: vec![row(YARDSTICK, 10_000), row("core", 11_000)] }
    }

    #[test]
    fn json_has_the_limit_of_the_same_run_and_no_times_when_there_are_none() {
        let expected = serde_json::json!({"core": {"W2": {
            "instructions": 11_000, "limit_instructions": 10_000, "allocations": 0.0, "datagrams": 1, "bytes": 3_863,
        }}});
        assert_eq!(json(&[section()], &["core"]), expected);
        assert_eq!(json(&[section()], &[]), serde_json::json!({}));
    }

    #[test]
    fn the_table_has_ratios_and_grouped_numbers() {
        let table = table(&section());
        let core = table.lines().last().unwrap();
        let cells: Vec<&str> = core.split_whitespace().collect();
        assert_eq!(cells, ["core", "-", "-", "-", "-", "-", "-", "11,000", "1.10", "0.0", "0", "1", "3,863"]);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(100_000), "100,000");
    }
}
