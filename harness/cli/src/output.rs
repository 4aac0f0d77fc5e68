//! Where words go: results to standard output, everything else to standard error.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::exit::{Exit, Failure};

/// How wide a line is where nobody says.
const DEFAULT_WIDTH: usize = 110;

/// How every command speaks.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Write the machine-readable result to PATH, or to standard output with `-`
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) json: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Output {
    /// Whether what is shown to a person is coloured.
    pub(crate) fn is_colored(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::env::var_os("NO_COLOR").is_none() && io::stdout().is_terminal(),
        }
    }

    /// How many characters a line has room for.
    pub(crate) fn width(&self) -> usize {
        // `COLUMNS` is what shells know; where it is not set a common width is a good guess.
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        columns.unwrap_or(DEFAULT_WIDTH)
    }

    /// Shows a person the result: on standard error when the machine has standard output.
    pub(crate) fn show(&self, text: &str) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        if self.json_is_stdout() { say(io::stderr(), text) } else { say(io::stdout(), text) }
    }

    /// Tells a person something beside the result.
    pub(crate) fn tell(&self, text: &str) -> Result<(), Failure> {
        if self.quiet { Ok(()) } else { say(io::stderr(), text) }
    }

    /// Writes the machine-readable result where it was asked for.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let Some(path) = &self.json else { return Ok(()) };
        let mut text = serde_json::to_string_pretty(value).map_err(Failure::harness)?;
        text.push('\n');
        if self.json_is_stdout() {
            return say(io::stdout(), &text);
        }
        std::fs::write(path, text).map_err(|error| cannot_write(path, error))
    }

    /// A progress bar of so many steps; nothing but on a terminal.
    pub(crate) fn progress(&self, steps: Option<u64>) -> ProgressBar {
        let is_shown = !self.quiet && io::stderr().is_terminal();
        let target =
            if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(steps, target);
        let template = if steps.is_some() {
            "{bar:32} {percent:>3} %  {human_pos} of {human_len} commands  {per_sec}  {eta} left"
        } else {
            "{spinner} {human_pos} commands  {per_sec}"
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }

    fn json_is_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }
}

/// Opens a file to write a result to.
pub(crate) fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path).map(BufWriter::new).map_err(|error| cannot_write(path, error))
}

/// A result that cannot be written where it was asked for.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> Failure {
    let error = anyhow::Error::from(error).context(format!("cannot write {}", path.display()));
    Failure { exit: Exit::Usage, error }
}

/// Tells an error as a chain, however quiet the run is.
pub(crate) fn complain(failure: &Failure) {
    // Nothing is left to be done when not even standard error can be written to.
    let _ = writeln!(io::stderr(), "shadowbook: {:#}", failure.error);
}

fn say(mut stream: impl Write, text: &str) -> Result<(), Failure> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        // Whoever reads may stop reading, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(Failure::harness),
    }
}
