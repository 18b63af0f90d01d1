//! A map as a tree of calls, for a terminal.

use std::fmt;

use super::{Edge, ServiceMap};

/// A line: what stands at its left, and the calls it tells of.
struct Line<'m> {
    label: String,
    edge: Option<&'m Edge>,
}

impl fmt::Display for ServiceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut drawn = vec![false; self.nodes.len()];
        let mut lines = Vec::new();
        // Whoever nobody calls first; then those who only call each other.
        let first = |node: &usize| self.edges.iter().all(|edge| edge.to != *node);
        let order = (0..self.nodes.len()).filter(first).chain(0..self.nodes.len());
        for node in order {
            if !drawn[node] {
                lines.push(Line { label: self.label(node), edge: None });
                self.below(node, "", &mut drawn, &mut lines);
            }
        }
        let width = lines.iter().map(|line| line.label.chars().count()).max().unwrap_or_default();
        for Line { label, edge } in lines {
            match edge {
                Some(edge) => writeln!(f, "{label:<width$}  {}", Calls(edge))?,
                None => writeln!(f, "{label}")?,
            }
        }
        Ok(())
    }
}

impl ServiceMap {
    fn label(&self, node: usize) -> String {
        let node = &self.nodes[node];
        if ["client", "service"].contains(&&*node.kind) {
            node.name.clone()
        } else {
            format!("{}  {}", node.name, node.kind)
        }
    }

    fn below<'m>(&'m self, node: usize, indent: &str, drawn: &mut [bool], lines: &mut Vec<Line<'m>>) {
        drawn[node] = true;
        let mut edges = self.edges.iter().filter(|edge| edge.from == node).peekable();
        while let Some(edge) = edges.next() {
            let (branch, beside) =
                if edges.peek().is_some() { ("├─▶ ", "│   ") } else { ("└─▶ ", "    ") };
            let seen = if drawn[edge.to] { " ↩" } else { "" };
            lines.push(Line { label: format!("{indent}{branch}{}{seen}", self.label(edge.to)), edge: Some(edge) });
            if !drawn[edge.to] {
                self.below(edge.to, &format!("{indent}{beside}"), drawn, lines);
            }
        }
    }
}

/// The figures of an edge; the time is the mean of a call.
struct Calls<'e>(&'e Edge);

impl fmt::Display for Calls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Edge { calls, errors, faults, seconds, .. } = *self.0;
        let counted =
            |count: u32, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
        let milliseconds = seconds * 1_000.0 / f64::from(calls.max(1));
        write!(f, "{:<9}{milliseconds:>7.1} ms", counted(calls, "call"))?;
        for (count, what) in [(errors, "error"), (faults, "fault")] {
            if count > 0 {
                write!(f, "  {}", counted(count, what))?;
            }
        }
        Ok(())
    }
}
