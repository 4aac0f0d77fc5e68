//! The machine, made as quiet as it can be made, and looked at before anything is measured.

use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use rustix::mm::{MlockAllFlags, mlockall, munlockall};
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use thiserror::Error;

use crate::samples::Preflight;

/// A chunk is at least so many times as long as what the clock can tell.
const CLOCKS_PER_CHUNK: u64 = 100;
/// How long each core is watched.
const WATCH: Duration = Duration::from_millis(25);
/// An interruption is longer than this.
const HICCUP: Duration = Duration::from_micros(10);
/// At most so many cores are watched, so that a large machine does not make a run long.
const WATCHED_CORES: usize = 4;
/// How often the clock is read to learn what it is like.
const CLOCK_READS: usize = 20_000;
const PAGE: usize = 4096;
const STACK: usize = 64 * PAGE;
/// The heap that is made ready: in one piece and in so many.
const HEAP: usize = 4096 * PAGE;
const HEAP_PIECES: usize = 16;

/// A thread that is ready to measure, for as long as this lives: it is pinned to one core and its
/// memory is locked, where the system lets it.
#[derive(Debug)]
pub struct Prepared {
    preflight: Preflight,
    /// Where the thread might run before.
    cores_before: Option<CpuSet>,
}

impl Prepared {
    /// Makes the calling thread ready and looks at the machine; takes about a tenth of a second.
    ///
    /// What the system does not let it do becomes a note of the result.
    #[must_use]
    pub fn new() -> Self {
        Self::with(pin)
    }

    /// The same without pinning the thread, for whoever was asked not to.
    #[must_use]
    pub fn unpinned() -> Self {
        Self::with(|preflight| {
            watch_into(preflight, None);
            None
        })
    }

    fn with(pin: impl FnOnce(&mut Preflight) -> Option<CpuSet>) -> Self {
        let mut preflight = Preflight::default();
        let cores_before = pin(&mut preflight);
        touch_stack();
        touch_heap();
        // Not `FUTURE`: beyond a limit, memory that is asked for later would be refused.
        match mlockall(MlockAllFlags::CURRENT) {
            Ok(()) => preflight.is_locked = true,
            Err(error) => preflight.notes.push(note("lock memory", error.into())),
        }
        let clock = Clock::of(&clock_reads());
        preflight.clock_step_nanos = clock.step_nanos;
        preflight.clock_cost_nanos = clock.cost_nanos;
        Self { preflight, cores_before }
    }

    /// What the machine is like.
    #[must_use]
    pub const fn preflight(&self) -> &Preflight {
        &self.preflight
    }
}

impl Default for Prepared {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Prepared {
    /// Lets the thread run where it could before; threads that it starts then inherit that.
    fn drop(&mut self) {
        // What cannot be undone does no harm but to speed.
        let _is_undone = self.cores_before.as_ref().map(|cores| sched_setaffinity(None, cores));
        if self.preflight.is_locked {
            let _is_unlocked = munlockall();
        }
    }
}

/// A chunk is too short for the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "chunks take {chunk_nanos} ns, and the clock (steps of {step_nanos} ns, {cost_nanos} ns a read) \
     needs at least {least_nanos} ns: measure more commands as one"
)]
pub struct ChunkTooShort {
    /// How long it is.
    pub chunk_nanos: u64,
    /// The smallest step of the clock.
    pub step_nanos: u64,
    /// What reading it costs.
    pub cost_nanos: u64,
    /// How long it must be.
    pub least_nanos: u64,
}

/// Whether chunks of this length can be timed with this clock.
///
/// A chunk holds a hundred steps of the clock, so that a step is at most 1 % of it; and a hundred
/// times what a read costs, since that lies within the chunk of each arm and would hide as much of
/// their difference.
///
/// # Errors
/// When it is shorter.
pub fn check_chunk(chunk_nanos: u64, preflight: &Preflight) -> Result<(), ChunkTooShort> {
    let (step_nanos, cost_nanos) = (preflight.clock_step_nanos, preflight.clock_cost_nanos);
    let least_nanos = step_nanos.max(cost_nanos).saturating_mul(CLOCKS_PER_CHUNK);
    if chunk_nanos < least_nanos {
        return Err(ChunkTooShort { chunk_nanos, step_nanos, cost_nanos, least_nanos });
    }
    Ok(())
}

fn note(what: &str, error: io::Error) -> String {
    format!("could not {what}: {error}")
}

/// Pins the thread to the quietest of the cores that it may run on; the cores are given back that
/// it could run on before.
fn pin(preflight: &mut Preflight) -> Option<CpuSet> {
    let before = match sched_getaffinity(None) {
        Ok(cores) => cores,
        Err(error) => {
            preflight.notes.push(note("ask for cores", error.into()));
            watch_into(preflight, None);
            return None;
        }
    };
    let current = sched_getcpu();
    let others = (0..CpuSet::MAX_CPU).filter(|core| *core != current && before.is_set(*core));
    let watched = [current].into_iter().chain(others).take(WATCHED_CORES);
    let quietest = watched
        .filter(|core| pin_to(*core).is_ok())
        .map(|core| (watch(), core))
        .min_by_key(|(hiccups, _)| hiccups.lost);
    match quietest.map(|(hiccups, core)| (hiccups, core, pin_to(core))) {
        Some((hiccups, core, Ok(()))) => {
            preflight.pinned_to = Some(core);
            watch_into(preflight, Some(hiccups));
        }
        Some((_, _, Err(error))) => {
            preflight.notes.push(note("pin the thread to a core", error));
            watch_into(preflight, None);
        }
        None => {
            preflight.notes.push("could not pin the thread to any core".to_owned());
            watch_into(preflight, None);
        }
    }
    Some(before)
}

fn pin_to(core: usize) -> io::Result<()> {
    let mut only = CpuSet::new();
    only.set(core);
    Ok(sched_setaffinity(None, &only)?)
}

/// Interruptions of a loop that does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hiccups {
    count: u64,
    lost: Duration,
    longest: Duration,
}

impl Hiccups {
    fn add(&mut self, gap: Duration) {
        if gap > HICCUP {
            self.count += 1;
            self.lost += gap;
            self.longest = self.longest.max(gap);
        }
    }
}

fn watch_into(preflight: &mut Preflight, hiccups: Option<Hiccups>) {
    let hiccups = hiccups.unwrap_or_else(watch);
    let per_second = Duration::from_secs(1).as_millis() / WATCH.as_millis();
    preflight.hiccups_per_second =
        hiccups.count * u64::try_from(per_second).expect("a second has few stretches");
    preflight.longest_hiccup = hiccups.longest;
}

/// Watches the core that the thread runs on.
fn watch() -> Hiccups {
    let mut hiccups = Hiccups::default();
    let start = Instant::now();
    let mut before = start;
    while before - start < WATCH {
        let now = Instant::now();
        hiccups.add(now - before);
        before = now;
    }
    hiccups
}

/// What the clock is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    step_nanos: u64,
    cost_nanos: u64,
}

impl Clock {
    /// Made of the times between reads that follow each other at once, in nanoseconds.
    ///
    /// Those are a whole number of steps, and mostly more than one, since a read may cost more
    /// than a step: the step is the least by which two of them differ. The cost is that of a read
    /// that nothing disturbed, as the times are that it is taken off: a quarter of all cost less.
    fn of(reads: &[u64]) -> Self {
        let mut sorted = reads.to_vec();
        sorted.sort_unstable();
        let cost_nanos = sorted.get(sorted.len() / 4).copied().unwrap_or_default();
        sorted.insert(0, 0);
        sorted.dedup();
        let steps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
        Self { step_nanos: steps.min().unwrap_or_default(), cost_nanos }
    }
}

fn clock_reads() -> Vec<u64> {
    let read = |_| {
        let start = Instant::now();
        u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    };
    (0..CLOCK_READS).map(read).collect()
}

/// Touches the stack that the engines will use, so that no page of it is missing when it counts.
#[inline(never)]
fn touch_stack() {
    let mut stack = [0_u8; STACK];
    black_box(&mut stack);
}

/// Touches memory and gives it back to the allocator, which keeps it for the engines.
///
/// The one large piece teaches an allocator like glibc's to keep pieces below its size; the
/// smaller ones then come out of the memory that it keeps.
fn touch_heap() {
    drop(black_box(vec![1_u8; HEAP]));
    let pieces: Vec<Vec<u8>> = (0..HEAP_PIECES).map(|_| vec![1; HEAP / HEAP_PIECES]).collect();
    drop(black_box(pieces));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_cost_of_a_clock_are_read_off_its_differences() {
        let check = |reads: &[u64], step_nanos, cost_nanos| {
            assert_eq!(Clock::of(reads), Clock { step_nanos, cost_nanos }, "{reads:?}");
        };
        // A step of ten, a read that costs between two and three of them.
        check(&[20, 30, 20, 30, 20, 30, 30, 120], 10, 20);
        // A fine clock whose reads take longer than a step.
        check(&[23, 21, 22, 22, 25, 21, 22, 900], 1, 22);
        // A clock that hardly ever moves between two reads.
        check(&[0, 0, 0, 0, 1_000, 0], 1_000, 0);
        check(&[17, 17], 17, 17);
        check(&[], 0, 0);
    }

    #[test]
    fn chunks_that_the_clock_cannot_tell_are_refused() {
        let check = |step, cost, chunk, least: Option<u64>| {
            let preflight = Preflight {
                clock_step_nanos: step,
                clock_cost_nanos: cost,
                ..Preflight::default()
            };
            let found = check_chunk(chunk, &preflight).map_err(|error| error.least_nanos).err();
            assert_eq!(found, least, "steps of {step}, cost {cost}, chunks of {chunk}");
        };
        check(10, 5, 999, Some(1_000));
        check(10, 5, 1_000, None);
        check(1, 21, 2_099, Some(2_100));
        check(1, 21, 2_100, None);
        let preflight = Preflight { clock_step_nanos: 10, ..Preflight::default() };
        let error = check_chunk(50, &preflight).expect_err("it is too short").to_string();
        assert_eq!(
            error,
            "chunks take 50 ns, and the clock (steps of 10 ns, 0 ns a read) needs at least \
             1000 ns: measure more commands as one"
        );
    }

    #[test]
    fn only_what_is_longer_than_a_hiccup_is_one() {
        let mut hiccups = Hiccups::default();
        [9, 10, 11, 200, 3].map(Duration::from_micros).into_iter().for_each(|gap| hiccups.add(gap));
        let micros = Duration::from_micros;
        assert_eq!(hiccups, Hiccups { count: 2, lost: micros(211), longest: micros(200) });
    }

    #[test]
    fn a_thread_is_pinned_and_set_free_again() {
        let before = sched_getaffinity(None).expect("the cores are known");
        let prepared = Prepared::new();
        let preflight = prepared.preflight();
        let core = preflight.pinned_to.expect("a thread may be pinned to a core that it may use");
        let pinned = sched_getaffinity(None).expect("the cores are known");
        assert!(pinned.is_set(core) && pinned.count() == 1 && before.is_set(core));
        assert!(preflight.clock_step_nanos > 0);
        drop(prepared);
        assert_eq!(sched_getaffinity(None).expect("the cores are known"), before);
    }
}
