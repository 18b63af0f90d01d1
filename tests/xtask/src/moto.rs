//! The tests of the AWS SDK's clients against moto, which is many services of AWS in one server.

use std::path::PathBuf;

use servers::moto;

use crate::process::{self, Done, Stop};
use crate::python;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "tests/aws-sdk/requirements.txt";

/// Starts the server, runs the tests and stops it.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let server = moto::start(python(workspace)?)?;
    let mut tests = workspace.cargo(["test", "-p", "aws-sdk-tests", "--test", "moto", "--", "--ignored"]);
    let address = server.url().trim_start_matches("http://");
    process::run(tests.env("XRAY_RECORDER_MOTO", address))?;
    Ok(server.version().to_owned())
}

/// A Python that has moto.
pub(crate) fn python(workspace: &Workspace) -> Result<PathBuf, Stop> {
    let folder = workspace.target.join("moto");
    python::find(&folder, &workspace.root.join(REQUIREMENTS)).map_err(Stop::Skipped)
}
