//! Three fresh engines, each at its place in memory.

use std::time::Instant;

use shadowbook_model::{Command, Engine, EventBuffer};

use crate::arm::{Arm, Engines, PerArm};
use crate::schedule::Places;

/// A fresh engine and what keeps it at its place.
pub(crate) struct Placed {
    engine: Box<dyn Engine + Send>,
    _paddings: Vec<Vec<u8>>,
}

impl Placed {
    /// Makes the three in the order that was drawn.
    pub(crate) fn make(engines: &Engines<'_>, places: &Places) -> PerArm<Self> {
        let mut made: PerArm<Option<Self>> = PerArm::default();
        for arm in places.order {
            // Written to, so that the pages are really there.
            let paddings = places.paddings[arm].iter().map(|size| vec![1; *size]).collect();
            made[arm] = Some(Self { _paddings: paddings, engine: engines.make(arm) });
        }
        PerArm::from_fn(|arm| made[arm].take().expect("an order names each arm"))
    }

    /// Carries out commands that are not measured.
    pub(crate) fn run(&mut self, commands: &[Command], events: &mut EventBuffer) {
        events.clear();
        commands.iter().for_each(|command| self.engine.apply(command, events));
    }

    /// How long the engine takes for these commands together, in nanoseconds.
    // Not inlined: all three arms run the very same instructions here.
    #[inline(never)]
    pub(crate) fn time(&mut self, commands: &[Command], events: &mut EventBuffer) -> u64 {
        events.clear();
        let engine = &mut *self.engine;
        let start = Instant::now();
        for command in commands {
            engine.apply(command, events);
        }
        let duration = start.elapsed();
        u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long the engine takes for each of these commands, in nanoseconds, the clock included.
    ///
    /// What takes more than four seconds counts as four seconds.
    #[inline(never)]
    pub(crate) fn time_each(
        &mut self,
        commands: &[Command],
        events: &mut EventBuffer,
        nanos: &mut Vec<u32>,
    ) {
        let engine = &mut *self.engine;
        for command in commands {
            events.clear();
            let start = Instant::now();
            engine.apply(command, events);
            let duration = start.elapsed();
            nanos.push(u32::try_from(duration.as_nanos()).unwrap_or(u32::MAX));
        }
    }
}

/// A buffer for the events of each, which keeps its memory from round to round.
pub(crate) fn buffers() -> PerArm<EventBuffer> {
    PerArm::from_fn(|_: Arm| EventBuffer::new())
}
