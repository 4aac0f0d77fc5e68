//! The median of a few samples, and how far it can be trusted.
//!
//! **Which interval.** Several were simulated (`docs/latency-statistics.md`). The percentile
//! bootstrap of a median can only end at a sample, and of nine samples its ends are too near. The
//! interval between two order statistics (the sign test turned round) is exact, but of nine samples
//! it cannot be had at all beyond 99.8 % each side, and there its ends are the outermost samples, so
//! that a single disturbed one decides. That of the mean loses its power to the same one. Taken here
//! is the bootstrap's *standard error* of the median times a quantile of Student's distribution: it
//! exists at every level, and one wild sample hardly moves it.
//!
//! **How many degrees of freedom.** The standard error of a median rests on the few samples about
//! the middle, so that n − 1 would promise too much. `min(n − 1, 2 + 2√n)` makes the error rate in
//! the tails what it should be for normal samples of 5 to 60, by simulation; it is smaller than
//! stated for fatter tails than these.

use crate::stats::beta::{incomplete_beta, ln_beta};

/// A median with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MedianEstimate {
    /// The median.
    pub median: f64,
    /// The standard deviation of the median over all resamples.
    pub standard_error: f64,
    /// Those of Student's distribution, for the interval.
    pub degrees_of_freedom: usize,
}

/// The middle sample, or the mean of the two middle ones; `None` of nothing.
#[must_use]
pub fn median(samples: &[f64]) -> Option<f64> {
    middle(&sorted(samples))
}

/// The median and its bootstrap standard error; `None` of nothing.
///
/// The bootstrap draws n times with replacement and takes the median, again and again (Efron
/// 1979). A resampled median is one of the samples (of an even number: the mean of two), and how
/// likely each of them is follows from the binomial distribution (Maritz and Jarrett 1978). So the
/// standard deviation over *all* resamples is computed instead of being approached by some.
#[must_use]
pub fn estimate_median(samples: &[f64]) -> Option<MedianEstimate> {
    let sorted = sorted(samples);
    let median = middle(&sorted)?;
    let resampled =
        if sorted.len() % 2 == 1 { odd_resamples(&sorted) } else { even_resamples(&sorted) };
    let mean: f64 = resampled.iter().map(|(likelihood, value)| likelihood * value).sum();
    let variance: f64 = resampled
        .iter()
        .map(|(likelihood, value)| likelihood * (value - mean) * (value - mean))
        .sum();
    let n = sorted.len();
    Some(MedianEstimate {
        median,
        standard_error: variance.max(0.0).sqrt(),
        degrees_of_freedom: n.saturating_sub(1).min(2 + (4 * n).isqrt()),
    })
}

/// The smallest of the samples that at least `per_mille` thousandths of them do not exceed; `None`
/// of nothing. The order of the samples is changed.
#[must_use]
pub fn upper_quantile(samples: &mut [u32], per_mille: usize) -> Option<u32> {
    let rank = samples.len().saturating_mul(per_mille.min(1_000)).div_ceil(1_000);
    let last = samples.len().checked_sub(1)?;
    let (_, value, _) = samples.select_nth_unstable(rank.saturating_sub(1).min(last));
    Some(*value)
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

/// How likely it is that the `rank`th smallest (from one) of a resample is among the j smallest
/// samples, for each j from none to all: that at least `rank` of the draws fall there.
fn likelihoods_within(samples: usize, rank: usize) -> Vec<f64> {
    let (n, a) = (samples as f64, rank as f64);
    let b = n - a + 1.0;
    let ln_beta = ln_beta(a, b);
    (0..=samples).map(|among| incomplete_beta(among as f64 / n, a, b, ln_beta)).collect()
}

fn odd_resamples(sorted: &[f64]) -> Vec<(f64, f64)> {
    let within = likelihoods_within(sorted.len(), sorted.len().div_ceil(2));
    sorted.iter().zip(within.windows(2)).map(|(&value, ends)| (ends[1] - ends[0], value)).collect()
}

/// Of an even number 2h the median is the mean of the two middle draws: `i` is the largest of h
/// draws and `j` the smallest of the others.
fn even_resamples(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len();
    let half = (n / 2) as f64;
    // How likely it is, up to that factor, that half of the draws are among so many of the lowest
    // and the others among so many of the highest. Only together are they small and their number
    // is large: by themselves neither can be written down for more than a thousand samples.
    let both_within = |lowest: usize, highest: usize| {
        let shares = 4.0 * (lowest as f64 / n as f64) * (highest as f64 / n as f64);
        shares.powf(half)
    };
    // n! / (h! h!): in so many ways the draws divide into lower and upper ones; over 4^h.
    let ways = (-ln_beta(half + 1.0, half + 1.0) - half * 4_f64.ln()).exp() / (n as f64 + 1.0);
    let within = likelihoods_within(n, n / 2);
    let mut resampled = Vec::with_capacity(n * (n + 1) / 2);
    for i in 0..n {
        let mut both = within[i + 1] - within[i];
        for j in i + 1..n {
            let (low, high) = (i + 1, n - j);
            let likelihood = ways
                * (both_within(low, high) - both_within(i, high) - both_within(low, high - 1)
                    + both_within(i, high - 1));
            both -= likelihood;
            resampled.push((likelihood, f64::midpoint(sorted[i], sorted[j])));
        }
        resampled.push((both.max(0.0), sorted[i]));
    }
    resampled
}
