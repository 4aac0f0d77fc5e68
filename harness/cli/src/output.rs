//! Where words go: results to standard output, everything else to standard error.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::exit::{Exit, Failure, Outcome};
use crate::json::JsonPlace;

/// How wide a line is where nobody says.
const DEFAULT_WIDTH: usize = 110;

/// How every command speaks.
#[derive(Args, Debug, Default)]
pub(crate) struct Output {
    /// Write the machine-readable result to PATH, or to standard output with `-`
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) json: Option<PathBuf>,
    /// Say nothing but errors and warnings
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) color: Color,
    /// What may be done with the place of the machine-readable result.
    #[arg(skip)]
    pub(crate) place: Cell<JsonPlace>,
    /// Why something could not be shown, if it could not.
    #[arg(skip)]
    unshown: RefCell<Option<Failure>>,
    /// Everything that was shown, for tests within the process.
    #[cfg(test)]
    #[arg(skip)]
    pub(crate) shown: RefCell<String>,
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
    /// As a command line speaks of which nothing is known but where its result goes.
    pub(crate) fn with_json(json: Option<PathBuf>) -> Self {
        Self { json, ..Self::default() }
    }

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
    ///
    /// What cannot be shown is told by [`finish`](Self::finish): it is no reason to do less.
    pub(crate) fn show(&self, text: &str) {
        if self.quiet || self.unshown.borrow().is_some() {
            return;
        }
        #[cfg(test)]
        self.shown.borrow_mut().push_str(text);
        let said = if self.json_is_stdout() {
            say(io::stderr(), "standard error", text)
        } else {
            say(io::stdout(), "standard output", text)
        };
        *self.unshown.borrow_mut() = said.err();
    }

    /// Tells a reservation about the result, however quiet the run is.
    pub(crate) fn warn(&self, warning: &str) {
        complain(&format!("warning: {warning}"));
    }

    /// How a run ends that came to `exit`, now that everything was shown, or was not.
    pub(crate) fn finish(&self, exit: Exit) -> Outcome {
        self.unshown.take().map_or(Ok(exit), Err)
    }

    /// A progress bar of so many steps; nothing but on a terminal.
    pub(crate) fn progress(&self, steps: Option<u64>) -> ProgressBar {
        let is_shown = !self.quiet && io::stderr().is_terminal();
        let target =
            if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(steps, target);
        let template = if steps.is_some() {
            "{bar:32} {percent:>3} %  {human_pos} of {human_len} commands  {rate}  {eta} left"
        } else {
            "{spinner} {human_pos} commands  {rate}"
        };
        bar.set_style(
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("rate", write_rate),
        );
        bar
    }
}

/// A result that cannot be written where it was asked for.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> Failure {
    let error = anyhow::Error::from(error).context(format!("cannot write {}", path.display()));
    Failure { exit: Exit::Usage, error }
}

/// Tells a person what is wrong, however quiet the run is.
pub(crate) fn complain(told: &str) {
    // Nothing is left to be done when not even standard error can be written to.
    let _ = writeln!(io::stderr(), "shadowbook: {told}");
}

/// Writes to a stream that has a name.
pub(crate) fn say(mut stream: impl Write, name: &str, text: &str) -> Result<(), Failure> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        // Whoever reads may stop reading, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| cannot_write(Path::new(name), error)),
    }
}

/// Commands a second, without the fraction that nobody reads.
fn write_rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    // A bar that cannot be drawn is no reason to stop.
    let _ = write!(text, "{:.0}/s", state.per_sec());
}
