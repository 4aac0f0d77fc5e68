//! The files that a command reads and writes: none may be both, and none may be written twice.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// So many symbolic links are followed one after the other, as Linux does.
const MAX_LINKS: usize = 40;

/// What a command was asked to read and to write, the JSON result apart.
#[derive(Debug, Default)]
pub(crate) struct Places {
    inputs: Vec<Place>,
    outputs: Vec<Place>,
}

/// A file as it was named, and what the name leads to.
#[derive(Debug)]
struct Place {
    name: String,
    file: Option<FileId>,
}

/// One file under whatever name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileId {
    /// It exists; hard links to it are the same file.
    #[cfg(unix)]
    Inode { device: u64, inode: u64 },
    /// It is not there yet, or the system has no numbers for files.
    Name(PathBuf),
}

/// Two names of one file, of which at least one is to be written.
#[derive(Debug)]
pub(crate) struct Clash {
    written: String,
    other: String,
    other_is_read: bool,
    /// The file of the JSON result is one of them.
    pub(crate) is_json: bool,
}

impl Places {
    /// A file that is read.
    pub(crate) fn reads(mut self, path: &Path) -> Self {
        self.inputs.push(Place::of(path));
        self
    }

    /// A file that may not be given.
    pub(crate) fn reads_any(self, path: Option<&Path>) -> Self {
        path.into_iter().fold(self, Self::reads)
    }

    /// A file that is written, by way of the part beside it.
    pub(crate) fn writes(mut self, path: &Path) -> Self {
        let place = Place::of(path);
        if place.file.is_some() {
            self.outputs.push(Place::of(&part_of(&resolve(path))));
        }
        self.outputs.push(place);
        self
    }

    /// A file that may not be given.
    pub(crate) fn writes_any(self, path: Option<&Path>) -> Self {
        path.into_iter().fold(self, Self::writes)
    }

    /// Standard output, which the shell may have led to a file.
    pub(crate) fn writes_stdout(mut self) -> Self {
        let file = Place::of(Path::new("/dev/stdout")).file;
        self.outputs.push(Place { name: "standard output".to_owned(), file });
        self
    }

    /// The first two that are the same file, those with the JSON result before all others.
    pub(crate) fn clash(&self, json: Option<&Path>) -> Option<Clash> {
        let json = json.map(Place::of);
        let written = json.iter().map(|place| (place, true));
        let written = written.chain(self.outputs.iter().map(|place| (place, false)));
        for (index, (output, is_json)) in written.enumerate() {
            // The written ones before this one have been held against it already.
            let later = (index + 1).saturating_sub(usize::from(json.is_some()));
            let others = self.inputs.iter().map(|other| (other, true));
            let others = others.chain(self.outputs[later..].iter().map(|other| (other, false)));
            for (other, other_is_read) in others {
                if output.file.is_some() && output.file == other.file {
                    let (written, other) = (output.name.clone(), other.name.clone());
                    return Some(Clash { written, other, other_is_read, is_json });
                }
            }
        }
        None
    }
}

impl Place {
    fn of(path: &Path) -> Self {
        let file = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Some(FileId::of(path, &metadata)),
            // Pipes and devices are not destroyed by being written to.
            Ok(_) => None,
            Err(_) => Some(FileId::Name(resolve(path))),
        };
        Self { name: path.display().to_string(), file }
    }
}

impl FileId {
    #[cfg(unix)]
    pub(crate) fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self::Inode { device: metadata.dev(), inode: metadata.ino() }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path, _: &Metadata) -> Self {
        Self::Name(resolve(path))
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.other_is_read { "is read" } else { "is written too" };
        let Self { written, other, .. } = self;
        write!(f, "cannot write {written}: {other} is the same file and {what}; give another path")
    }
}

/// Where a file is or will be, whatever symbolic links lead there.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (folder.unwrap_or(Path::new(".")).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// The file beside `target` in which it grows until it is whole.
pub(crate) fn part_of(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(".part");
    PathBuf::from(name)
}
