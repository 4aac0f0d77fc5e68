//! A stream of commands from a profile and a seed.

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::{Action, Command, Instrument, InstrumentId, Price, Seq};

use crate::collide::CollideFlow;
use crate::fuzz::{self, WholeModelFlow};
use crate::market::MarketFlow;
use crate::pace::{Beat, Clock};
use crate::profile::{Flow, Profile, ProfileError, increment};
use crate::random::Random;

/// How many commands a batch of a generated stream has.
const BATCH: u64 = 4096;

/// A stream of commands: the same profile and seed always give the same one, and a longer stream
/// begins with the shorter one. As an iterator it gives the commands, as a [`Source`] batches of
/// them.
#[derive(Clone, Debug)]
pub struct Generator {
    instruments: Vec<Instrument>,
    clock: Clock,
    flow: FlowState,
    random: Random,
    next_seq: u64,
    left: u64,
}

#[derive(Clone, Debug)]
enum FlowState {
    Market(MarketFlow),
    Collide(CollideFlow),
    WholeModel(WholeModelFlow),
}

impl Generator {
    /// A stream of so many commands; `u64::MAX` is as good as without end.
    ///
    /// # Errors
    /// When [`Profile::check`] fails.
    pub fn new(profile: &Profile, seed: u64, commands: u64) -> Result<Self, ProfileError> {
        profile.check()?;
        let flow = match &profile.flow {
            Flow::Market(market) => {
                FlowState::Market(MarketFlow::new(market, profile.instruments)?)
            }
            Flow::Collide(collide) => {
                FlowState::Collide(CollideFlow::new(collide, profile.instruments)?)
            }
            Flow::WholeModel(whole_model) => {
                FlowState::WholeModel(WholeModelFlow::new(whole_model, profile.instruments))
            }
        };
        Ok(Self {
            instruments: instruments(profile)?,
            clock: Clock::new(profile)?,
            flow,
            random: Random::new(seed),
            next_seq: 1,
            left: commands,
        })
    }

    /// How many orders are live after the commands so far; `None` for flow that keeps no book.
    #[must_use]
    pub fn live_orders(&self) -> Option<usize> {
        match &self.flow {
            FlowState::Market(market) => Some(market.live_orders()),
            FlowState::Collide(_) | FlowState::WholeModel(_) => None,
        }
    }
}

impl Iterator for Generator {
    type Item = Command;

    #[inline]
    fn next(&mut self) -> Option<Command> {
        self.left = self.left.checked_sub(1)?;
        let Beat { time, instrument, burst } = self.clock.beat(&mut self.random);
        let index = instrument as usize;
        let action: Action = match &mut self.flow {
            FlowState::Market(market) => market.next(index, burst, &mut self.random),
            FlowState::Collide(collide) => collide.next(index, time, &mut self.random),
            FlowState::WholeModel(whole) => whole.next(index, time, &mut self.random),
        };
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        Some(Command { seq, time, instrument: InstrumentId(instrument), action })
    }
}

impl Source for Generator {
    fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        for _ in 0..BATCH {
            match self.next() {
                Some(command) => batch.push(command),
                None => break,
            }
        }
        Ok(!batch.is_empty())
    }
}

fn instruments(profile: &Profile) -> Result<Vec<Instrument>, ProfileError> {
    let tick = increment("tick", &profile.tick)?;
    let lot = increment("lot", &profile.lot)?;
    if matches!(profile.flow, Flow::WholeModel(_)) {
        return Ok(fuzz::instruments(&profile.symbol, tick, lot, profile.instruments));
    }
    let make = |position: u32| {
        let symbol = match profile.instruments {
            1 => profile.symbol.clone(),
            _ => format!("{}{}", profile.symbol, position + 1),
        };
        let mut instrument = Instrument::new(symbol, tick, lot);
        if let Flow::Collide(collide) = &profile.flow
            && position % 2 == 1
        {
            instrument.price_min = collide.price_min.map(Price);
            instrument.price_max = collide.price_max.map(Price);
        }
        instrument
    };
    Ok((0..profile.instruments).map(make).collect())
}
