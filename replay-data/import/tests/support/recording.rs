//! Real recordings, which are not part of the project: where they are, if they are there.

use std::path::PathBuf;

/// The path of a file of the real recordings; `None`, said on standard error, where there is none.
pub(crate) fn path(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SHADOWBOOK_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(file);
    let is_there = path.is_file();
    if !is_there {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: no {file} in {}", folder.display());
        }
    }
    is_there.then_some(path)
}
