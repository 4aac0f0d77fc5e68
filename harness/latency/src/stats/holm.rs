//! Several tests at once: Holm's step-down procedure (Holm 1979).

/// What the procedure makes of one test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HolmStep {
    /// The likelihood of error that this test's interval is to be made for.
    pub level: f64,
    /// Whether the test may be believed.
    pub is_rejected: bool,
}

/// Divides a likelihood of error among tests, so that all of them together are wrong at most so
/// often, whatever they have to do with each other.
///
/// The smallest of the m likelihoods is held against `alpha / m`, the next against
/// `alpha / (m − 1)`, and so on until one is too large; those after it are not believed either, and
/// are given the level at which it stopped.
#[must_use]
pub fn holm(likelihoods: &[f64], alpha: f64) -> Vec<HolmStep> {
    let mut order: Vec<usize> = (0..likelihoods.len()).collect();
    order.sort_by(|&a, &b| likelihoods[a].total_cmp(&likelihoods[b]).then(a.cmp(&b)));
    let mut steps = vec![HolmStep { level: alpha, is_rejected: false }; likelihoods.len()];
    let mut stopped_at = None;
    for (place, &test) in order.iter().enumerate() {
        let level = stopped_at.unwrap_or(alpha / (likelihoods.len() - place) as f64);
        let is_rejected = likelihoods[test] < level;
        if !is_rejected {
            // Those that follow are no smaller, and stay above this level.
            stopped_at = Some(level);
        }
        steps[test] = HolmStep { level, is_rejected };
    }
    steps
}
