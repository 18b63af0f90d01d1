//! The examples of services: they run, and judge what they sent themselves.

use crate::process::{self, Done};
use crate::workspace::Workspace;

/// Both, each once.
const SERVICES: [&str; 2] = ["ambient", "handles"];

pub(crate) fn step(workspace: &Workspace) -> Done {
    for service in SERVICES {
        process::run(&mut workspace.cargo(["run", "--quiet", "-p", "example-services", "--bin", service]))?;
    }
    Ok(SERVICES.join(", "))
}
