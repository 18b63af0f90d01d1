//! The quickstart: what a reader runs first has to work, for people and for programs.

use serde_json::Value;

use crate::process::{self, Done, Stop};
use crate::workspace::Workspace;

/// Runs it both ways.
pub(crate) fn step(workspace: &Workspace) -> Done {
    process::run(&mut workspace.cargo(["run", "--quiet", "-p", "quickstart"]))?;
    let printed = process::capture(&mut workspace.cargo(["run", "--quiet", "-p", "quickstart", "--", "--json"]))?;
    let documents = documents(&printed).map_err(Stop::Failed)?;
    Ok(format!("{documents} documents"))
}

/// How many documents these lines are; every line has to be one.
fn documents(printed: &str) -> Result<usize, String> {
    for line in printed.lines() {
        if !serde_json::from_str(line).is_ok_and(|value: Value| value.is_object()) {
            return Err(format!("with --json each line is a JSON document, and this one is not: {line}"));
        }
    }
    match printed.lines().count() {
        0 => Err("with --json nothing was printed".into()),
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_to_be_a_document() {
        assert_eq!(documents("{\"id\":\"1\"}\n{}\n"), Ok(2));
        assert!(documents("{}\nsent 1 document\n").is_err());
        assert!(documents("[1]\n").is_err());
        assert!(documents("").is_err());
    }
}
