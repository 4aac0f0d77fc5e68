//! `host`: one of our engines behind a pipe, as a child of this binary.

use std::io::{self, BufRead, Write};

use clap::Args;
use shadowbook_capture::jsonl::{self, CommandLine, Reader, Symbols};
use shadowbook_capture::{ReadError, Source};
use shadowbook_faulty::Defect;
use shadowbook_model::{Engine, EventBuffer, InstrumentId};

use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};

/// Answers JSON lines on standard input with what an engine makes of them
#[derive(Args, Debug)]
pub(crate) struct Host {
    /// The engine
    #[arg(long, value_name = "ENGINE")]
    engine: EngineName,
}

impl Host {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome {
        match self.serve(io::stdin().lock(), io::stdout().lock()) {
            Ok(()) => Ok(Exit::Pass),
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Exit::Pass)
            }
            Err(error) => Err(Failure::input("standard input", error)),
        }
    }

    fn serve(&self, input: impl BufRead, mut output: impl Write) -> Result<(), ReadError> {
        let mut declared = String::new();
        let mut host: Option<Hosted> = None;
        for (number, line) in (1..).zip(input.lines()) {
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
                None => host.insert(Hosted::new(self.engine, &declared)?),
            };
            hosted.answer(&line, number)?;
            output.write_all(hosted.text.as_bytes())?;
            output.flush()?;
        }
        Ok(())
    }
}

/// The command whose answer is none, where that is the defect.
const GIBBERISH_AT: u64 = 500;

/// An engine and the table it was made for.
struct Hosted {
    name: EngineName,
    commands: u64,
    engine: Box<dyn Engine + Send>,
    symbols: Symbols,
    events: EventBuffer,
    text: String,
}

impl Hosted {
    fn new(name: EngineName, declared: &str) -> Result<Self, ReadError> {
        let reader = Reader::new(declared.as_bytes())?;
        let symbols = Symbols::new(reader.instruments());
        let engine = name.create(symbols.instruments());
        let (events, text) = (EventBuffer::new(), String::new());
        Ok(Self { name, commands: 0, engine, symbols, events, text })
    }

    /// Puts the answer to a line into [`Self::text`].
    fn answer(&mut self, line: &str, number: u64) -> Result<(), ReadError> {
        self.text.clear();
        if line.trim() == r#"{"type":"book"}"# {
            self.show_book();
            self.text.push_str("{\"type\":\"done\"}\n");
            return Ok(());
        }
        let CommandLine { command, .. } = jsonl::parse_command(line, number, &self.symbols)?;
        self.events.clear();
        self.engine.apply(&command, &mut self.events);
        let instrument = &self.symbols.instruments()[command.instrument.index()];
        for event in self.events.as_slice() {
            jsonl::write_event(&mut self.text, event, command.seq, instrument);
            self.text.push('\n');
        }
        self.commands += 1;
        if self.name == EngineName::Faulty(Defect::Gibberish) && self.commands == GIBBERISH_AT {
            self.text.push_str("\u{1b}[2J?!\n");
        }
        self.text.push_str(&format!("{{\"type\":\"done\",\"seq\":{}}}\n", command.seq));
        Ok(())
    }

    fn show_book(&mut self) {
        for (id, instrument) in (0..).map(InstrumentId).zip(self.symbols.instruments()) {
            for order in &self.engine.snapshot(id).orders {
                jsonl::write_book_line(&mut self.text, order, instrument);
                self.text.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(input: &str) -> Result<String, String> {
        let host = Host { engine: EngineName::Reference };
        let mut output = Vec::new();
        host.serve(input.as_bytes(), &mut output).map_err(|error| error.to_string())?;
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
