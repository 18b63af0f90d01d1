//! `cargo xtask npm`: the WebAssembly module of the npm package.

use std::path::PathBuf;

use crate::process::{self, Done, Stop};
use crate::rustup;
use crate::wasm;
use crate::workspace::Workspace;

/// Builds the module and says where it is and how long.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Done {
    if let Some(argument) = arguments.first() {
        return Err(Stop::Failed(format!("npm takes no arguments, and this is one: {argument}")));
    }
    let (path, bytes) = build(workspace)?;
    Ok(format!("{}: {} bytes", path.display(), bytes.len()))
}

/// Builds the module as it is shipped; its path and its bytes.
pub(crate) fn build(workspace: &Workspace) -> Result<(PathBuf, Vec<u8>), Stop> {
    rustup::targets(&[wasm::TARGET])?;
    let package = ["-p", "xray-recorder-wasm", "--profile", "wasm", "--target", wasm::TARGET];
    process::run(workspace.cargo(["build"]).args(package))?;
    let path = workspace.target.join(wasm::TARGET).join("wasm/xray_recorder_wasm.wasm");
    let bytes = std::fs::read(&path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))?;
    Ok((path, bytes))
}
