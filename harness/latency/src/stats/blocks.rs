//! The mean of many values of which neighbours may depend on each other.

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockMean {
    /// The mean of all values.
    pub mean: f64,
    /// The standard deviation of the mean over all resamples of blocks.
    pub standard_error: f64,
    /// How many blocks there are.
    pub blocks: usize,
}

/// The mean of `values`, and its bootstrap standard error over `blocks` blocks of neighbours
/// that do not overlap (Carlstein 1986); `None` if there are fewer than two values for
/// each block, or fewer than two blocks.
///
/// Of a mean, the standard deviation over all resamples of blocks needs no drawing: it is that of
/// the blocks' sums divided by the root of their number. It is corrected by B / (B − 1), as the
/// bootstrap's variance is too small by this much.
#[must_use]
pub fn block_mean(values: &[i8], blocks: usize) -> Option<BlockMean> {
    if blocks < 2 || values.len() < 2 * blocks {
        return None;
    }
    let ends = |block: usize| block * values.len() / blocks;
    let sums: Vec<f64> = (0..blocks)
        .map(|block| {
            let part = &values[ends(block)..ends(block + 1)];
            part.iter().map(|&value| i64::from(value)).sum::<i64>() as f64
        })
        .collect();
    let (all, count) = (values.len() as f64, blocks as f64);
    let mean = sums.iter().sum::<f64>() / count;
    let squares: f64 = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum();
    Some(BlockMean {
        mean: sums.iter().sum::<f64>() / all,
        standard_error: (squares / (count - 1.0) * count).sqrt() / all,
        blocks,
    })
}
