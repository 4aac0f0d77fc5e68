//! Files as they lie on disk: packed, cut, or not there.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use shadowbook_import::lobster::{Importer, Options};

use crate::support::{drain, import};

/// A folder of this test's own; gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("shadowbook-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Many messages, so that a cut packed file still gives some; no two lines are the same, so that
/// packing does not make one piece of them.
fn messages() -> String {
    let line = |order: u64| {
        let size = 1 + order * 7_919 % 997;
        format!("{}.{:09},1,{order},{size},1000000,1\n", 34_200 + order, order * 7_919)
    };
    (1..30_000).map(line).collect()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn packed_files_give_what_plain_ones_give() {
    let folder = Folder::new("packed");
    let text = messages();
    let expected = import(text.as_bytes(), None);
    for (name, bytes) in [
        ("a.csv", text.clone().into_bytes()),
        ("a.csv.zst", zstd(text.as_bytes())),
        ("a.csv.gz", gzip(text.as_bytes())),
        // Several packed pieces one after the other are one file.
        ("b.csv.zst", [zstd(&text.as_bytes()[..1000]), zstd(&text.as_bytes()[1000..])].concat()),
        ("b.csv.gz", [gzip(&text.as_bytes()[..1000]), gzip(&text.as_bytes()[1000..])].concat()),
    ] {
        let path = folder.put(name, &bytes);
        let found = drain(Importer::open(&path, None, Options::default()).unwrap());
        assert_eq!((found.error, &found.lines), (None, &expected.lines), "{name}");
    }
}

#[test]
fn a_cut_file_gives_what_is_before_the_cut_and_says_where_it_is_cut() {
    let folder = Folder::new("cut");
    let text = messages();
    let expected = import(text.as_bytes(), None);
    for (name, mut bytes) in
        [("a.csv.zst", zstd(text.as_bytes())), ("a.csv.gz", gzip(text.as_bytes()))]
    {
        bytes.truncate(bytes.len() * 9 / 10);
        let path = folder.put(name, &bytes);
        let found = drain(Importer::open(&path, None, Options::default()).unwrap());
        let read = found.report.total_messages();
        assert!((1_000..30_000).contains(&read), "{name}: {read}");
        let error = found.error.unwrap();
        assert!(error.starts_with(&format!("line {}: ", read + 1)), "{error}");
        assert!(error.ends_with(&format!("(in {name})")), "{error}");
        assert!(expected.lines.starts_with(&found.lines), "{name}");
    }
}

#[test]
fn of_two_files_the_error_names_the_one_that_is_cut() {
    let folder = Folder::new("cut-book");
    let row = |number: u64| {
        let size = 1 + number * 7_919 % 997;
        format!("1000100,{size},9999,{number}{}\n", ",9999999999,0,-9999999999,0".repeat(4))
    };
    let rows: String = (1..30_000).map(row).collect();
    let mut bytes = zstd(rows.as_bytes());
    bytes.truncate(bytes.len() * 9 / 10);
    let messages = folder.put("m.csv", messages().as_bytes());
    let order_book = folder.put("o.csv.zst", &bytes);
    let importer = Importer::open(
        &messages,
        Some(&order_book),
        Options { tick: "0.0001".parse().ok(), ..Options::default() },
    );
    let found = drain(importer.unwrap());
    let read = found.report.window.unwrap().rows;
    let error = found.error.unwrap();
    assert!(error.ends_with("(in o.csv.zst)"), "{error}");
    // The message whose row cannot be read was read.
    assert!(error.starts_with(&format!("line {read}: ")), "{read} rows: {error}");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let folder = Folder::new("missing");
    let messages = folder.put("m.csv", b"34200.1,1,11,40,1000000,1\n");
    let missing = folder.0.join("missing.csv");
    assert!(Importer::open(&missing, None, Options::default()).is_err());
    assert!(Importer::open(&messages, Some(&missing), Options::default()).is_err());
}
