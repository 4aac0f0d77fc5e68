//! Student's distribution (Student 1908): how far an estimate may lie from the truth, in standard
//! errors, where the standard error itself is an estimate from few samples.

use crate::stats::beta::{incomplete_beta, ln_beta};

/// Student's distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    degrees: f64,
    ln_beta: f64,
}

impl StudentT {
    /// With so many degrees of freedom, at least one.
    #[must_use]
    pub fn new(degrees: usize) -> Self {
        let degrees = degrees.max(1) as f64;
        Self { degrees, ln_beta: ln_beta(degrees / 2.0, 0.5) }
    }

    /// How likely a value above `t` is.
    #[must_use]
    pub fn upper_tail(self, t: f64) -> f64 {
        let beyond = self.degrees / (self.degrees + t * t);
        let half = 0.5 * incomplete_beta(beyond, self.degrees / 2.0, 0.5, self.ln_beta);
        if t < 0.0 { 1.0 - half } else { half }
    }

    /// The value that is exceeded with this likelihood, which is above 0 and at most a half.
    #[must_use]
    pub fn upper_quantile(self, tail: f64) -> f64 {
        const FAR: f64 = 1e12;
        /// Leaves an error below 1e-12 of the value.
        const HALVINGS: u32 = 40;
        let mut high = 1.0;
        while self.upper_tail(high) > tail && high < FAR {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.upper_tail(middle) > tail {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}
