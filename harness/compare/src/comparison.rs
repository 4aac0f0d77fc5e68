//! What comparing comes to.

use shadowbook_model::Digest;

use crate::divergence::Divergence;
use crate::expected::Covered;
use crate::recorded::RecordedTally;

/// Everything that comparing found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many commands the stream had.
    pub commands: u64,
    /// The roots, in the order in which they were found, up to the limit.
    pub divergences: Vec<Divergence>,
    /// How many roots there are, expected ones left out.
    pub roots: u64,
    /// How many of them are disputed.
    pub disputed: u64,
    /// How many commands and checkpoints differ because of a root before them.
    pub derived: u64,
    /// The roots that were expected, by the entry that covers them; empty where nothing was.
    pub covered: Vec<Covered>,
    /// The reference against the recording.
    pub recorded: RecordedTally,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// At how many of them the two states differed.
    pub mismatches: u64,
    /// The reference's state at the last checkpoint.
    pub final_digest: Option<Digest>,
    /// Trades whose numbers could not be checked, see [`crate::TradeMaps`].
    pub unchecked_trades: u64,
    /// Orders about which reference and recording disagree, beyond those that are remembered:
    /// divergences on them are not known to be disputed.
    pub forgotten_disputes: u64,
}

impl Comparison {
    /// How many roots were expected.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.covered.iter().map(|covered| covered.count).sum()
    }

    /// A root that was expected is none of those: it follows from another, which is counted in its
    /// place.
    pub fn uncover(&mut self, entry: usize, is_disputed: bool) {
        let Some(covered) = self.covered.get_mut(entry) else { return };
        covered.count = covered.count.saturating_sub(1);
        covered.disputed = covered.disputed.saturating_sub(u64::from(is_disputed));
        self.roots += 1;
        self.derived += 1;
    }

    /// A root that was counted already was expected. `is_disputed`: it was counted as such too.
    ///
    /// # Panics
    /// When there is no such root.
    pub fn cover(&mut self, entry: usize, is_disputed: bool) {
        let Some(covered) = self.covered.get_mut(entry) else { return };
        covered.count += 1;
        covered.disputed += u64::from(is_disputed);
        self.roots -= 1;
        self.disputed -= u64::from(is_disputed);
    }
}
