//! The derivation rules, one text each.
//!
//! A case is a file in `cases`, named after the rule of `docs/importing.md` that it shows: why, in
//! lines that begin with `#`, then sections that begin with `== `. `== messages` and, where there
//! is one, `== order book` are the two files of a recording; `== commands` and `== report` are what
//! an import makes of them. `UPDATE_EXPECT=1` writes the latter two anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::replay::replay;
use crate::support::{import, importer};

/// The rules of which there must be a case. The fourth is about ITCH alone: see `tests/itch50`.
const RULES: [&str; 9] = ["D1", "D2", "D3", "D5", "D6", "D7", "D8", "D9", "phases"];

/// The parts of a case.
struct Case<'a> {
    /// What stands before the first section.
    why: &'a str,
    sections: Vec<(&'a str, &'a str)>,
}

impl<'a> Case<'a> {
    fn parse(text: &'a str) -> Self {
        let (why, rest) = text.split_once("== ").unwrap_or((text, ""));
        let sections = rest.split("\n== ").map(|section| {
            let (name, body) = section.split_once('\n').unwrap_or((section, ""));
            (name, body)
        });
        Self { why, sections: sections.collect() }
    }

    fn section(&self, wanted: &str) -> Option<&'a str> {
        self.sections.iter().find(|(name, _)| *name == wanted).map(|(_, body)| *body)
    }

    /// A section as the file that it stands for.
    fn file(&self, wanted: &str) -> Option<String> {
        self.section(wanted).map(|body| format!("{}\n", body.trim_end()))
    }
}

/// The case as it should read, with what an import makes of its files.
fn check(text: &str) -> String {
    let case = Case::parse(text);
    assert!(case.why.starts_with("# "), "a case says why it is there");
    let messages = case.file("messages").expect("a case has messages");
    let order_book = case.file("order book");
    let order_book_bytes = order_book.as_deref().map(str::as_bytes);
    let found = import(messages.as_bytes(), order_book_bytes);
    let mut expected = format!("{}== messages\n{messages}", case.why);
    if let Some(order_book) = &order_book {
        write!(expected, "\n== order book\n{order_book}").unwrap();
    }
    write!(expected, "\n== commands\n{}\n== report\n{}", found.lines, found.report).unwrap();
    if let Some(error) = found.error {
        writeln!(expected, "\n== error\n{error}").unwrap();
        return expected;
    }
    // An engine agrees with the importer's own book, command by command; the reference engine has
    // no auctions so far.
    if found.lines.contains(r#""phase":"auction""#) {
        return expected;
    }
    let mut importer = importer(messages.as_bytes(), order_book_bytes).unwrap();
    let (figures, _) = replay(&mut importer).unwrap();
    let prediction = importer.report().prediction;
    assert_eq!(figures.exact, prediction.exact);
    assert_eq!(figures.price_quantity, prediction.price_quantity);
    assert_eq!(figures.different, prediction.different);
    assert_eq!((figures.rejected, figures.unexpected_fills), (0, 0));
    expected
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lobster/cases")
}

#[test]
fn every_case_becomes_what_it_says() {
    let mut names: Vec<_> =
        folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
    for rule in RULES {
        let prefix = format!("{rule}-");
        assert!(names.iter().any(|name| name.starts_with(&prefix)), "no case of {rule}");
    }
    let mut wrong = Vec::new();
    for name in names {
        let path = folder().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let found = std::panic::catch_unwind(|| check(&text));
        let Ok(found) = found else {
            wrong.push(format!("{name}: see the panic above"));
            continue;
        };
        if found == text {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, found).unwrap();
        } else {
            wrong.push(format!("{name}: expected\n{text}\nfound\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
