//! What the benches have in common: the streams, and the engines that run them.

mod lobster_yardstick;
mod matchcore_yardstick;

use std::hint::black_box;
use std::time::{Duration, Instant};

use shadowbook_capture::file::{Header, Writer};
use shadowbook_capture::{Batch, Source};
use shadowbook_model::{Command, Engine, Event, EventBuffer, Instrument};
use shadowbook_workload::{Generator, Profile};

pub use lobster_yardstick::Lobster;
pub use matchcore_yardstick::Matchcore;

/// The seed of every stream that is measured.
pub const SEED: u64 = 1;

/// The commands of a built-in profile, and the instruments that they are on.
///
/// # Panics
/// When there is no such profile.
#[must_use]
pub fn stream(profile: &str, commands: u64) -> (Vec<Instrument>, Vec<Command>) {
    let profile = Profile::built_in(profile).expect("the profile is a built-in one");
    let generator = Generator::new(&profile, SEED, commands).expect("built-in profiles are good");
    (generator.instruments().to_vec(), generator.collect())
}

/// The same commands as a capture file in memory.
///
/// # Panics
/// When there is no such profile.
#[must_use]
pub fn capture_file(profile: &str, commands: u64) -> Vec<u8> {
    let profile = Profile::built_in(profile).expect("the profile is a built-in one");
    let mut source = Generator::new(&profile, SEED, commands).expect("built-in profiles are good");
    let instruments = source.instruments().to_vec();
    let mut file = Vec::new();
    let header = Header { instruments, origin: String::new() };
    let mut writer = Writer::new(&mut file, &header).expect("memory can be written");
    let mut batch = Batch::new();
    while source.read(&mut batch).expect("a generator does not fail") {
        writer.append(&batch).expect("memory can be written");
    }
    writer.finish().expect("memory can be written");
    file
}

/// What traded in a run: consumed so that no engine gets away with not saying it, and shown beside
/// the times so that everybody sees whether the engines did the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fills {
    /// How many fills there were.
    pub count: u64,
    /// The sum of their quantities.
    pub quantity: u64,
    /// Commands refused: the streams hold none that a right engine refuses.
    pub refused: u64,
}

impl Fills {
    fn add(&mut self, quantity: u64) {
        self.count += 1;
        self.quantity += black_box(quantity);
    }
}

/// Commands that are converted, then run, at a time.
///
/// A harness hands an engine what it has just read. A whole stream converted beforehand would lie
/// in memory that no cache holds, and the clock would show how wide its commands are.
const PORTION: usize = 1_024;

/// An engine with its own form of commands, made of ours while the clock stands.
pub trait Contestant {
    /// Its commands.
    type Input;
    /// What converting has to remember of the stream so far.
    type Converter: Default;

    /// Appends commands in its own form.
    fn convert(converter: &mut Self::Converter, commands: &[Command], input: &mut Vec<Self::Input>);

    /// Runs commands and consumes what traded.
    fn run(&mut self, commands: &[Self::Input], fills: &mut Fills);
}

/// Runs a stream and says how long the engine itself took.
pub fn run_stream<C: Contestant>(engine: &mut C, commands: &[Command]) -> (Duration, Fills) {
    let mut converter = C::Converter::default();
    let (mut input, mut fills, mut time) = (Vec::new(), Fills::default(), Duration::ZERO);
    for portion in commands.chunks(PORTION) {
        input.clear();
        C::convert(&mut converter, portion, &mut input);
        let begin = Instant::now();
        engine.run(&input, &mut fills);
        time += begin.elapsed();
    }
    (time, fills)
}

/// An engine of this project.
#[derive(Debug)]
pub struct Own<E> {
    /// The engine.
    pub engine: E,
    events: EventBuffer,
}

impl<E: Engine> Own<E> {
    /// A fresh engine as a contestant.
    #[must_use]
    pub const fn new(engine: E) -> Self {
        Self { engine, events: EventBuffer::new() }
    }
}

impl<E: Engine> Contestant for Own<E> {
    type Input = Command;
    type Converter = ();

    fn convert((): &mut (), commands: &[Command], input: &mut Vec<Command>) {
        input.extend_from_slice(commands);
    }

    fn run(&mut self, commands: &[Command], fills: &mut Fills) {
        for command in commands {
            self.events.clear();
            self.engine.apply(command, &mut self.events);
            for event in self.events.as_slice() {
                match event {
                    Event::Fill(fill) => fills.add(fill.quantity.0),
                    Event::Rejected { .. } => fills.refused += 1,
                    _ => {}
                }
            }
            black_box(self.events.as_slice());
        }
    }
}
