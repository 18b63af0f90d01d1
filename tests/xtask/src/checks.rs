//! The steps that are a command or two of cargo's.

use serde_json::Value;

use crate::process::{self, Done, Stop};
use crate::rustup;
use crate::workspace::Workspace;

/// The packages that promise a minimum Rust version, and with which features they are built to show it.
const MSRV_PACKAGES: [(&str, &[&str]); 3] = [
    ("xray-recorder-core", &["--all-features"]),
    ("xray-recorder", &[]),
    ("xray-recorder", &["--features", "tower,http-client,reqwest,lambda,tracing,log"]),
];

/// Features of the std adapter whose libraries want a newer compiler, and which is promised of them.
const MSRV_FEATURES: [(&str, &str); 3] = [("rusqlite", "1.89.0"), ("sqlx", "1.94.0"), ("aws-sdk", "1.94.1")];

/// Where the core has to build: chips with and without atomics, a kernel, the edge.
const TARGETS: [&str; 6] = [
    "thumbv6m-none-eabi",
    "thumbv7em-none-eabihf",
    "riscv32imc-unknown-none-elf",
    "x86_64-unknown-none",
    "wasm32-unknown-unknown",
    "wasm32-wasip1",
];

/// The packages whose features are combined.
const FEATURE_PACKAGES: [&str; 2] = ["xray-recorder-core", "xray-recorder"];

/// With more features than this each is built alone instead of in every combination.
const MAX_COMBINED_FEATURES: usize = 4;

/// The module of the std adapter whose tests are for loom.
const LOOM_TESTS: &str = "slot::model";

const NIGHTLY: &str = "nightly";

/// Tests that try everything there is, in milliseconds by themselves and in many minutes interpreted: by custom their
/// names begin with *every*.
const TOO_LONG_FOR_MIRI: [&str; 2] = ["::every_", "whatever_fits"];

/// What the rest may take there, in seconds: a test that is new and slow must not stop all that follows.
const MIRI_SECONDS: &str = "300";

pub(crate) fn fmt(workspace: &Workspace) -> Done {
    // Only the names of files: `cargo fmt --all` shows and makes the difference.
    process::run(&mut workspace.cargo(["fmt", "--all", "--check", "--", "-l"]))?;
    let proof = ["fmt", "--manifest-path", "tests/link-proof/Cargo.toml", "--check", "--", "-l"];
    process::run(&mut workspace.cargo(proof))?;
    Ok(String::new())
}

pub(crate) fn lock(workspace: &Workspace) -> Done {
    // Its output is long and nobody's business here.
    process::capture(&mut workspace.cargo(["metadata", "--locked", "--format-version", "1"]))?;
    Ok(String::new())
}

pub(crate) fn clippy(workspace: &Workspace) -> Done {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    process::run(&mut workspace.cargo(arguments))?;
    Ok(String::new())
}

pub(crate) fn tests(workspace: &Workspace) -> Done {
    if process::answers("cargo", &["nextest", "--version"]) {
        process::run(&mut workspace.cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]))?;
        Ok("with nextest".into())
    } else {
        process::run(&mut workspace.cargo([
            "test",
            "--workspace",
            "--all-features",
            "--all-targets",
            "--no-fail-fast",
        ]))?;
        Ok("with cargo test".into())
    }
}

pub(crate) fn doctests(workspace: &Workspace) -> Done {
    process::run(&mut workspace.cargo(["test", "--doc", "--workspace", "--all-features"]))?;
    Ok(String::new())
}

pub(crate) fn docs(workspace: &Workspace) -> Done {
    let mut command = workspace.cargo(["doc", "--workspace", "--no-deps", "--all-features"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(String::new())
}

pub(crate) fn msrv(workspace: &Workspace) -> Done {
    let toolchain = oldest_toolchain(&workspace.read("Cargo.toml")?)?;
    let target = workspace.target.join("msrv");
    // A check of the library builds no dev-dependency: those may want a newer compiler.
    let check = |toolchain: &str, package: &str, features: &[&str]| {
        rustup::toolchain(toolchain)?;
        let mut command = workspace.cargo_of(toolchain, ["check", "--locked", "--lib", "-p", package]);
        process::run(command.args(features).env("CARGO_TARGET_DIR", &target))
    };
    for (package, features) in MSRV_PACKAGES {
        check(&toolchain, package, features)?;
    }
    for (feature, newer) in MSRV_FEATURES {
        check(newer, "xray-recorder", &["--features", feature])?;
    }
    let newer = MSRV_FEATURES.map(|(feature, newer)| format!("{newer} for {feature}"));
    Ok(format!("Rust {toolchain}, {}", newer.join(", ")))
}

/// The toolchain of the `rust-version` that the packages share.
fn oldest_toolchain(manifest: &str) -> Result<String, Stop> {
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
    match version {
        Some(version) if version.matches('.').count() == 1 => Ok(format!("{version}.0")),
        Some(version) => Ok(version.to_owned()),
        None => Err(Stop::Failed("Cargo.toml has no rust-version".into())),
    }
}

pub(crate) fn targets(workspace: &Workspace) -> Done {
    rustup::targets(&TARGETS)?;
    for features in [&[][..], &["--features", "testing"]] {
        let mut command = workspace.cargo(["build", "-p", "xray-recorder-core"]);
        command.args(TARGETS.iter().flat_map(|target| ["--target", target]));
        process::run(command.args(features))?;
    }
    Ok(format!("{} targets", TARGETS.len()))
}

pub(crate) fn wasm(workspace: &Workspace) -> Done {
    rustup::targets(&["wasm32-unknown-unknown"])?;
    let package = ["-p", "xray-recorder-wasm", "--target", "wasm32-unknown-unknown"];
    process::run(workspace.cargo(["build"]).args(package))?;
    // Clippy on the host does not see what is there on wasm32 only.
    process::run(workspace.cargo(["clippy"]).args(package).args(["--", "-D", "warnings"]))?;
    let redactor = ["--no-default-features", "--features", "redactor", "--", "-D", "warnings"];
    process::run(workspace.cargo(["clippy"]).args(package).args(redactor))?;
    Ok(String::new())
}

pub(crate) fn features(workspace: &Workspace) -> Done {
    let mut count = 0;
    for name in FEATURE_PACKAGES {
        count += lint_features(workspace, name, &[])?;
    }
    Ok(format!("{count} combinations"))
}

/// Lints the combinations of a package's features, for these targets or for the host; how many there are.
pub(crate) fn lint_features(workspace: &Workspace, name: &str, targets: &[&str]) -> Result<usize, Stop> {
    let packages = workspace.packages()?;
    let Some(package) = packages.iter().find(|package| package["name"] == name) else {
        return Err(Stop::Failed(format!("there is no package {name}")));
    };
    let combinations = combinations(&features_of(package));
    for features in &combinations {
        // Clippy, since it denies warnings without flags that would build the dependencies again.
        let mut command = workspace.cargo(["clippy", "--quiet", "--lib", "--no-default-features", "-p", name]);
        command.args(targets.iter().flat_map(|target| ["--target", target]));
        process::run(command.args(["--features", &features.join(","), "--", "-D", "warnings"]))?;
    }
    Ok(combinations.len())
}

fn features_of(package: &Value) -> Vec<&str> {
    let features = package["features"].as_object().into_iter().flat_map(|features| features.keys());
    features.map(String::as_str).filter(|feature| *feature != "default").collect()
}

/// Every set of a few features; of many none, each alone, and all.
fn combinations<'f>(features: &[&'f str]) -> Vec<Vec<&'f str>> {
    if features.len() > MAX_COMBINED_FEATURES {
        let each = features.iter().map(|feature| vec![*feature]);
        return [vec![]].into_iter().chain(each).chain([features.to_vec()]).collect();
    }
    let set = |bits: usize| features.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
    (0..1 << features.len()).map(|bits| set(bits).map(|(_, feature)| *feature).collect()).collect()
}

pub(crate) fn loom(workspace: &Workspace) -> Done {
    let cargo = || {
        let mut command = workspace.cargo(["test", "-p", "xray-recorder", "--release", "--lib", LOOM_TESTS]);
        // Flags change every package, so it has a target folder of its own.
        command.env("RUSTFLAGS", "--cfg loom").env("CARGO_TARGET_DIR", workspace.target.join("loom"));
        command
    };
    // A module that was renamed must not pass for one without faults.
    let listed = process::capture(cargo().args(["--", "--list"]))?;
    let count = listed.lines().filter(|line| line.ends_with(": test")).count();
    if count == 0 {
        return Err(Stop::Failed(format!("there are no tests in {LOOM_TESTS}")));
    }
    process::run(&mut cargo())?;
    Ok(format!("{count} models"))
}

/// The code that chips and wasm get, which is written for size, run where there is something to run it.
pub(crate) fn small(workspace: &Workspace) -> Done {
    let mut command = workspace.cargo(["test", "-p", "xray-recorder-core", "--release", "--lib", "--tests"]);
    command.env("RUSTFLAGS", "--cfg xray_small").env("CARGO_TARGET_DIR", workspace.target.join("small"));
    process::run(&mut command)?;
    Ok(String::new())
}

pub(crate) fn miri(workspace: &Workspace) -> Done {
    rustup::components(NIGHTLY, &["miri", "rust-src"])?;
    let arguments = ["miri", "test", "-p", "xray-recorder-core", "--lib", "--"];
    let mut command = workspace.limited_cargo_of(MIRI_SECONDS, NIGHTLY, arguments);
    command.args(TOO_LONG_FOR_MIRI.iter().flat_map(|test| ["--skip", test]));
    process::run(command.env("CARGO_TARGET_DIR", workspace.target.join("miri")))?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_features_are_built_in_every_combination_and_many_each_alone() {
        assert_eq!(combinations(&[]), [Vec::<&str>::new()]);
        assert_eq!(combinations(&["a", "b"]), [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]);
        assert_eq!(combinations(&["a", "b", "c", "d", "e"]).len(), 7);
    }

    #[test]
    fn the_oldest_toolchain_is_the_one_the_manifest_promises() {
        assert_eq!(oldest_toolchain("[workspace.package]\nrust-version = \"1.87\"\n"), Ok("1.87.0".into()));
        assert_eq!(oldest_toolchain("rust-version = \"1.87.1\""), Ok("1.87.1".into()));
        assert!(oldest_toolchain("").is_err());
    }
}
