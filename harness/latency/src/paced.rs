//! Response times under load, measured: commands are really sent at their planned times.

use std::hint::spin_loop;
use std::time::Instant;

use shadowbook_model::{Command, EventBuffer};

use crate::arm::MakeEngine;
use crate::histogram::Histogram;
use crate::response::{Arrivals, ArrivalsError, Scale};
use crate::samples::Stretch;

/// A clock that never goes back.
pub trait Clock {
    /// Nanoseconds since any fixed time.
    fn now_nanos(&mut self) -> u64;

    /// Waits until it shows at least this, and gives what it shows then. Busily: a thread that
    /// sleeps wakes up some fifty microseconds late.
    fn wait_until(&mut self, nanos: u64) -> u64 {
        loop {
            let now = self.now_nanos();
            if now >= nanos {
                return now;
            }
            spin_loop();
        }
    }
}

/// The monotonic clock of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// It shows the time since now.
    #[must_use]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now_nanos(&mut self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// What a paced replay measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PacedReplay {
    /// From the planned time of each command to its completion: with the cost of the clock, and
    /// all the noise of the machine.
    pub responses: Histogram,
    /// Commands that came while the engine was still busy.
    pub waited: u64,
}

/// Sends the commands of a stretch to a fresh engine at their recorded times, that many times
/// faster, on the calling thread; warm-up commands go ahead of the first, as fast as they can.
///
/// It takes as long as [`Arrivals::span_nanos`] says, or longer where the engine does not keep up.
///
/// # Errors
/// When there is no command after the warm-up, or recorded times fall.
pub fn paced_replay(
    make: &MakeEngine<'_>,
    stretch: Stretch<'_>,
    scale: Scale,
    clock: &mut impl Clock,
) -> Result<PacedReplay, ArrivalsError> {
    let (warm_up, commands) = parted(stretch);
    let arrivals = Arrivals::of(commands)?;
    let mut engine = make();
    let mut events = EventBuffer::new();
    for command in warm_up {
        events.clear();
        engine.apply(command, &mut events);
    }
    let mut replay = PacedReplay { responses: Histogram::new(), waited: 0 };
    let mut done = clock.now_nanos();
    let begin = done;
    for (command, offset) in commands.iter().zip(arrivals.planned_nanos(scale)) {
        let planned = begin.saturating_add(offset);
        replay.waited += u64::from(done > planned);
        events.clear();
        clock.wait_until(planned);
        engine.apply(command, &mut events);
        done = clock.now_nanos();
        replay.responses.record(done.saturating_sub(planned));
    }
    Ok(replay)
}

/// The commands that are not measured, and those that are.
fn parted<'a>(stretch: Stretch<'a>) -> (&'a [Command], &'a [Command]) {
    stretch.commands.split_at(stretch.warm_up.min(stretch.commands.len()))
}

#[cfg(test)]
#[path = "paced_tests.rs"]
mod tests;
