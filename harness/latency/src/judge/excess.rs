//! The matched excess: the share of commands that are clearly slower in the candidate minus the
//! share that are clearly faster.
//!
//! A hundred nanoseconds on four commands in a thousand move no mean and no percentile, but each
//! command is its own pair, and so each of the four is seen. What is clear is what neither the
//! clock nor the noise can make: more than some steps of the clock, more than the threshold allows
//! for a command of this length, and more than nearly all differences between reference and twin on
//! commands of about the same length. The rest of the noise is on both sides alike and cancels.

use crate::judge::measured::{Gap, Measured};
use crate::judge::{ExcessShares, Thresholds};
use crate::samples::EventSamples;
use crate::stats::{block_mean, upper_quantile};

/// Fewer steps of the clock may be an accident of when it was read.
const CLEAR_STEPS: u64 = 5;
/// A difference that is not above this is none, however fine the clock.
const CLEAR_NANOS: u64 = 40;
/// So many thousandths of the twin's differences are noise by definition.
const NOISE_PER_MILLE: usize = 980;
/// Of fewer commands of a length too little is known: what shorter ones show holds as well.
const FEW_OF_A_LENGTH: usize = 200;
/// Fewer commands cannot show a share of one in a thousand.
const LEAST_COMMANDS: usize = 1_000;
/// Blocks are at least this long, so that what disturbs some neighbours stays in one or two.
const BLOCK_COMMANDS: usize = 100;
/// More blocks tell nothing more.
const MOST_BLOCKS: usize = 100;

/// The matched excess of candidate and twin, and the candidate's two shares.
pub(super) fn measure_excess(
    events: &EventSamples,
    clock_step_nanos: u64,
    thresholds: &Thresholds,
) -> Result<(Measured, ExcessShares), Gap> {
    let commands = events.kinds.len();
    let nanos = &events.nanos;
    if [&nanos.reference, &nanos.candidate, &nanos.twin].iter().any(|arm| arm.len() != commands) {
        return Err(Gap::Unmatched);
    }
    let few = Gap::FewCommands { commands, least: LEAST_COMMANDS };
    if commands < LEAST_COMMANDS {
        return Err(few);
    }
    let clear = Clear::learn(&nanos.reference, &nanos.twin, clock_step_nanos, thresholds.slower);
    let candidate = clear.signs(&nanos.reference, &nanos.candidate);
    let twin = clear.signs(&nanos.reference, &nanos.twin);
    let share =
        |sign: i8| candidate.iter().filter(|&&each| each == sign).count() as f64 / commands as f64;
    let shares =
        ExcessShares { slower: share(1), faster: share(-1), clear_nanos: clear.least_nanos };
    let blocks = (commands / BLOCK_COMMANDS).min(MOST_BLOCKS);
    let of_candidate = block_mean(&candidate, blocks).ok_or(few)?;
    let of_twin = block_mean(&twin, blocks).ok_or(few)?;
    Ok((Measured::excess(of_candidate, of_twin, thresholds), shares))
}

/// What difference is clear, for commands of each length.
struct Clear {
    least_nanos: u64,
    /// By the number of bits of the shorter time.
    by_length: [u64; LENGTHS],
    /// The fraction of its length by which a command may differ.
    fraction: f64,
}

const LENGTHS: usize = u32::BITS as usize + 1;

impl Clear {
    fn learn(reference: &[u32], twin: &[u32], clock_step_nanos: u64, fraction: f64) -> Self {
        let mut differences: [Vec<u32>; LENGTHS] = std::array::from_fn(|_| Vec::new());
        for (&once, &again) in reference.iter().zip(twin) {
            differences[length(once, again)].push(once.abs_diff(again));
        }
        let least_nanos = clock_step_nanos.saturating_mul(CLEAR_STEPS).max(CLEAR_NANOS);
        let mut by_length = [least_nanos; LENGTHS];
        let mut shorter = least_nanos;
        for (clear, differences) in by_length.iter_mut().zip(&mut differences) {
            let noise = upper_quantile(differences, NOISE_PER_MILLE).map_or(0, u64::from);
            *clear = noise.max(least_nanos);
            // Where little is known, what shorter commands show holds as well.
            if differences.len() < FEW_OF_A_LENGTH {
                *clear = (*clear).max(shorter);
            }
            shorter = *clear;
        }
        Self { least_nanos, by_length, fraction }
    }

    /// One for each command that is clearly slower than the reference, minus one for each that is
    /// clearly faster.
    fn signs(&self, reference: &[u32], other: &[u32]) -> Vec<i8> {
        reference
            .iter()
            .zip(other)
            .map(|(&reference, &other)| self.sign(reference, other))
            .collect()
    }

    fn sign(&self, reference: u32, other: u32) -> i8 {
        let difference = reference.abs_diff(other);
        let allowed = self.fraction * f64::from(reference.min(other));
        if u64::from(difference) <= self.by_length[length(reference, other)]
            || f64::from(difference) <= allowed
        {
            0
        } else if other > reference {
            1
        } else {
            -1
        }
    }
}

/// The class of length of a command: the number of bits of the shorter of its two times, so that
/// it does not matter which of the two was disturbed.
fn length(one: u32, other: u32) -> usize {
    one.min(other).checked_ilog2().map_or(0, |bits| bits as usize + 1)
}
