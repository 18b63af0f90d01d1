//! The example of all integrations together: it judges what it sent itself.

use servers::postgres;

use crate::moto;
use crate::process::{self, Done};
use crate::workspace::Workspace;

/// With PostgreSQL and moto, and with neither.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let run = |argument| workspace.cargo(["run", "--quiet", "-p", "service-map", "--", argument]);
    process::run(&mut run("--without-servers"))?;
    postgres::check()?;
    let python = moto::python(workspace)?;
    process::run(run("--all").env("PYTHON", python))?;
    Ok(String::new())
}
