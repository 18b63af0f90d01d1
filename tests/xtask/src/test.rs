//! `cargo xtask test`: every check there is, as named steps.

use std::process::ExitCode;

use crate::report::{self, Outcome, Step};
use crate::workspace::Workspace;
use crate::{
    HELP, bench, checks, embedded, lambda, link_proof, moto, npm, quickstart, rules, service_map, services, size, sql,
    wasi,
};

/// All steps, the quick ones first.
const STEPS: &[Step] = &[
    Step { name: "fmt", about: "the code is formatted", run: checks::fmt },
    Step { name: "rules", about: "the rules of the house hold", run: rules::step },
    Step { name: "lock", about: "Cargo.lock is up to date", run: checks::lock },
    Step { name: "clippy", about: "no warnings, in all targets with all features", run: checks::clippy },
    Step { name: "tests", about: "the tests of all packages", run: checks::tests },
    Step { name: "sql", about: "queries of SQLite, PostgreSQL and MariaDB are recorded", run: sql::step },
    Step { name: "doctests", about: "the examples in the documentation", run: checks::doctests },
    Step { name: "docs", about: "the documentation builds without warnings", run: checks::docs },
    Step { name: "features", about: "each combination of features builds", run: checks::features },
    Step { name: "targets", about: "the core builds for chips and wasm", run: checks::targets },
    Step { name: "wasm", about: "the wasm adapter builds for wasm32", run: checks::wasm },
    Step { name: "link-proof", about: "the core links without an allocator", run: link_proof::step },
    Step { name: "size", about: "the code has not grown", run: size::step },
    Step { name: "msrv", about: "the oldest compiler promised builds core and std adapter", run: checks::msrv },
    Step { name: "quickstart", about: "the first example runs, and prints JSON when told to", run: quickstart::step },
    Step {
        name: "services",
        about: "a service by the current entity and one by guards record what they should",
        run: services::step,
    },
    Step {
        name: "lambda",
        about: "a function under Lambda's runtime records under its invocations",
        run: lambda::step,
    },
    Step {
        name: "moto",
        about: "clients of the AWS SDK record what they should against moto's services",
        run: moto::step,
    },
    Step {
        name: "service-map",
        about: "two services, a database and AWS are one trace and one map",
        run: service_map::step,
    },
    Step { name: "wasi", about: "the core does in WebAssembly what it does elsewhere, byte for byte", run: wasi::step },
    Step {
        name: "npm",
        about: "the npm package does in every runtime, page and bundler what it should",
        run: npm::step,
    },
    Step {
        name: "embedded",
        about: "firmware in QEMU traces a sensor, tells the golden documents and comes through faults",
        run: embedded::step,
    },
    Step { name: "bench", about: "instructions and allocations are within their bounds", run: bench::step },
    Step { name: "loom", about: "the std adapter is right in every interleaving of its threads", run: checks::loom },
    Step {
        name: "small",
        about: "the core's tests, optimised, with the code that chips and wasm get",
        run: checks::small,
    },
    Step {
        name: "miri",
        about: "the core's unit tests in an interpreter that sees undefined behaviour",
        run: checks::miri,
    },
];

/// Runs the steps that are named, or all.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> ExitCode {
    let mut require_all = false;
    let mut names: Vec<&str> = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--require-all" => require_all = true,
            "--list" => {
                for step in STEPS {
                    println!("{:<12}{}", step.name, step.about);
                }
                return ExitCode::SUCCESS;
            }
            name if STEPS.iter().any(|step| step.name == name) => names.push(name),
            unknown => {
                eprint!("there is no step {unknown}; --list prints them\n\n{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    let wanted = STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name));
    let outcomes: Vec<Outcome> = wanted.map(|step| report::run(step, workspace, require_all)).collect();
    print!("\n{}", report::table(&outcomes));
    if outcomes.iter().all(Outcome::is_success) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
