//! The Lambda example: a function under Lambda's runtime has to record under the right segments, one invocation at a time
//! and several at once.

use crate::process::{self, Done, Stop};
use crate::workspace::Workspace;

/// Builds and runs it as it is deployed.
pub(crate) fn step(workspace: &Workspace) -> Done {
    // The demo would build the functions itself, in silence.
    process::run(&mut workspace.cargo(["build", "--release", "-p", "example-lambda", "--bins"]))?;
    let printed = process::capture(&mut workspace.cargo([
        "run",
        "--release",
        "--quiet",
        "-p",
        "example-lambda",
        "--",
        "--check",
    ]))?;
    print!("{printed}");
    size(&printed).map(str::to_owned).map_err(Stop::Failed)
}

/// The last line, which is about the function's size.
fn size(printed: &str) -> Result<&str, String> {
    let last = printed.lines().last().unwrap_or_default();
    if last.contains(" bytes ") { Ok(last) } else { Err(format!("the last line tells no size: {last}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_to_tell_the_size() {
        let line = "lambda-function: 2,000 bytes stripped, of which tracing 100";
        assert_eq!(size(&format!("8 invocations\n\n{line}\n")), Ok(line));
        assert!(size("8 invocations\n").is_err());
        assert!(size("").is_err());
    }
}
