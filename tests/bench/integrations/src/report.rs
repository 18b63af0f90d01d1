//! The figures, as a table for people and as JSON for programs.

use std::fmt::Write;

use measure::allocations::Allocations;
use measure::timing::Timing;
use serde_json::{Map, Value, json};

use crate::case::Case;

/// What a variant costs each time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// The variant's name.
    pub(crate) name: &'static str,
    /// The time, in nanoseconds.
    pub(crate) time: Option<Timing>,
    /// The instructions.
    pub(crate) instructions: Option<u64>,
    /// What it allocates.
    pub(crate) allocations: Allocations,
}

/// The variants of a case, the one without the integration first.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// What was measured.
    pub(crate) case: Case,
    /// One for each variant.
    pub(crate) costs: Vec<Cost>,
}

/// The table of a case; what is added is the difference from the first variant.
pub(crate) fn table(section: &Section) -> String {
    let mut table = format!("{}: {}\n", section.case.name, section.case.does);
    let _ = writeln!(
        table,
        "  {:<20}{:>10}{:>8}{:>14}{:>8}{:>13}{:>7}",
        "variant", "ns median", "added", "instructions", "added", "allocations", "added"
    );
    let first = section.costs.first();
    for cost in &section.costs {
        let median = |cost: &Cost| cost.time.map(|time| time.median);
        let instructions = |cost: &Cost| cost.instructions.map(|count| count as f64);
        let _ = writeln!(
            table,
            "  {:<20}{:>10}{:>8}{:>14}{:>8}{:>13.1}{:>7.1}",
            cost.name,
            shown(median(cost)),
            shown(difference(cost, first, median)),
            shown(instructions(cost)),
            shown(difference(cost, first, instructions)),
            cost.allocations.count,
            difference(cost, first, |cost| Some(cost.allocations.count)).unwrap_or_default(),
        );
    }
    table
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

fn difference(cost: &Cost, first: Option<&Cost>, of: impl Fn(&Cost) -> Option<f64>) -> Option<f64> {
    Some(of(cost)? - of(first?)?)
}

/// What each variant adds to its case: `{"axum": {"sampled": {"instructions": …, "allocations": …}}}`.
pub(crate) fn json(sections: &[Section]) -> Value {
    let cases = sections.iter().map(|section| {
        let (first, rest) = section.costs.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
        let variants = rest.iter().map(|cost| {
            let added = json!({
                "ns": difference(cost, first, |cost| Some(cost.time?.median)),
                "instructions": difference(cost, first, |cost| Some(cost.instructions? as f64)),
                "allocations": difference(cost, first, |cost| Some(cost.allocations.count)),
            });
            (cost.name.to_owned(), added)
        });
        (section.case.name.to_owned(), Value::Object(variants.collect()))
    });
    Value::Object(cases.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_the_difference_from_the_first() {
        let cost = |name, instructions, allocations| Cost {
            name,
            time: None,
            instructions: Some(instructions),
            allocations: Allocations { count: allocations, bytes: 0.0 },
        };
        let case = Case { name: "axum", does: "serves", variants: &[] };
        let section = Section { case, costs: vec![cost("without", 1_000, 5.0), cost("sampled", 4_500, 7.0)] };
        let expected = json!({"axum": {"sampled": {"ns": null, "instructions": 3_500.0, "allocations": 2.0}}});
        assert_eq!(json(std::slice::from_ref(&section)), expected);
        let table = table(&section);
        let cells: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(cells, ["sampled", "-", "-", "4500", "3500", "7.0", "2.0"]);
    }
}
