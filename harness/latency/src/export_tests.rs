//! What is written can be read again.

use std::time::UNIX_EPOCH;

use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use proptest::prelude::*;
use shadowbook_model::CommandKind;

use super::*;
use crate::samples::EventSamples;

fn histograms() -> Histograms {
    Histograms::of(&EventSamples {
        kinds: vec![CommandKind::New, CommandKind::MassCancel, CommandKind::New],
        instances: Vec::new(),
        nanos: PerArm {
            reference: vec![50, 300_000, 70],
            candidate: vec![20, 10, 4_000_000_000],
            twin: vec![51, 31, 0],
        },
        stalls: PerArm::default(),
    })
}

fn hlog() -> String {
    let started = UNIX_EPOCH + Duration::from_millis(1_795_298_796_250);
    let comments = ["capture day.sbk".to_owned(), "[BaseTime: 1.0 no]\nlast".to_owned()];
    let mut log = Vec::new();
    histograms().write_hlog(&mut log, started, Duration::from_millis(2_500), &comments).unwrap();
    String::from_utf8(log).unwrap()
}

/// The encoding that the lines of a log end with (RFC 4648).
fn from_base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    for four in text.as_bytes().chunks(4) {
        let digits: Vec<u32> = (four.iter())
            .filter_map(|digit| alphabet.iter().position(|other| other == digit))
            .map(|place| u32::try_from(place).unwrap())
            .collect();
        let bits =
            digits.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - digits.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..digits.len()]);
    }
    bytes
}

#[test]
fn the_log_is_read_again_by_the_reader_of_the_format() {
    let expected = histograms();
    let mut arms: Vec<(String, Histogram)> = Vec::new();
    for arm in Arm::ALL {
        arms.push((format!("{}.all", name(arm)), expected.all[arm].clone()));
    }
    for (kind, of_kind) in &expected.kinds {
        for arm in Arm::ALL {
            arms.push((format!("{}.{kind}", name(arm)), of_kind[arm].clone()));
        }
    }
    let log = hlog();
    let entries: Vec<_> = IntervalLogIterator::new(log.as_bytes()).map(Result::unwrap).collect();
    let begun = Duration::from_millis(1_795_298_796_250);
    assert_eq!(entries[0], LogEntry::StartTime(begun));
    assert_eq!(entries[1], LogEntry::BaseTime(begun));
    assert_eq!(entries.len(), 2 + arms.len(), "and nothing that a comment could have smuggled in");
    for (entry, (tag, histogram)) in entries[2..].iter().zip(arms) {
        let LogEntry::Interval(interval) = entry else { panic!("{entry:?}") };
        assert_eq!(interval.tag().map(|tag| tag.as_str()), Some(tag.as_str()));
        assert_eq!(interval.start_timestamp(), Duration::ZERO);
        assert_eq!(interval.duration(), Duration::from_millis(2_500));
        let bytes = from_base64(interval.encoded_histogram());
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        assert_eq!(&read, histogram.as_hdr(), "{tag}");
    }
}

#[test]
fn the_head_of_the_log_says_what_it_is() {
    let log = hlog();
    let head: Vec<&str> = log.lines().take(9).collect();
    assert_eq!(head[0], "#[Histogram log format version 1.3]");
    assert_eq!(head[2], "# capture day.sbk");
    assert_eq!(head[3], "# [BaseTime: 1.0 no]");
    assert_eq!(head[4], "# last");
    assert_eq!(head[5], "#[StartTime: 1795298796.250 (seconds since epoch)]");
    assert_eq!(head[7], LEGEND);
    assert!(head[8].starts_with("Tag=reference.all,0.000,2.500,"), "{}", head[8]);
    assert!(log.contains("\nTag=candidate.mass-cancel,0.000,2.500,10.000,"), "{log}");
}

/// What the plotter does with a file: four columns that are numbers are a point.
fn points(table: &str) -> Vec<(f64, f64, u64, f64)> {
    let mut points = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        if let [value, percentile, count, inverse] = columns[..]
            && let (Ok(value), Ok(inverse)) = (value.parse(), inverse.parse())
        {
            points.push((value, percentile.parse().unwrap(), count.parse().unwrap(), inverse));
        }
    }
    points
}

fn hgrm(histogram: &Histogram) -> String {
    let mut table = Vec::new();
    histogram.write_hgrm(&mut table).unwrap();
    String::from_utf8(table).unwrap()
}

#[test]
fn the_percentile_table_has_the_form_that_the_plotter_reads() {
    // The last value stands for its bucket, up to 4,001,366,015; its middle is in the mean. Adding
    // ticks up as floats, here and in Java, comes to a little more than 0.75: the last value.
    let table = hgrm(&Histogram::of([20, 10, 4_000_000_000, 30]));
    let expected = "       Value     Percentile TotalCount 1/(1-Percentile)

      10.000 0.000000000000          1           1.00
      10.000 0.100000000000          1           1.11
      10.000 0.200000000000          1           1.25
      20.000 0.300000000000          2           1.43
      20.000 0.400000000000          2           1.67
      20.000 0.500000000000          2           2.00
      30.000 0.550000000000          3           2.22
      30.000 0.600000000000          3           2.50
      30.000 0.650000000000          3           2.86
      30.000 0.700000000000          3           3.33
4001366015.000 0.750000000000          4           4.00
4001366015.000 1.000000000000          4
#[Mean    = 1000079375.000, StdDeviation   = 1732188254.461]
#[Max     = 4001366015.000, Total count    =            4]
#[Buckets =           32, SubBuckets     =         2048]
";
    assert_eq!(table, expected);
}

#[test]
fn the_percentile_table_of_nothing_has_no_points() {
    let table = hgrm(&Histogram::new());
    assert!(points(&table).is_empty());
    assert!(table.contains("Total count    =            0]"), "{table}");
}

/// Refuses one write and takes all others, so that an error which is passed over is seen.
struct FailsOnce {
    writes_before: usize,
}

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fails = self.writes_before == 0;
        self.writes_before = self.writes_before.wrapping_sub(1);
        if fails { Err(io::Error::other("full")) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many writes there were, when each of them that fails is told.
fn writes_all_told<E>(write: impl Fn(&mut FailsOnce) -> Result<(), E>) -> usize {
    for writes_before in 0.. {
        let mut out = FailsOnce { writes_before };
        let told = write(&mut out).is_err();
        let failed = out.writes_before > writes_before;
        assert_eq!(told, failed, "write {writes_before}");
        if !failed {
            return writes_before;
        }
    }
    unreachable!("a file has an end")
}

#[test]
fn a_writer_that_fails_is_told_wherever_it_does() {
    let comments = ["capture day.sbk".to_owned()];
    let lasted = Duration::from_millis(2_500);
    let log = |out: &mut FailsOnce| histograms().write_hlog(out, UNIX_EPOCH, lasted, &comments);
    assert!(writes_all_told(log) > 20);
    let histogram = Histogram::of([20, 10, 4_000_000_000, 30]);
    assert!(writes_all_told(|out| histogram.write_hgrm(out)) > 20);
    let failed = log(&mut FailsOnce { writes_before: 0 }).unwrap_err();
    assert!(matches!(failed, LogError::Io(_)), "{failed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn every_point_of_the_percentile_table_is_true(
        nanos in prop::collection::vec(0..5_000_000u64, 1..300),
    ) {
        let points = points(&hgrm(&Histogram::of(nanos.iter().copied())));
        prop_assert!(!points.is_empty());
        for pair in points.windows(2) {
            prop_assert!(pair[0].0 <= pair[1].0 && pair[0].1 < pair[1].1 && pair[0].3 <= pair[1].3);
        }
        for (value, percentile, count, inverse) in points {
            let below = nanos.iter().filter(|&&nanos| nanos as f64 <= value).count();
            prop_assert_eq!(u64::try_from(below).unwrap(), count);
            prop_assert!(below as f64 >= percentile * nanos.len() as f64 - 1e-6);
            prop_assert!((inverse - 1.0 / (1.0 - percentile)).abs() < 0.01 * inverse);
        }
    }
}
