//! Histograms as the files that the tools around `HdrHistogram` read.
//!
//! The formats are those of its Java implementation: `HistogramLogWriter` for the interval log,
//! `AbstractHistogram.outputPercentileDistribution` for the percentile table.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::interval_log::{
    IntervalLogWriter, IntervalLogWriterBuilder, IntervalLogWriterError, Tag,
};
use hdrhistogram::serialization::{V2DeflateSerializeError, V2DeflateSerializer};
use thiserror::Error;

use crate::arm::{Arm, PerArm};
use crate::histogram::{Histogram, Histograms};

/// A histogram log cannot be written.
#[derive(Debug, Error)]
pub enum LogError {
    /// The writer failed.
    #[error("cannot write the histogram log")]
    Io(#[from] io::Error),
    /// A histogram cannot be encoded.
    #[error("cannot encode a histogram for the log")]
    Encode(#[source] V2DeflateSerializeError),
}

impl From<IntervalLogWriterError<V2DeflateSerializeError>> for LogError {
    fn from(error: IntervalLogWriterError<V2DeflateSerializeError>) -> Self {
        match error {
            IntervalLogWriterError::IoError(error) => Self::Io(error),
            IntervalLogWriterError::SerializeError(error) => Self::Encode(error),
        }
    }
}

/// The names of the columns, as the readers in other languages know them.
const LEGEND: &str =
    r#""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#;

impl Histograms {
    /// Writes the interval log `.hlog`: one line, V2 with deflate, for each arm and kind of
    /// command, tagged `reference.all`, `reference.new` and so on. All lines are of the one
    /// interval that begins at `started` and lasts for `lasted`; values are nanoseconds.
    ///
    /// `comments` go to the head, so that the file says what it is of; a line break in them begins
    /// another comment.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_hlog(
        &self,
        out: &mut impl Write,
        started: SystemTime,
        lasted: Duration,
        comments: &[String],
    ) -> Result<(), LogError> {
        let mut serializer = V2DeflateSerializer::new();
        write_head(out, &mut serializer, started, comments)?;
        let mut log = IntervalLogWriterBuilder::new().begin_log_with(out, &mut serializer)?;
        write_arms(&mut log, &self.all, "all", lasted)?;
        for (kind, arms) in &self.kinds {
            write_arms(&mut log, arms, kind.name(), lasted)?;
        }
        Ok(())
    }
}

fn write_head(
    out: &mut impl Write,
    serializer: &mut V2DeflateSerializer,
    started: SystemTime,
    comments: &[String],
) -> Result<(), LogError> {
    let mut head = IntervalLogWriterBuilder::new();
    head.add_comment("[Histogram log format version 1.3]");
    head.add_comment("[Service times in nanoseconds, the noise taken out; written by shadowbook]");
    for comment in comments {
        // A comment in brackets could be taken for a start time.
        head.add_comment(
            &comment.lines().map(|line| format!(" {line}")).collect::<Vec<_>>().join("\n"),
        );
    }
    // Without a base time readers guess whether the lines' times count from the start.
    head.with_start_time(started).with_base_time(started).begin_log_with(out, serializer)?;
    writeln!(out, "{LEGEND}")?;
    Ok(())
}

fn write_arms<W: Write>(
    log: &mut IntervalLogWriter<'_, '_, W, V2DeflateSerializer>,
    arms: &PerArm<Histogram>,
    kind: &str,
    lasted: Duration,
) -> Result<(), LogError> {
    for arm in Arm::ALL {
        let tag = format!("{}.{kind}", name(arm));
        let tag = Tag::new(&tag).expect("no name holds a comma or a space");
        log.write_histogram(arms[arm].as_hdr(), Duration::ZERO, lasted, Some(tag))?;
    }
    Ok(())
}

/// What an arm is called in files.
const fn name(arm: Arm) -> &'static str {
    match arm {
        Arm::Reference => "reference",
        Arm::Candidate => "candidate",
        Arm::Twin => "twin",
    }
}

/// Lines of a percentile table for each halving of the distance to 100 %, as in Java's default.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

impl Histogram {
    /// Writes the percentile table `.hgrm` that the public `HdrHistogram` plotter reads; values are
    /// nanoseconds, which the reader chooses there as the unit.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_hgrm(&self, out: &mut impl Write) -> io::Result<()> {
        let (value, percentile, count) = ("Value", "Percentile", "TotalCount");
        writeln!(out, "{value:>12} {percentile:>14} {count:>10} {:>14}\n", "1/(1-Percentile)")?;
        let buckets = self.as_hdr();
        let mut total = 0u64;
        for step in buckets.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
            total += step.count_since_last_iteration();
            let (value, quantile) = (step.value_iterated_to() as f64, step.quantile_iterated_to());
            write!(out, "{value:12.3} {quantile:.12} {total:10}")?;
            // The last line has no fourth column: it would be infinite.
            if quantile < 1.0 {
                write!(out, " {:14.2}", 1.0 / (1.0 - quantile))?;
            }
            writeln!(out)?;
        }
        let (mean, deviation) = (buckets.mean(), buckets.stdev());
        writeln!(out, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]")?;
        let (max, count) = (buckets.max() as f64, self.count());
        writeln!(out, "#[Max     = {max:12.3}, Total count    = {count:12}]")?;
        let sub_buckets = (2 * 10u32.pow(u32::from(Self::DIGITS))).next_power_of_two();
        writeln!(out, "#[Buckets = {:12}, SubBuckets     = {sub_buckets:12}]", buckets.buckets())
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
