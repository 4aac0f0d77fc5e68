//! A generator over the whole market model, for engines that are held against each other.
//!
//! Few ids, prices and owners collide; the stream moves through themes; events that somebody shows
//! it aim the next commands at what is live; and wishes are fulfilled by recipes.

mod desk;
mod draw;
mod flow;
mod malformed;
mod recipe;
mod theme;
mod venue;
mod wish;

use shadowbook_model::{Command, Event, Instrument, InstrumentId, Seq};

use crate::pace::{Beat, Clock};
use crate::profile::{Flow, Profile, increment};
use crate::random::Random;

pub(crate) use flow::WholeModelFlow;
pub(crate) use venue::instruments;
pub use wish::{Outcome, Wish};

/// The stream of the built-in profile `whole-model`, without end, that can be aimed.
///
/// The same seed, the same observations and the same wishes at the same places give the same
/// commands. Without any it is the stream of [`crate::Generator`], which is as wild but hits less.
///
/// ```
/// use shadowbook_workload::Fuzzer;
///
/// let mut fuzzer = Fuzzer::new(7);
/// let command = fuzzer.next();
/// assert!(command.instrument.index() < fuzzer.instruments().len());
/// ```
#[derive(Clone, Debug)]
pub struct Fuzzer {
    instruments: Vec<Instrument>,
    clock: Clock,
    flow: WholeModelFlow,
    random: Random,
    next_seq: u64,
}

impl Fuzzer {
    /// A stream from a seed.
    ///
    /// # Panics
    /// Never: the built-in profile is a good one.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let profile = Profile::built_in("whole-model").expect("it is built in");
        let Flow::WholeModel(settings) = &profile.flow else {
            unreachable!("the flow of this profile is the whole model")
        };
        let tick = increment("tick", &profile.tick).expect("the built-in profile is checked");
        let lot = increment("lot", &profile.lot).expect("the built-in profile is checked");
        Self {
            instruments: instruments(&profile.symbol, tick, lot, profile.instruments),
            clock: Clock::new(&profile).expect("the built-in profile is checked"),
            flow: WholeModelFlow::new(settings, profile.instruments),
            random: Random::new(seed),
            next_seq: 1,
        }
    }

    /// The instruments that the commands name by position: between them they have everything that
    /// an instrument can have.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// The next command; `seq` rises strictly and `time` never falls.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would give options; this has no end"
    )]
    pub fn next(&mut self) -> Command {
        let Beat { time, instrument, .. } = self.clock.beat(&mut self.random);
        let action = self.flow.next(instrument as usize, time, &mut self.random);
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        Command { seq, time, instrument: InstrumentId(instrument), action }
    }

    /// Learns what an engine answered to a command of this stream, so that later commands hit live
    /// orders and lie near the last trade. May be left out, or called for some commands only.
    ///
    /// # Panics
    /// When the command names an instrument that this stream does not have.
    pub fn observe(&mut self, command: &Command, events: &[Event]) {
        self.flow.observe(command, events);
    }

    /// Makes these situations more likely from now on, instead of those wished for before. What
    /// the rules forbid is passed over.
    pub fn wish(&mut self, wanted: &[Wish]) {
        self.flow.wish(wanted);
    }
}
