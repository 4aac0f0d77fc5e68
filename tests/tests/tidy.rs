//! How the code reads, as far as a test can tell.

use std::path::{Path, PathBuf};
use std::process::Command;

const MAX_FILE_LINES: usize = 600;

/// What must not be left in code; written in two parts so that the list does not find itself.
const LEFTOVERS: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[", "ignore"),
    concat!("thread::", "sleep"),
    concat!("#[", "allow("),
    concat!("#![", "allow("),
];

/// Folders of developers' machines.
const HOMES: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// The rooms in which nothing is approximate.
const CORE: &[&str] = &["engine", "replay-data", "harness/compare", "harness/session"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root").to_owned()
}

/// Every Rust file that git tracks or would track, with its text.
fn rust_files() -> Vec<(PathBuf, String)> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .current_dir(root())
        .output()
        .expect("git runs");
    let listing = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let read = |line: &str| {
        let text = std::fs::read_to_string(root().join(line)).ok()?;
        Some((PathBuf::from(line), text))
    };
    let files: Vec<(PathBuf, String)> = listing.lines().filter_map(read).collect();
    assert!(files.len() > 20, "git should list the sources, and lists only {}", files.len());
    files
}

/// Holds every file against a rule that answers with what is wrong.
fn check(rule: impl Fn(&Path, &str) -> Option<String>) {
    let problem = |(path, text): &(PathBuf, String)| {
        rule(path, text).map(|problem| format!("{}: {problem}", path.display()))
    };
    let problems: Vec<String> = rust_files().iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_file_has_one_subject() {
    check(|_, text| {
        let lines = text.lines().count();
        (lines > MAX_FILE_LINES).then(|| format!("{lines} lines, at most {MAX_FILE_LINES}"))
    });
}

#[test]
fn a_file_begins_by_saying_what_it_is() {
    check(|_, text| {
        let says_what = text.starts_with("//!") || text.starts_with("#![no_main]");
        (!says_what).then(|| "does not begin with a `//!` line".to_owned())
    });
}

#[test]
fn nothing_is_left_lying_about() {
    check(|_, text| {
        let leftover = LEFTOVERS.iter().find(|word| text.contains(**word))?;
        Some(format!("contains `{leftover}`"))
    });
}

#[test]
fn a_crate_shows_itself_with_an_example_that_runs() {
    check(|path, text| {
        let is_library = path.ends_with("src/lib.rs")
            && !path.starts_with("tests")
            && !path.starts_with("benches");
        let has_example = text.lines().any(|line| line.starts_with("//! ```"));
        (is_library && !has_example).then(|| "a crate root without an example".to_owned())
    });
}

#[test]
fn floats_stay_out_of_the_core() {
    check(|path, text| {
        let is_core = CORE.iter().any(|room| path.starts_with(room));
        let is_float = |line: &&str| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains("f64") || code.contains("f32")
        };
        let line = text.lines().find(is_float)?;
        is_core.then(|| format!("a float in the core: `{}`", line.trim()))
    });
}

#[test]
fn no_path_of_a_developers_machine_is_left() {
    check(|_, text| {
        let home = HOMES.iter().find(|home| text.contains(**home))?;
        Some(format!("names `{home}`"))
    });
}
