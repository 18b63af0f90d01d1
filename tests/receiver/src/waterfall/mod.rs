//! A trace as a waterfall of bars, for a terminal.

mod bar;
mod line;
mod rows;
mod text;

use crate::entity::{Entity, EntityKind, Travel};
use crate::trace::{DatagramSummary, Trace};
use bar::{Ink, Scale};
use line::{Line, Style};
use rows::{Content, Row, label, rows};
use text::{counted, duration, fit, grouped, printable, width};

const LEAST_WIDTH: usize = 72;
const LEAST_NAME: usize = 16;
const MOST_NOTES: usize = 24;
const GAP: usize = 2;
const BRANCH: usize = 3;
/// More datagrams than this are listed by their first and last ones.
const MOST_DATAGRAMS: usize = 12;
const SIZE_BAR: usize = 24;

/// How a trace is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Waterfall {
    width: usize,
    colour: bool,
}

impl Default for Waterfall {
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

impl Waterfall {
    /// 100 columns, without colours.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of columns, at least 72.
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.width = columns.max(LEAST_WIDTH);
        self
    }

    /// Whether to use ANSI colours.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Draws a trace: what it is, its entities on a common time scale, and the datagrams that carried it.
    pub fn render(&self, trace: &Trace) -> String {
        let mut output = String::new();
        self.heading(trace, &mut output);
        output.push('\n');
        self.tree(trace, &mut output);
        output.push('\n');
        self.datagrams(trace, &mut output);
        output
    }

    fn heading(&self, trace: &Trace, output: &mut String) {
        let id = if trace.id().is_empty() { "(no id)".to_owned() } else { printable(trace.id()) };
        let mut line = Line::new(self.colour);
        line.push("Trace ", Style::Plain);
        line.push_fitted(&id, self.width, Style::Strong);
        line.finish(output);
        let bytes: usize = trace.datagrams().iter().map(|datagram| datagram.bytes).sum();
        let facts = [
            duration(span(trace).1 - span(trace).0),
            counted(trace.count(), "entity", "entities"),
            counted(trace.depth(), "level", "levels"),
            counted(trace.datagrams().len(), "datagram", "datagrams"),
            counted(bytes, "byte", "bytes"),
        ];
        let mut line = Line::new(self.colour);
        line.push_fitted(&facts.join(" · "), self.width, Style::Plain);
        line.finish(output);
    }

    fn tree(&self, trace: &Trace, output: &mut String) {
        let most_name = self.width / 3;
        let rows = rows(trace, (most_name - LEAST_NAME / 2) / BRANCH - 1);
        let columns = Columns::of(&rows, self.width, most_name);
        let (start, end) = span(trace);
        let scale = Scale::new(start, end, columns.bar_end - columns.bar_start);
        self.axis(&scale, &columns, output);
        for row in &rows {
            match &row.content {
                Content::Entity(entity) => self.entity(row, entity, &scale, &columns, output),
                Content::Hidden(entities) => self.hidden(row, entities, &scale, &columns, output),
            }
        }
    }

    fn axis(&self, scale: &Scale, columns: &Columns, output: &mut String) {
        let end = format!(" {}", duration(scale.length()));
        let rule = (columns.bar_end - columns.bar_start).saturating_sub(2 + width(&end));
        let mut line = Line::new(self.colour);
        line.pad_to(columns.bar_start);
        line.push(&format!("0 {}{end}", "─".repeat(rule)), Style::Faint);
        line.finish(output);
    }

    fn entity(&self, row: &Row<'_>, entity: &Entity, scale: &Scale, columns: &Columns, output: &mut String) {
        let mut line = Line::new(self.colour);
        line.push(&row.branch, Style::Faint);
        let name_style = match entity.kind {
            EntityKind::Segment => Style::Strong,
            EntityKind::Subsegment => Style::Plain,
            EntityKind::Upstream => Style::Faint,
        };
        line.push_fitted(&printable(&label(&row.content)), columns.name_end, name_style);
        line.pad_to(columns.bar_start);
        line.push(&scale.of_entity(entity), bar_style(entity));
        let length_style = if entity.in_progress { Style::Open } else { Style::Plain };
        line.push_right(&length(entity), columns.duration_end, length_style);
        line.pad_to(columns.duration_end + GAP);
        line.push(&travel(entity), Style::Faint);
        line.pad_to(columns.notes_start);
        for (index, (note, style)) in notes(entity).into_iter().enumerate() {
            line.push(if index > 0 { " " } else { "" }, Style::Plain);
            line.push_fitted(&printable(&note), self.width, style);
        }
        line.finish(output);
        self.annotations(row, entity, output);
    }

    /// The annotations, as many on a line as fit.
    fn annotations(&self, row: &Row<'_>, entity: &Entity, output: &mut String) {
        let room = self.width.saturating_sub(width(&row.below));
        let mut texts: Vec<String> = Vec::new();
        for (key, value) in &entity.annotations {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text = fit(&printable(&format!("{key}={value}")), room);
            match texts.last_mut() {
                Some(line) if width(line) + GAP + width(&text) <= room => {
                    *line = format!("{line}  {text}");
                }
                _ => texts.push(text),
            }
        }
        for text in texts {
            let mut line = Line::new(self.colour);
            line.push(&row.below, Style::Faint);
            line.push(&text, Style::Faint);
            line.finish(output);
        }
    }

    fn hidden(&self, row: &Row<'_>, entities: &[&Entity], scale: &Scale, columns: &Columns, output: &mut String) {
        let mut line = Line::new(self.colour);
        line.push(&row.branch, Style::Faint);
        line.push_fitted(&label(&row.content), columns.name_end, Style::Faint);
        line.pad_to(columns.bar_start);
        let start = entities.iter().filter_map(|entity| entity.start).min_by(f64::total_cmp);
        let end = entities.iter().filter_map(|entity| entity.end).max_by(f64::total_cmp);
        if let (Some(start), Some(end)) = (start, end) {
            line.push(&scale.bar(start, end, Ink::Several), Style::Faint);
        }
        line.pad_to(columns.notes_start);
        let (note, style) = hidden_note(entities);
        line.push_fitted(&note, self.width, style);
        line.finish(output);
    }

    fn datagrams(&self, trace: &Trace, output: &mut String) {
        let all = trace.datagrams();
        let largest = all.iter().map(|datagram| datagram.bytes).max().unwrap_or(0);
        let mut line = Line::new(self.colour);
        line.push("datagram      bytes  entities", Style::Faint);
        line.finish(output);
        let (first, last) = if all.len() > MOST_DATAGRAMS {
            (&all[..MOST_DATAGRAMS - 3], &all[all.len() - 2..])
        } else {
            (all, &all[..0])
        };
        for datagram in first {
            self.datagram(&format!("#{}", datagram.datagram + 1), *datagram, largest, output);
        }
        if !last.is_empty() {
            let mut line = Line::new(self.colour);
            line.push(&format!("… {} more", grouped(all.len() - first.len() - last.len())), Style::Faint);
            line.finish(output);
        }
        for datagram in last {
            self.datagram(&format!("#{}", datagram.datagram + 1), *datagram, largest, output);
        }
        if all.len() > 1 {
            let total = all.iter().fold(DatagramSummary { datagram: 0, bytes: 0, entities: 0 }, |sum, next| {
                DatagramSummary { bytes: sum.bytes + next.bytes, entities: sum.entities + next.entities, ..sum }
            });
            self.datagram("total", total, 0, output);
        }
    }

    fn datagram(&self, name: &str, carried: DatagramSummary, largest: usize, output: &mut String) {
        let mut line = Line::new(self.colour);
        line.push(name, Style::Plain);
        line.push_right(&grouped(carried.bytes), 19, Style::Plain);
        line.push_right(&grouped(carried.entities), 29, Style::Plain);
        if largest > 0 {
            line.push("  ", Style::Plain);
            line.push(&"▇".repeat((carried.bytes * SIZE_BAR).div_ceil(largest)), Style::Faint);
        }
        line.finish(output);
    }
}

/// Where the columns stand.
struct Columns {
    name_end: usize,
    bar_start: usize,
    bar_end: usize,
    duration_end: usize,
    notes_start: usize,
}

impl Columns {
    fn of(rows: &[Row<'_>], total: usize, most_name: usize) -> Self {
        let longest = |measure: fn(&Row<'_>) -> usize| rows.iter().map(measure).max().unwrap_or(0);
        let names = longest(|row| width(&row.branch) + width(&label(&row.content)));
        let durations = longest(|row| row.entity().map_or(0, |entity| width(&length(entity))));
        let travels = longest(|row| row.entity().map_or(0, |entity| width(&travel(entity))));
        let notes = longest(|row| match &row.content {
            Content::Entity(entity) => {
                notes(entity).iter().map(|(note, _)| width(note) + 1).sum::<usize>().saturating_sub(1)
            }
            Content::Hidden(entities) => width(&hidden_note(entities).0),
        });
        let notes = notes.min(MOST_NOTES);
        let notes_gap = if notes > 0 { GAP } else { 0 };
        let right = GAP + durations + GAP + travels + notes_gap + notes;
        let least_bar = total / 5;
        let right = right.min(total - LEAST_NAME - GAP - least_bar);
        let name_end = names.min(most_name).min(total - right - GAP - least_bar);
        let bar_start = name_end + GAP;
        let bar_end = total - right;
        let duration_end = bar_end + GAP + durations;
        Self { name_end, bar_start, bar_end, duration_end, notes_start: duration_end + GAP + travels + notes_gap }
    }
}

fn span(trace: &Trace) -> (f64, f64) {
    let start = trace.start().unwrap_or(0.0);
    (start, trace.end().unwrap_or(start))
}

fn length(entity: &Entity) -> String {
    match entity.duration() {
        Some(seconds) => duration(seconds),
        None if entity.kind == EntityKind::Upstream => String::new(),
        None => "in progress".to_owned(),
    }
}

fn travel(entity: &Entity) -> String {
    match entity.travel {
        Travel::Alone { datagram } => format!("alone #{}", datagram + 1),
        Travel::Embedded { datagram } => format!("embedded #{}", datagram + 1),
        Travel::NotReceived => "not received".to_owned(),
    }
}

fn notes(entity: &Entity) -> Vec<(String, Style)> {
    let mut notes = Vec::new();
    let mut note = |set: bool, text: &str, style| {
        if set {
            notes.push((text.to_owned(), style));
        }
    };
    note(entity.fault, "fault", Style::Fault);
    note(entity.error, "error", Style::Error);
    note(entity.throttle, "throttle", Style::Throttle);
    if let Some(namespace) = &entity.namespace {
        note(true, namespace, Style::Faint);
    }
    notes
}

fn hidden_note(entities: &[&Entity]) -> (String, Style) {
    let faults = entities.iter().filter(|entity| entity.fault).count();
    let errors = entities.iter().filter(|entity| entity.error).count();
    match (faults, errors) {
        (0, 0) => (String::new(), Style::Plain),
        (0, errors) => (counted(errors, "error", "errors"), Style::Error),
        (faults, 0) => (counted(faults, "fault", "faults"), Style::Fault),
        (faults, errors) => {
            let text = format!("{}, {}", counted(faults, "fault", "faults"), counted(errors, "error", "errors"));
            (text, Style::Fault)
        }
    }
}

fn bar_style(entity: &Entity) -> Style {
    match entity {
        Entity { fault: true, .. } => Style::Fault,
        Entity { throttle: true, .. } => Style::Throttle,
        Entity { error: true, .. } => Style::Error,
        Entity { in_progress: true, .. } => Style::Open,
        _ => Style::Good,
    }
}
