//! Files that are there or not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::journal;

use super::error::{PluginError, Reason};

/// What a file holds, up to so many bytes; none where there is no such file.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, PluginError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Reason::Unreadable(path.to_owned(), error).into()),
    }
}

/// The text of a file, up to so many bytes, if it can be had.
pub(super) fn text(path: &Path, limit: u64) -> Option<String> {
    let bytes = read(path, limit).inspect_err(|error| journal::debug(format_args!("{error}"))).ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
pub(super) mod temporary {
    //! Files for tests.

    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::{env, fs, process};

    /// A folder of a test's own, which goes with it.
    pub(in crate::plugins) struct Folder(PathBuf);

    impl Folder {
        pub(in crate::plugins) fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("xray-recorder-plugins-{}-{number}", process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        /// A file in it.
        pub(in crate::plugins) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
            let path = self.path(name);
            fs::write(&path, content).unwrap();
            path
        }

        /// Where a file of this name would be.
        pub(in crate::plugins) fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        pub(in crate::plugins) fn itself(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::temporary::Folder;
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_may_be_missing() {
        let folder = Folder::new();
        let path = folder.file("a", b"0123\xff");
        assert_eq!(read(&path, 4).unwrap().unwrap(), b"0123");
        assert_eq!(text(&path, 9).unwrap(), "0123\u{fffd}");
        assert!(read(&folder.path("b"), 4).unwrap().is_none());
        assert_eq!(text(&folder.path("b"), 4), None);
    }

    #[test]
    fn what_is_no_file_is_an_error_that_names_it() {
        let folder = Folder::new();
        let error = read(folder.itself(), 4).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{} cannot be read: ", folder.itself().display())), "{error}");
        assert_eq!(text(folder.itself(), 4), None);
    }
}
