//! `import`: a feed to a capture.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use shadowbook_capture::{Source, Summary, jsonl};
use shadowbook_import::begin::Begun;
use shadowbook_import::report::ImportReport;
use shadowbook_import::{input, itch50, lobster};
use shadowbook_model::Increment;

use crate::convert::convert;
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::{Facts, thousands};
use crate::input::insist_on_file;
use crate::output::Output;
use crate::places::Places;

/// Turns a market-data feed into a capture, and reports everything that became no command
#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(subcommand)]
    format: Format,
}

/// What is read.
#[derive(Subcommand, Debug)]
enum Format {
    /// LOBSTER: a message file and, for a windowed recording, its order book file
    Lobster(Lobster),
    /// NASDAQ TotalView-ITCH 5.0
    Itch50(Itch50),
    /// JSON lines
    Jsonl(Jsonl),
}

#[derive(Args, Debug)]
struct Lobster {
    /// The message file; .zst and .gz are taken as they are
    messages: PathBuf,
    /// The order book file; with fewer rows than messages nothing is seeded after its end
    order_book: Option<PathBuf>,
    /// The symbol; taken from the name of the message file when not given
    #[arg(long)]
    symbol: Option<String>,
    /// The tick; chosen from the first prices when not given
    #[arg(long, value_name = "DECIMAL")]
    tick: Option<Increment>,
    /// Write what rested before the first message as the snapshot that the capture begins with,
    /// not as `seed` commands
    #[arg(long)]
    snapshot: bool,
    #[command(flatten)]
    to: To,
}

#[derive(Args, Debug)]
struct Itch50 {
    /// The file; .zst and .gz are taken as they are
    file: PathBuf,
    /// Only this symbol; may be given several times
    #[arg(long = "symbol", value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// How messages follow one another; told from the first bytes when not given
    #[arg(long, value_enum)]
    framing: Option<Framing>,
    #[command(flatten)]
    to: To,
}

#[derive(Args, Debug)]
struct Jsonl {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    to: To,
}

/// Where the capture goes.
#[derive(Args, Debug)]
struct To {
    /// The capture file to write
    #[arg(long, short, value_name = "OUT.sbk")]
    output: PathBuf,
}

/// How ITCH messages follow one another in a file.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Framing {
    /// Each behind its length in two bytes, big-endian.
    LengthPrefixed,
    /// Back to back.
    Bare,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    capture: String,
    facts: Facts,
    /// What became of every message; `null` for JSON lines, which are commands already.
    import: Option<ImportReport>,
}

impl Import {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        match &self.format {
            Format::Lobster(lobster) => lobster.run(output),
            Format::Itch50(itch50) => itch50.run(output),
            Format::Jsonl(jsonl) => jsonl.run(output),
        }
    }
}

impl Lobster {
    fn run(&self, output: &Output) -> Outcome {
        let mut files = vec![self.messages.as_path()];
        files.extend(self.order_book.as_deref());
        self.to.begin(&files, output)?;
        let options = lobster::Options { symbol: self.symbol.clone(), tick: self.tick };
        let from = self.messages.display().to_string();
        let importer = lobster::Importer::open(&self.messages, self.order_book.as_deref(), options)
            .map_err(|error| Failure::input(&from, error))?;
        let (summary, report) = self.write(importer, &from, &files, output)?;
        self.to.report(&summary, Some(report), output)
    }

    fn write(
        &self,
        mut importer: lobster::Importer,
        from: &str,
        files: &[&Path],
        output: &Output,
    ) -> Result<(Summary, ImportReport), Failure> {
        if !self.snapshot {
            let summary = self.to.write(&mut importer, from, files, output)?;
            return Ok((summary, importer.report()));
        }
        let mut begun = Begun::new(importer).map_err(|error| Failure::input(from, error))?;
        let summary = self.to.write(&mut begun, from, files, output)?;
        Ok((summary, begun.source().report()))
    }
}

impl Itch50 {
    fn run(&self, output: &Output) -> Outcome {
        self.to.begin(&[&self.file], output)?;
        // Its symbols are looked for in a pass of their own.
        insist_on_file(&self.file)?;
        let options = itch50::Options {
            symbols: self.symbols.clone(),
            framing: self.framing.map(|framing| match framing {
                Framing::LengthPrefixed => itch50::Framing::LengthPrefixed,
                Framing::Bare => itch50::Framing::Bare,
            }),
        };
        let from = self.file.display().to_string();
        let mut importer = itch50::Importer::new(|| input::open(&self.file), &options)
            .map_err(|error| Failure::input(&from, error))?;
        let summary = self.to.write(&mut importer, &from, &[&self.file], output)?;
        self.to.report(&summary, Some(importer.report()), output)
    }
}

impl Jsonl {
    fn run(&self, output: &Output) -> Outcome {
        self.to.begin(&[&self.file], output)?;
        let from = self.file.display().to_string();
        let file = File::open(&self.file).map_err(|error| Failure::input(&from, error.into()))?;
        let mut reader = jsonl::Reader::new(BufReader::new(file))
            .map_err(|error| Failure::input(&from, error))?;
        let summary = self.to.write(&mut reader, &from, &[&self.file], output)?;
        self.to.report(&summary, None, output)
    }
}

impl To {
    fn begin(&self, files: &[&Path], output: &Output) -> Result<(), Failure> {
        let places = Places::default().writes(&self.output);
        output.begin(&files.iter().copied().fold(places, Places::reads))
    }

    fn write(
        &self,
        source: &mut dyn Source,
        from: &str,
        files: &[&Path],
        output: &Output,
    ) -> Result<Summary, Failure> {
        let mut origin = format!("imported by shadowbook {}", env!("CARGO_PKG_VERSION"));
        for file in files {
            // Only the name: where it lay is nobody's business.
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            origin.push_str(&format!("\nfrom {name}"));
        }
        let progress = output.progress(None);
        convert(source, from, origin, &self.output, &progress)
    }

    fn report(&self, summary: &Summary, import: Option<ImportReport>, output: &Output) -> Outcome {
        let report = Report {
            schema: "shadowbook/import/1",
            capture: self.output.display().to_string(),
            facts: Facts::of(summary),
            import,
        };
        output.write_json(&report)?;
        if let Some(import) = &report.import {
            output.show(&import.to_string());
        }
        let bytes = std::fs::metadata(&self.output).map_or(0, |metadata| metadata.len());
        let hundredths = bytes * 100 / summary.commands.max(1);
        output.show(&format!(
            "{}: {} commands, {} bytes ({}.{:02} a command), digest {}\n",
            report.capture,
            thousands(summary.commands),
            thousands(bytes),
            hundredths / 100,
            hundredths % 100,
            report.facts.digest,
        ));
        Ok(Exit::Pass)
    }
}
