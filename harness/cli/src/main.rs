//! The binary `shadowbook`: two matching engines, one order stream, one verdict.
//!
//! This crate alone names concrete engines, prints, reads the environment and exits.

mod allowing;
mod auditing;
mod begin;
#[cfg(test)]
mod canary;
mod closely;
mod commands;
mod config;
mod convert;
mod engines;
mod examples;
mod exit;
mod facts;
mod flows;
mod input;
mod instructions;
mod json;
mod kept;
mod latency;
mod limits;
mod output;
mod outside;
mod part;
mod places;
mod regressions;
mod resync;
mod run;
mod staged;
#[cfg(test)]
mod verdict_tests;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser};
use shadowbook_session::is_guarded;

use crate::commands::Command;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Replays one recorded order stream through two matching engines, side by side, and flags every
/// divergence before the cutover
#[derive(Parser, Debug)]
#[command(name = "shadowbook", version, propagate_version = true, after_help = EXIT_CODES)]
struct Shadowbook {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: Output,
}

const EXIT_CODES: &str = "Exit codes:
  0  PASS
  1  FAIL: a divergence, or a candidate that crashed
  2  wrong usage or configuration
  3  INCONCLUSIVE: no verdict can be honestly given
  4  an input is damaged or cannot be read
  5  the reference engine or the harness itself failed";

fn main() -> ExitCode {
    keep_caught_panics_silent();
    if asks_for_defects(std::env::args_os().skip(1)) {
        return match output::say(std::io::stdout(), "standard output", &engines::faulty_list()) {
            Ok(()) => Exit::Pass,
            Err(failure) => failure.exit,
        }
        .into();
    }
    let matches = Shadowbook::command().color(help_color()).try_get_matches();
    let shadowbook = match matches.and_then(|matches| Shadowbook::from_arg_matches(&matches)) {
        Ok(shadowbook) => shadowbook,
        // Help and version are errors to clap; it knows which stream and which code is theirs.
        Err(error) => {
            let is_wrong = error.use_stderr();
            // Nothing is left to be done when not even this can be written.
            let _ = error.print();
            return if is_wrong { misunderstood(&error) } else { Exit::Pass }.into();
        }
    };
    shadowbook.run().into()
}

/// A panic that is caught is somebody's finding and told as such; all others are told as ever.
fn keep_caught_panics_silent() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_guarded() {
            tell(panic);
        }
    }));
}

impl Shadowbook {
    fn run(&self) -> Exit {
        let Self { command, output } = self;
        match command.run(output).and_then(|exit| output.finish(exit)) {
            Ok(exit) => exit,
            Err(failure) => end(&failure, output),
        }
    }
}

/// Tells why there is no result, and puts it where the result was to be.
fn end(failure: &Failure, output: &Output) -> Exit {
    output::complain(&failure.to_string());
    if let Err(failure) = output.write_failure(failure) {
        output::complain(&failure.to_string());
    }
    failure.exit
}

/// Whether an engine is named that is no engine but the wish for a list: wherever it stands.
fn asks_for_defects(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.filter_map(|argument| argument.into_string().ok()).any(|argument| {
        let value = argument.rsplit_once('=').map_or(argument.as_str(), |(_, value)| value);
        value == engines::FAULTY_LIST
    })
}

/// A command line that cannot be understood: what it says of the result is taken all the same, so
/// that the one of yesterday does not stay there.
fn misunderstood(error: &clap::Error) -> Exit {
    let output = Output::with_json(json::path_in(std::env::args_os()));
    let failure = Failure::usage(error.to_string().trim());
    // It has been told already, and a result that cannot be written is the lesser problem.
    let _ = output.write_failure(&failure);
    failure.exit
}

fn help_color() -> ColorChoice {
    if std::io::stdout().is_terminal() { ColorChoice::Auto } else { ColorChoice::Never }
}
