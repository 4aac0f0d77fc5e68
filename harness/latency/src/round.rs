//! One round: three fresh engines take turns until each has carried out the whole stretch.

use std::hint::black_box;

use shadowbook_model::{Command, EventBuffer};

use crate::arm::{Arm, Engines, PerArm};
use crate::placed::Placed;
use crate::samples::Stretch;
use crate::schedule::{Places, Random};

/// What every round carries out.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub(crate) engines: &'a Engines<'a>,
    pub(crate) stretch: Stretch<'a>,
    /// So many commands are one chunk.
    pub(crate) chunk: usize,
}

impl Round<'_> {
    /// Makes the three at other places and lets them carry out what is not measured; then `timed`
    /// is to carry out each chunk with each engine, in turns and orders that are drawn. It is told
    /// whose turn it is, and the place of the chunk among all that are measured.
    pub(crate) fn carry_out(
        self,
        random: &mut Random,
        events: &mut PerArm<EventBuffer>,
        mut timed: impl FnMut(Arm, (usize, &[Command]), &mut Placed, &mut EventBuffer),
    ) {
        let Self { engines, stretch, chunk } = self;
        let mut placed = Placed::make(engines, &Places::draw(random));
        warm_up(&mut placed, events, stretch, chunk);
        for turn in random.turns(stretch.chunks(chunk).len(), chunk) {
            for arm in random.order() {
                let chunks = stretch.chunks(chunk).enumerate();
                for (place, chunk) in chunks.take(turn.end).skip(turn.start) {
                    touch(chunk);
                    timed(arm, (place, chunk), &mut placed[arm], &mut events[arm]);
                }
            }
        }
    }
}

/// Brings commands into the cache, so that whoever comes first does not fetch them for the others.
fn touch(commands: &[Command]) {
    for command in commands {
        black_box(*command);
    }
}

/// Carries out what is not measured, in turns as well: no arm's state is colder than another's.
fn warm_up(
    placed: &mut PerArm<Placed>,
    events: &mut PerArm<EventBuffer>,
    stretch: Stretch<'_>,
    chunk: usize,
) {
    for chunk in stretch.warm_up().chunks(chunk.max(1)) {
        for arm in Arm::ALL {
            placed[arm].run(chunk, &mut events[arm]);
        }
    }
}
