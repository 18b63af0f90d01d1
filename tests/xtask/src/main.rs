//! The commands of this repository, so that a developer and CI run the same: `cargo xtask`.

mod bench;
mod checks;
mod elf;
mod embedded;
mod footprint;
mod lambda;
mod link_proof;
mod moto;
mod npm;
mod process;
mod python;
mod quickstart;
mod report;
mod rules;
mod rustup;
mod service_map;
mod services;
mod size;
mod sql;
mod test;
mod wasi;
mod wasm;
mod workspace;

use std::process::ExitCode;

use process::Stop;
use workspace::Workspace;

/// The help; every command stands in it once, and in CONTRIBUTING.md.
pub(crate) const HELP: &str = "\
usage: cargo xtask COMMAND

  test [--require-all] [--list] [STEP…]
                      run every check there is, or the steps named; a step whose tool is missing is skipped,
                      and failed with --require-all
  bench [integrations] [ARGUMENT…]
                      measure time, instructions and allocations of a trace, or what integrations add to the
                      programs they are in; --help lists the arguments
  size [--update] [--json FILE]
                      code size on thumbv6m, thumbv7em and wasm32, against tests/xtask/sizes.json, in bytes
  npm                 build the npm package and print where its tarball is
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    };
    let workspace = Workspace::find();
    let done = match command.as_str() {
        "test" => return test::command(&workspace, rest),
        "bench" => bench::command(&workspace, rest),
        "size" => size::command(&workspace, rest),
        "npm" => npm::command(&workspace, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("there is no command {command}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(note) => {
            println!("{note}");
            ExitCode::SUCCESS
        }
        Err(Stop::Failed(reason) | Stop::Skipped(reason)) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
