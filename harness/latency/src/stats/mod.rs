//! Statistics of few and fat-tailed samples. All of it is pure: what resampling would only
//! approach with more and more draws is computed exactly, so that no seed is needed and the same
//! samples always give the same numbers.

mod beta;
mod blocks;
mod holm;
mod median;
mod student;

pub use crate::stats::blocks::{BlockMean, block_mean};
pub use crate::stats::holm::{HolmStep, holm};
pub use crate::stats::median::{MedianEstimate, estimate_median, median, upper_quantile};
pub use crate::stats::student::StudentT;

#[cfg(test)]
mod tests;
