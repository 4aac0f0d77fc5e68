//! What the benches have in common: the streams, and the engines that run them.

mod lobster_yardstick;
mod matchcore_yardstick;

use std::hint::black_box;

use shadowbook_capture::Source;
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

/// An engine with its own form of commands, made of ours before the clock starts.
pub trait Contestant {
    /// Its commands.
    type Input;

    /// The stream in its own form.
    fn convert(commands: &[Command]) -> Vec<Self::Input>;

    /// Runs the stream and consumes what traded.
    fn run(&mut self, commands: &[Self::Input]) -> Fills;
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

    fn convert(commands: &[Command]) -> Vec<Command> {
        commands.to_vec()
    }

    fn run(&mut self, commands: &[Command]) -> Fills {
        let mut fills = Fills::default();
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
        fills
    }
}
