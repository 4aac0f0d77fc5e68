//! Bars of percentiles on a logarithmic scale.
#![expect(clippy::float_arithmetic, reason = "where a bar ends on a logarithmic scale")]

/// The signs of the parts of a bar: up to the median, then to each further percentile.
const BLOCKS: [char; 4] = ['█', '▓', '▒', '░'];
/// The same where nothing but ASCII is wanted.
const ASCII: [char; 4] = ['#', '=', '-', '.'];

/// What all bars of a page have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Where bars begin, in nanoseconds.
    from: u64,
    /// Where the longest ends.
    to: u64,
    /// How many characters that one has.
    width: usize,
    signs: [char; 4],
}

impl Scale {
    /// A scale for these times.
    pub(super) fn of(times: impl Iterator<Item = u64> + Clone, width: usize, blocks: bool) -> Self {
        let to = times.clone().max().unwrap_or(1).max(2);
        // Half of the shortest, so that it has a bar as well.
        let from = (times.filter(|time| *time > 0).min().unwrap_or(1) / 2).clamp(1, to - 1);
        Self { from, to, width, signs: if blocks { BLOCKS } else { ASCII } }
    }

    /// What the signs mean, for these percentiles.
    pub(super) fn legend(self, names: [&str; 4]) -> String {
        let parts: Vec<String> =
            self.signs.iter().zip(names).map(|(sign, name)| format!("{sign} to {name}")).collect();
        parts.join("  ")
    }

    /// The bar of rising percentiles.
    pub(super) fn bar(self, percentiles: [u64; 4]) -> String {
        let mut bar = String::new();
        let mut done = 0;
        for (sign, percentile) in self.signs.into_iter().zip(percentiles) {
            let end = self.column(percentile).max(done);
            bar.extend(std::iter::repeat_n(sign, end - done));
            done = end;
        }
        bar
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between 0 and the width"
    )]
    fn column(self, time: u64) -> usize {
        let log = |time: u64| (time.clamp(self.from, self.to) as f64).ln();
        let share = (log(time) - log(self.from)) / (log(self.to) - log(self.from));
        (share * self.width as f64).round() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ratios_are_equal_lengths() {
        let scale = Scale::of([20, 40, 80, 160].into_iter(), 8, true);
        assert_eq!(scale.bar([20, 40, 80, 160]), "██▓▓▒▒░░");
        assert_eq!(scale.bar([40, 40, 40, 160]), "████░░░░");
        let ascii = Scale { signs: ASCII, ..scale };
        assert_eq!(ascii.bar([20, 40, 80, 160]), "##==--..");
        assert_eq!(
            ascii.legend(["p50", "p90", "p99", "p99.9"]),
            "# to p50  = to p90  - to p99  . to p99.9"
        );
    }

    #[test]
    fn nothing_breaks_a_bar() {
        for times in [vec![], vec![0], vec![1], vec![0, u64::MAX], vec![7, 7]] {
            let scale = Scale::of(times.iter().copied(), 10, true);
            for percentiles in [[0; 4], [1, 2, 3, 4], [u64::MAX; 4], [9, 3, 1, 0]] {
                assert!(scale.bar(percentiles).chars().count() <= 10, "{times:?} {percentiles:?}");
            }
        }
    }
}
