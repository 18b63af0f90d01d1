//! `cargo xtask npm`: the npm package, and its proofs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Done, Stop};
use crate::python;
use crate::rustup;
use crate::wasm;
use crate::workspace::Workspace;

/// Where the runtimes, the bundlers and the optimizer are installed.
const TOOLS: &str = "wasm-adapter/tests";

/// The two modules of the package: their names, how they are optimized, and the features that make them.
const MODULES: [(&str, &str, &str); 2] =
    [("xray-recorder", "2", "web exceptions headers rules"), ("redactor", "z", "redactor")];

/// What was built.
pub(crate) struct Package {
    pub(crate) tarball: PathBuf,
    /// The modules as they are shipped, in the order of their names above.
    pub(crate) modules: Vec<Vec<u8>>,
}

/// Builds the package and says where it is.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Done {
    if let Some(argument) = arguments.first() {
        return Err(Stop::Failed(format!("npm takes no arguments, and this is one: {argument}")));
    }
    let package = build(workspace)?;
    Ok(package.tarball.display().to_string())
}

/// Builds the package, and runs its proofs from the tarball: in every runtime, by every tool.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let package = build(workspace)?;
    let tools = workspace.root.join(TOOLS);
    let folder = workspace.target.join("npm/consumer");
    // Not the system's, which may be older than the tools can do with.
    let mut run = Command::new(tools.join("node_modules/node24/bin/node"));
    run.current_dir(&tools).arg("run.mjs").arg(&package.tarball).arg(&folder);
    match python::find(&workspace.target.join("npm/python"), &tools.join("aws/requirements.txt")) {
        Ok(python) => run.arg("--python").arg(python),
        Err(reason) => run.arg("--without-python").arg(reason),
    };
    process::run(&mut run)?;
    let path = folder.join("report.json");
    let text = fs::read_to_string(&path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))?;
    judge(&text)
}

/// What became of all parts, none of which has failed: those that could not run are no success.
fn judge(report: &str) -> Done {
    let report: Value = serde_json::from_str(report).map_err(|error| Stop::Failed(format!("{report}: {error}")))?;
    let summary = report["summary"].as_str().unwrap_or_default().to_owned();
    let skipped: Vec<&str> = report["skipped"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if skipped.is_empty() { Ok(summary) } else { Err(Stop::Skipped(format!("{}; {summary}", skipped.join("; ")))) }
}

/// Builds the package as it is shipped.
pub(crate) fn build(workspace: &Workspace) -> Result<Package, Stop> {
    if !process::answers("npm", &["--version"]) {
        return Err(Stop::Skipped("npm is missing: it comes with Node".into()));
    }
    let tools = workspace.root.join(TOOLS);
    let lock = workspace.read(format!("{TOOLS}/package-lock.json"))?;
    let installed = tools.join("node_modules/.installed.json");
    if fs::read_to_string(&installed).ok().as_ref() != Some(&lock) {
        // Not `npm ci`: it wants packages of other platforms in the lock file that not every registry has.
        process::run(Command::new("npm").current_dir(&tools).args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
        ]))?;
        fs::write(&installed, lock).map_err(|error| Stop::Failed(format!("{}: {error}", installed.display())))?;
    }
    rustup::targets(&[wasm::TARGET])?;
    let folder = workspace.target.join("npm");
    fs::create_dir_all(&folder).map_err(|error| Stop::Failed(format!("{}: {error}", folder.display())))?;
    let mut built = Vec::new();
    for (name, level, features) in MODULES {
        let mut cargo =
            workspace.cargo(["build", "-p", "xray-recorder-wasm", "--profile", "wasm", "--target", wasm::TARGET]);
        // Names are needed to find what only panics.
        cargo.env("CARGO_PROFILE_WASM_STRIP", "false").env("CARGO_PROFILE_WASM_OPT_LEVEL", level);
        process::run(cargo.args(["--no-default-features", "--features", features]))?;
        let module = workspace.target.join(wasm::TARGET).join("wasm/xray_recorder_wasm.wasm");
        let cut = folder.join(format!("{name}.cut.wasm"));
        let tool = workspace.root.join("wasm-adapter/js/tools/cut-panics.mjs");
        process::run(Command::new("node").arg(tool).arg(module).arg(&cut))?;
        built.push(cut);
    }
    let package = folder.join("package");
    process::run(
        Command::new("node").arg(workspace.root.join("wasm-adapter/js/build.mjs")).args(&built).arg(&package),
    )?;
    let mut pack = Command::new("npm");
    pack.current_dir(&package).args(["pack", "--silent", "--pack-destination"]).arg(&folder);
    let name = process::capture(&mut pack)?;
    let read = |name: &str| {
        let path = package.join(format!("dist/{name}.wasm"));
        fs::read(&path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
    };
    let modules = MODULES.iter().map(|(name, ..)| read(name)).collect::<Result<_, _>>()?;
    Ok(Package { tarball: folder.join(name.trim()), modules })
}

/// Bytes of a file when brotli has compressed it, which Node can.
pub(crate) fn brotli(bytes: &[u8], workspace: &Workspace) -> Result<u64, Stop> {
    let path = workspace.target.join("npm/compressed");
    fs::write(&path, bytes).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))?;
    let script = "const bytes = require('fs').readFileSync(process.argv[1]);\
                  console.log(require('zlib').brotliCompressSync(bytes).length)";
    let length = process::capture(Command::new("node").args(["-e", script]).arg(&path))?;
    length.trim().parse().map_err(|_| Stop::Failed(format!("{length:?} is no length")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_is_said_with_its_reason() {
        assert_eq!(judge(r#"{"summary":"9 checks","skipped":[]}"#), Ok("9 checks".into()));
        let skipped = judge(r#"{"summary":"7 checks","skipped":["Chromium: missing","aws: no Python"]}"#);
        assert_eq!(skipped, Err(Stop::Skipped("Chromium: missing; aws: no Python; 7 checks".into())));
        assert!(matches!(judge(""), Err(Stop::Failed(_))));
    }
}
