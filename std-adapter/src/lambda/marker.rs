//! The file by which Lambda knows that an SDK is in use.

use crate::journal;
use std::fs::{File, create_dir_all};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Leaves the file, as the Python, Java and Go SDKs do: `/tmp/.aws-xray/initialized`, modified now. Nothing depends on
/// it, so that failing is only logged.
pub(crate) fn leave_marker() {
    if let Err(error) = touch(Path::new("/tmp/.aws-xray")) {
        journal::warn(format_args!("Lambda is not told that X-Ray is in use: {error}"));
    }
}

fn touch(folder: &Path) -> io::Result<()> {
    create_dir_all(folder)?;
    File::create(folder.join("initialized"))?.set_modified(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_an_empty_file_and_is_renewed() {
        let folder = std::env::temp_dir().join(format!("xray-recorder-marker-{}", std::process::id()));
        touch(&folder).unwrap();
        touch(&folder).unwrap();
        let written = std::fs::metadata(folder.join("initialized")).unwrap();
        assert_eq!(written.len(), 0);
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::write(&folder, "a file where the folder should be").unwrap();
        assert!(touch(&folder).is_err());
        std::fs::remove_file(&folder).unwrap();
    }
}
