//! Texts as the files that an importer takes.

use std::io::Cursor;

use shadowbook_capture::{Batch, ReadError, Source, jsonl};
use shadowbook_import::lobster::{Importer, Input, Options};
use shadowbook_import::report::ImportReport;

/// What became of a recording.
pub(crate) struct Import {
    /// The instrument, the commands and what was recorded of them, as JSON lines.
    pub(crate) lines: String,
    pub(crate) report: ImportReport,
    /// What ended it, if something did.
    pub(crate) error: Option<String>,
}

pub(crate) fn input(name: &str, bytes: &[u8]) -> Input {
    Input { name: name.to_owned(), reader: Box::new(Cursor::new(bytes.to_vec())) }
}

/// An importer of two texts under names that say nothing.
pub(crate) fn importer(messages: &[u8], order_book: Option<&[u8]>) -> Result<Importer, ReadError> {
    let order_book = order_book.map(|bytes| input("book.csv", bytes));
    Importer::new(input("messages.csv", messages), order_book, Options::default())
}

/// Reads an importer to its end; what came before an error counts.
pub(crate) fn drain(mut importer: Importer) -> Import {
    let mut writer = jsonl::Writer::new(Vec::new(), importer.instruments()).unwrap();
    let mut batch = Batch::new();
    let error = loop {
        match importer.read(&mut batch) {
            Ok(true) => writer.append(&batch).unwrap(),
            Ok(false) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    assert!(!importer.read(&mut batch).unwrap(), "after the end there is nothing more");
    let lines = String::from_utf8(writer.finish().unwrap()).unwrap();
    Import { lines, report: importer.report(), error }
}

/// Imports two texts; also what is refused before the first line is the import's error.
pub(crate) fn import(messages: &[u8], order_book: Option<&[u8]>) -> Import {
    importer(messages, order_book).map_or_else(
        |error| Import {
            lines: String::new(),
            report: ImportReport::default(),
            error: Some(error.to_string()),
        },
        drain,
    )
}
