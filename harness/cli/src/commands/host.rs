//! `host`: one of our engines behind a pipe, as a child of this binary.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use clap::Args;
use shadowbook_capture::jsonl::{self, CommandLine, Reader, Symbols};
use shadowbook_capture::{ReadError, Source};
use shadowbook_faulty::Defect;
use shadowbook_model::{Engine, EventBuffer, InstrumentId};
use shadowbook_session::guard;
use thiserror::Error;

use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::complain;

/// Answers JSON lines on standard input with what an engine makes of them
#[derive(Args, Debug)]
pub(crate) struct Host {
    /// The engine
    #[arg(long, value_name = "ENGINE")]
    engine: EngineName,
}

/// Why it can serve no longer.
#[derive(Debug, Error)]
enum Ended {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the engine panicked: {0}")]
    Panicked(String),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Read(error.into())
    }
}

/// The exit code of a panic, as of any program in Rust.
const PANICKED: i32 = 101;
/// Lines that are read ahead, so that the end of the input is seen behind them: far more than a
/// session sends before it wants an answer.
const READ_AHEAD: usize = 1_024;
/// How long the engine may take over one command when nobody can ask for more.
const GRACE: Duration = Duration::from_secs(3);

impl Host {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome {
        let (to_engine, lines) = mpsc::sync_channel(READ_AHEAD);
        let turns = Arc::new(Turns::default());
        let watched = Arc::clone(&turns);
        std::thread::spawn(move || {
            if io::stdin().lock().lines().all(|line| to_engine.send(line).is_ok()) {
                drop(to_engine);
                watched.watch();
            }
        });
        match self.serve(lines.into_iter(), io::stdout().lock(), &turns) {
            Ok(()) => Ok(Exit::Pass),
            Err(Ended::Read(ReadError::Io(error))) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Exit::Pass)
            }
            Err(Ended::Read(error)) => Err(Failure::input("standard input", error)),
            Err(ended @ Ended::Panicked(_)) => {
                // Without the id of a thread, so that two runs say the same.
                let _ = writeln!(io::stderr(), "{}", ended.to_string().replace('\n', " "));
                exit(PANICKED)
            }
        }
    }

    fn serve(
        &self,
        lines: impl Iterator<Item = io::Result<String>>,
        mut output: impl Write,
        turns: &Turns,
    ) -> Result<(), Ended> {
        let mut declared = String::new();
        let mut host: Option<Hosted<'_>> = None;
        for (number, line) in (1..).zip(lines) {
            let line = line?;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if host.is_none() && line.contains(r#""type":"instrument""#) {
                declared.push_str(&line);
                declared.push('\n');
                continue;
            }
            let hosted = match &mut host {
                Some(hosted) => hosted,
                None => host.insert(Hosted::new(self.engine, &declared, turns)?),
            };
            hosted.answer(&line, number)?;
            output.write_all(hosted.text.as_bytes())?;
            output.flush()?;
        }
        Ok(())
    }
}

#[expect(clippy::exit, reason = "an engine that hangs does not let the main thread return")]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// How often the engine was given something to do, and gave back: odd while it is at work.
#[derive(Debug, Default)]
struct Turns(AtomicU64);

impl Turns {
    /// Lets the engine work; a panic in it is the end.
    fn take<T>(&self, work: impl FnOnce() -> T) -> Result<T, Ended> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let done = guard(work).map_err(Ended::Panicked);
        self.0.fetch_add(1, Ordering::Relaxed);
        done
    }

    /// Ends the process when the engine does not come back from one turn: whoever would have
    /// killed it is gone. Returns never, as the process ends when the engine is done.
    fn watch(&self) {
        // Nothing is ever sent: it only times out.
        let (_sender, nothing) = mpsc::channel::<()>();
        loop {
            let before = self.0.load(Ordering::Relaxed);
            let _ = nothing.recv_timeout(GRACE);
            if before % 2 == 1 && self.0.load(Ordering::Relaxed) == before {
                complain("standard input has ended, and the engine does not answer");
                exit(Exit::Harness as i32);
            }
        }
    }
}

/// The command whose answer is none, where that is the defect.
const GIBBERISH_AT: u64 = 500;

/// An engine and the table it was made for.
struct Hosted<'t> {
    name: EngineName,
    /// How many commands it got that is to answer one of them with none.
    commands: u64,
    engine: Box<dyn Engine + Send>,
    turns: &'t Turns,
    symbols: Symbols,
    events: EventBuffer,
    text: String,
}

impl<'t> Hosted<'t> {
    fn new(name: EngineName, declared: &str, turns: &'t Turns) -> Result<Self, Ended> {
        let reader = Reader::new(declared.as_bytes())?;
        let symbols = Symbols::new(reader.instruments());
        let engine = turns.take(|| name.create(symbols.instruments()))?;
        let (events, text) = (EventBuffer::new(), String::new());
        Ok(Self { name, commands: 0, engine, turns, symbols, events, text })
    }

    /// Puts the answer to a line into [`Self::text`].
    fn answer(&mut self, line: &str, number: u64) -> Result<(), Ended> {
        self.text.clear();
        if line.trim() == r#"{"type":"book"}"# {
            self.show_book()?;
            self.text.push_str("{\"type\":\"done\"}\n");
            return Ok(());
        }
        let CommandLine { command, .. } =
            jsonl::parse_command(line, number, &self.symbols).map_err(ReadError::from)?;
        self.events.clear();
        let Self { engine, events, .. } = self;
        self.turns.take(|| engine.apply(&command, events))?;
        let instrument = &self.symbols.instruments()[command.instrument.index()];
        for event in self.events.as_slice() {
            jsonl::write_event(&mut self.text, event, command.seq, instrument);
            self.text.push('\n');
        }
        let gibbers = matches!(self.name, EngineName::Faulty(planted)
            if planted.defects.has(Defect::Gibberish) && command.time >= planted.since);
        self.commands += u64::from(gibbers);
        if gibbers && self.commands == GIBBERISH_AT {
            self.text.push_str("\u{1b}[2J?!\n");
        }
        self.text.push_str(&format!("{{\"type\":\"done\",\"seq\":{}}}\n", command.seq));
        Ok(())
    }

    fn show_book(&mut self) -> Result<(), Ended> {
        for (id, instrument) in (0..).map(InstrumentId).zip(self.symbols.instruments()) {
            let snapshot = self.turns.take(|| self.engine.snapshot(id))?;
            for order in &snapshot.orders {
                jsonl::write_book_line(&mut self.text, order, instrument);
                self.text.push('\n');
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(input: &str) -> Result<String, String> {
        let host = Host { engine: EngineName::Reference };
        let mut output = Vec::new();
        let served = host.serve(input.as_bytes().lines(), &mut output, &Turns::default());
        served.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(output).expect("it is text"))
    }

    const INSTRUMENT: &str =
        r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#;

    #[test]
    fn commands_and_books_are_answered() {
        let input = format!(
            "{INSTRUMENT}\n# a comment\n\n{}\n{}\n",
            r#"{"type":"new","seq":4,"time_ns":1,"instrument":"X","order":7,"side":"buy","order_type":"limit","price":"5","quantity":"2"}"#,
            r#"{"type":"book"}"#,
        );
        let expected = concat!(
            r#"{"type":"accepted","seq":4,"instrument":"X","order":7}"#,
            "\n{\"type\":\"done\",\"seq\":4}\n",
            r#"{"type":"resting","instrument":"X","side":"buy","price":"5","order":7,"account":0,"open":"2","displayed":"2"}"#,
            "\n{\"type\":\"done\"}\n",
        );
        assert_eq!(answered(&input).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_no_command_ends_it() {
        let told = answered(&format!("{INSTRUMENT}\nhello\n")).expect_err("it is no command");
        assert!(told.contains("line 2"), "{told}");
    }
}
