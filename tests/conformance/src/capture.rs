//! What an official SDK really sent.

use std::path::PathBuf;
use std::{fs, io};

use xray_recorder_receiver::{Datagram, Finding, Json, Strictness, Validator};

use crate::shape::Shape;

/// The documents of one program on an official SDK, as they came over UDP, and the trace headers that the services it
/// called were told.
#[derive(Debug)]
pub struct Capture {
    file: Datagram,
}

impl Capture {
    /// Reads the file of this name in `captures`.
    ///
    /// # Errors
    ///
    /// Those of the file, and `InvalidData` for one that is no JSON.
    pub fn read(name: &str) -> io::Result<Self> {
        let text = fs::read_to_string(folder().join(name).with_extension("json"))?;
        // The bare `NaN` of the Python SDK is no JSON, and null to the receiver's parser.
        let text = text.replace(": NaN", ": \"<NaN>\"");
        let file = Datagram::parse(["{\"format\":\"json\",\"version\":1}\n", &text].concat());
        if file.document().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{:?}", file.findings())));
        }
        Ok(Self { file })
    }

    /// The names of all captures there are.
    ///
    /// # Errors
    ///
    /// Those of the folder.
    pub fn names() -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder())? {
            let path = entry?.path();
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
        names.sort();
        Ok(names)
    }

    /// The documents in the order in which they came.
    fn documents(&self) -> &[Json] {
        self.file.document().and_then(|file| file.get("documents")).map_or(&[], Json::elements)
    }

    fn headers(&self) -> impl Iterator<Item = &str> {
        let headers = self.file.document().and_then(|file| file.get("headers")).map_or(&[][..], Json::elements);
        headers.iter().filter_map(Json::as_str)
    }

    /// The shape of what was sent.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape::of(self.documents(), self.headers())
    }

    /// What the judge of official documents has to say: nothing, unless a file was damaged.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let judge = Validator::new(Strictness::OfficialSdk);
        self.documents().iter().flat_map(|document| judge.check_body(document.to_string().as_bytes())).collect()
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "captures"].iter().collect()
}
