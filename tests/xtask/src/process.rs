//! Running other programs.

use std::process::{Command, Stdio};

/// Why a step did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It found something wrong.
    Failed(String),
    /// It could not run: what is missing, and how to get it.
    Skipped(String),
}

/// What a step ends with: a note, which may be empty, or why not.
pub(crate) type Done = Result<String, Stop>;

/// Shows the command, runs it with its output on ours, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Stop> {
    let text = announce(command);
    let status = command.stdin(Stdio::null()).status().map_err(|error| not_started(&text, &error))?;
    if status.success() { Ok(()) } else { Err(Stop::Failed(format!("`{text}` ended with {status}"))) }
}

/// Runs the command and gives its standard output; its errors are shown. Fails when it does.
pub(crate) fn capture(command: &mut Command) -> Result<String, Stop> {
    let text = announce(command);
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| not_started(&text, &error))?;
    if !output.status.success() {
        return Err(Stop::Failed(format!("`{text}` ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| Stop::Failed(format!("`{text}` printed bytes that are no UTF-8")))
}

/// Runs a command that has to fail, and gives its standard error.
pub(crate) fn refused(command: &mut Command) -> Result<String, Stop> {
    let text = announce(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(&text, &error))?;
    if output.status.success() {
        return Err(Stop::Failed(format!("`{text}` should fail, and did not")));
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether a program is there and answers; nothing is shown.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn announce(command: &Command) -> String {
    let text = display(command);
    println!("$ {text}");
    text
}

fn not_started(text: &str, error: &std::io::Error) -> Stop {
    Stop::Failed(format!("`{text}` could not be started: {error}"))
}

/// The command as one would type it, with the variables that change what it does.
fn display(command: &Command) -> String {
    let mut text = String::new();
    for (name, value) in command.get_envs() {
        if let (Some(name @ ("RUSTFLAGS" | "RUSTDOCFLAGS")), Some(value)) = (name.to_str(), value) {
            text += &format!("{name}={value:?} ");
        }
    }
    text += &command.get_program().to_string_lossy();
    for argument in command.get_args() {
        text.push(' ');
        text += &argument.to_string_lossy();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings").env("CARGO_TARGET_DIR", "elsewhere");
        assert_eq!(display(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_is_not_there_does_not_answer() {
        assert!(!answers("a-program-nobody-has", &["--version"]));
        assert!(matches!(run(&mut Command::new("a-program-nobody-has")), Err(Stop::Failed(_))));
    }
}
