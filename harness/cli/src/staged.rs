//! Outputs that appear only when they are whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::output::cannot_write;
use crate::places::{part_of, resolve};

/// Names of what is open already, be it a file: to replace it would write to another one.
const OPEN_FILES: [&str; 4] = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"];

/// A file that grows beside its place and takes it when it is finished.
///
/// Dropped before that, it is gone, and what was in its place stays. A killed process leaves the
/// part: of a capture, all finished blocks can be read from it, so that no other run takes it away.
#[derive(Debug)]
pub(crate) struct Staged {
    /// As it was named.
    path: PathBuf,
    /// `None` for what is no file on a disk: it is written to as it is.
    part: Option<Part>,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Makes a file to write to, which will be `path`.
    pub(crate) fn create(path: &Path) -> Result<(Self, File), Failure> {
        if names_folder(path) {
            return Err(Failure::usage(format!(
                "cannot write {}: it names a folder; add the name of a file",
                path.display()
            )));
        }
        let target = target(path).map_err(|error| cannot_write(path, error))?;
        let part = target.map(|target| Part { path: part_of(&target), target });
        let file = match &part {
            None => File::create(path).map_err(|error| cannot_write(path, error))?,
            Some(part) => part.create()?,
        };
        Ok((Self { path: path.to_owned(), part }, file))
    }

    /// What is written to until it is finished.
    pub(crate) fn path(&self) -> &Path {
        self.part.as_ref().map_or(&self.path, |part| &part.path)
    }

    /// Takes the place of what was there. Everything must have been written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let Some(part) = &self.part else { return Ok(()) };
        let moved = match fs::metadata(&part.target) {
            Ok(old) => fs::set_permissions(&part.path, old.permissions()),
            Err(_) => Ok(()),
        };
        moved.and_then(|()| fs::rename(&part.path, &part.target)).map_err(|error| {
            let place = format!("in the place of {}", part.target.display());
            cannot_write(&part.path, error).context(format!("cannot put a file {place}"))
        })?;
        self.part = None;
        Ok(())
    }
}

impl Part {
    /// Two runs that write to one file must not mix their bytes, and what a killed one has written
    /// may be all there is.
    fn create(&self) -> Result<File, Failure> {
        OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                return cannot_write(&self.path, error);
            }
            Failure::usage(format!(
                "cannot write {}: it is there already; another run is writing it, or was killed: \
                 look at it with `shadowbook inspect --allow-torn`, then remove it",
                self.path.display()
            ))
        })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // There is an error to be told already, and it says more than this one could.
            let _ = fs::remove_file(&part.path);
        }
    }
}

/// Whether a path ends as only folders do: what is dropped when it is resolved.
fn names_folder(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    let name = name.strip_suffix(b".").unwrap_or(name);
    name.last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// The file that is to be replaced or made; `None` for pipes, devices and other open files.
fn target(path: &Path) -> io::Result<Option<PathBuf>> {
    if OPEN_FILES.iter().any(|place| path.starts_with(place)) {
        return Ok(None);
    }
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            // Who may not write to a file must not be able to replace it.
            OpenOptions::new().write(true).open(path)?;
            Ok(Some(resolve(path)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(resolve(path))),
        Err(error) => Err(error),
    }
}
