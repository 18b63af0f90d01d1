//! Python with the packages that AWS itself is used with, in an environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// The program, or why there is none.
pub(crate) fn find(folder: &Path, requirements: &Path) -> Result<PathBuf, String> {
    let wanted = fs::read_to_string(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let program = folder.join("bin/python");
    let made_with = folder.join("made-with.txt");
    if fs::read_to_string(&made_with).is_ok_and(|text| text == wanted) {
        return Ok(program);
    }
    let mut venv = Command::new("python3");
    process::run(venv.args(["-m", "venv", "--clear"]).arg(folder))
        .map_err(|_| "Python makes no environment: apt-get install python3-venv".to_owned())?;
    let mut pip = Command::new(&program);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(pip.arg(requirements))
        .map_err(|_| format!("pip has not installed {}", wanted.trim().replace('\n', " and ")))?;
    // Written last, so that what was broken off is begun again.
    fs::write(&made_with, wanted).map_err(|error| format!("{}: {error}", made_with.display()))?;
    Ok(program)
}
