//! A function as a process of its own, in the environment that Lambda sets.

use std::io::{self, PipeReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use example_lambda::PAYMENTS_ADDRESS;

use crate::runtime_api::{Desk, RuntimeApi};

/// The binaries of this package that are functions.
pub(crate) const TRACED: &str = "lambda-function";
pub(crate) const SEQUENTIAL: &str = "lambda-function-sequential";
pub(crate) const UNTRACED: &str = "lambda-function-untraced";

/// Builds the functions, if it was cargo that started this program, and gives the folder they are in.
pub(crate) fn build() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let folder = this.parent().ok_or("this program is in no folder")?;
    if let (Some(cargo), Some(target)) = (std::env::var_os("CARGO"), folder.parent()) {
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--bins", "--target-dir"]).arg(target);
        command.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
        if folder.ends_with("release") {
            command.arg("--release");
        }
        let status = command.status().map_err(|error| format!("cargo could not be started: {error}"))?;
        if !status.success() {
            return Err(format!("cargo build ended with {status}"));
        }
    }
    match [TRACED, SEQUENTIAL, UNTRACED].into_iter().find(|name| !folder.join(name).exists()) {
        Some(missing) => Err(format!("{missing} is not in {}: cargo build -p example-lambda", folder.display())),
        None => Ok(folder.to_owned()),
    }
}

/// What surrounds a function.
pub(crate) struct Surroundings<'a> {
    /// Where its invocations come from.
    pub(crate) runtime_api: &'a RuntimeApi,
    /// Where its documents go.
    pub(crate) daemon: SocketAddr,
    /// Whom it calls.
    pub(crate) payments: SocketAddr,
    /// How many invocations it serves at once.
    pub(crate) concurrency: Option<usize>,
}

/// A function that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Function {
    child: Child,
    output: Option<JoinHandle<String>>,
    /// When it was started.
    pub(crate) started: Instant,
}

impl Function {
    /// Starts it.
    pub(crate) fn start(program: &Path, surroundings: &Surroundings<'_>) -> io::Result<Self> {
        let (output, standard) = io::pipe()?;
        let mut command = Command::new(program);
        command.env_clear().envs(environment(surroundings)).stdin(Stdio::null());
        command.stdout(standard.try_clone()?).stderr(standard);
        let started = Instant::now();
        let child = command.spawn()?;
        // The command holds the pipe's other end, which only the child must have, for its end to be seen.
        drop(command);
        let desk = surroundings.runtime_api.desk();
        Ok(Self { child, output: Some(thread::spawn(move || follow(output, &desk))), started })
    }

    /// Ends it and gives what it has printed.
    pub(crate) fn stop(mut self) -> String {
        self.end();
        self.output.take().and_then(|output| output.join().ok()).unwrap_or_default()
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads what a function prints; when that ends, the function has.
fn follow(mut output: PipeReader, desk: &Arc<Desk>) -> String {
    let mut printed = Vec::new();
    let _ = output.read_to_end(&mut printed);
    desk.function_ended();
    String::from_utf8_lossy(&printed).into_owned()
}

/// The variables, and no others: Lambda's, and the one of the function's own.
fn environment(surroundings: &Surroundings<'_>) -> Vec<(&'static str, String)> {
    let mut environment: Vec<(&str, String)> = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "checkout"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/checkout"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/03/01/[$LATEST]0123456789abcdef0123456789abcdef"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    environment.push(("AWS_LAMBDA_RUNTIME_API", surroundings.runtime_api.address().to_string()));
    environment.push(("AWS_XRAY_DAEMON_ADDRESS", surroundings.daemon.to_string()));
    environment.push((PAYMENTS_ADDRESS, surroundings.payments.to_string()));
    if let Some(concurrency) = surroundings.concurrency {
        environment.push(("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.to_string()));
    }
    environment
}
