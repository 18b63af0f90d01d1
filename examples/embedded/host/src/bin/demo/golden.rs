//! The golden documents, told by the chip.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::Failure;
use crate::chip::Chip;
use crate::machine;

/// The golden documents, in a folder that all targets share.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../core/tests/golden")
}

/// The names of the stories: all there are, so that none is left out.
pub(crate) fn stories() -> Result<Vec<String>, Failure> {
    let files = fs::read_dir(folder())?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut stories: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    stories.sort();
    if stories.is_empty() {
        return Err("there are no golden documents".into());
    }
    Ok(stories)
}

/// Whether a story comes out of the chip as it does everywhere; how many bytes it has.
pub(crate) fn check(chip: &Chip, story: &str) -> Result<usize, Failure> {
    let run = machine::over_serial(chip, &chip.firmware("golden")?, &["story", story])?;
    if run.relayed.damaged > 0 {
        return Err(format!("{} frames were damaged", run.relayed.damaged).into());
    }
    let told: Vec<u8> =
        run.received.datagrams().iter().flat_map(|datagram| [datagram.bytes(), b"\n"].concat()).collect();
    let file = folder().join(format!("{story}.json"));
    let golden = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if told == golden {
        return Ok(golden.len());
    }
    let differs = told.iter().zip(&golden).take_while(|(told, golden)| told == golden).count();
    let around = |bytes: &[u8]| {
        let piece = &bytes[differs.saturating_sub(20)..bytes.len().min(differs + 20)];
        String::from_utf8_lossy(piece).into_owned()
    };
    Err(format!("byte {differs} differs: {:?}, and not {:?}", around(&told), around(&golden)).into())
}
