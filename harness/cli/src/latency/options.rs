//! How a latency verdict is come to: what the command line and a configuration say alike.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use shadowbook_latency::Thresholds;

/// How much is measured, and what is too slow.
#[derive(Args, Clone, Debug, PartialEq)]
pub(crate) struct Measuring {
    /// How much slower the candidate may be over all commands
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    pub(crate) threshold: Percent,
    /// How much slower it may be over one kind of command [default: 5%, or --threshold where that is
    /// more: two builds of the same sources differ in single kinds by a few percent]
    #[arg(long, value_name = "PERCENT")]
    pub(crate) kind_threshold: Option<Percent>,
    /// Measure at most so many commands
    #[arg(long, value_name = "N", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) commands: u64,
    /// Leave out so many commands at the beginning; the reference goes over them, and the engines
    /// are set to its books [default: so many that the middle of the capture is measured]
    #[arg(long, value_name = "N")]
    pub(crate) skip: Option<u64>,
    /// Carry out so many commands before those that are measured [default: 2000, at most a tenth]
    #[arg(long, value_name = "N")]
    pub(crate) warm_up: Option<u64>,
    /// Time so many commands as one; refused where that is less than 100 steps of the clock
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = count())]
    pub(crate) chunk: u32,
    /// Measure so many fresh engines of each, each at another place in memory
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(5..=1_000))]
    pub(crate) instances: u32,
    /// Let each go through the commands so many times; the first is thrown away
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub(crate) rounds: u32,
    /// Decides every order and every place in memory
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Do not keep the measuring thread on one core
    #[arg(long)]
    pub(crate) no_pin: bool,
    /// Respond to the commands at their recorded times, this many times as fast
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [1, 10, 100], value_parser = count())]
    pub(crate) scales: Vec<u32>,
    /// The longest response time, of 99 in 100 commands, that still counts as keeping up
    #[arg(long, value_name = "TIME", default_value = "1ms")]
    pub(crate) limit: Limit,
    /// Replay the commands once more at their recorded times, this many times as fast, and show the
    /// response times that were really seen
    #[arg(long, value_name = "N", value_parser = count())]
    pub(crate) paced: Option<u32>,
    /// Measure the way to both engines and back as well, each in a process of its own; engines that
    /// need one are taken then, and get no latency verdict
    #[arg(long)]
    pub(crate) outside: bool,
    /// Count the instructions of both engines at the end, if valgrind is installed; it changes no
    /// verdict
    #[arg(long)]
    pub(crate) instructions: bool,
}

fn count() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=1_000_000)
}

impl Measuring {
    /// What is too slow.
    pub(crate) fn thresholds(&self) -> Thresholds {
        let standard = Thresholds::at(self.threshold.fraction());
        let slower_kind = self.kind_threshold.map_or(standard.slower_kind, Percent::fraction);
        Thresholds { slower_kind, ..standard }
    }
}

/// What `[latency]` of a configuration may say; what it does not is as on the command line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Which of the captures: its number, from 1, or its path as it stands there.
    pub(crate) capture: Option<Which>,
    threshold: Option<String>,
    kind_threshold: Option<String>,
    commands: Option<u64>,
    skip: Option<u64>,
    warm_up: Option<u64>,
    chunk: Option<u32>,
    instances: Option<u32>,
    rounds: Option<u32>,
    seed: Option<u64>,
    pin: Option<bool>,
}

/// One capture of a configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Which {
    /// By its number.
    Number(usize),
    /// By its path.
    Path(String),
}

impl Written {
    /// Everything, with what is not said put in.
    pub(crate) fn measuring(&self) -> Result<Measuring, String> {
        let standard = Measuring::default();
        Ok(Measuring {
            threshold: percent("threshold", self.threshold.as_deref())?
                .unwrap_or(standard.threshold),
            kind_threshold: percent("kind_threshold", self.kind_threshold.as_deref())?,
            commands: within("commands", self.commands, standard.commands, 1..=10_000_000)?,
            skip: self.skip,
            warm_up: self.warm_up,
            chunk: within("chunk", self.chunk, standard.chunk, 1..=1_000_000)?,
            instances: within("instances", self.instances, standard.instances, 5..=1_000)?,
            rounds: within("rounds", self.rounds, standard.rounds, 2..=1_000)?,
            seed: self.seed.unwrap_or(standard.seed),
            no_pin: self.pin == Some(false),
            ..standard
        })
    }
}

/// A percentage of a configuration.
fn percent(key: &str, written: Option<&str>) -> Result<Option<Percent>, String> {
    let parsed = written
        .map(|text| text.parse().map_err(|problem| format!("{key} = \"{text}\": {problem}")));
    parsed.transpose()
}

/// A number of a configuration, held within what the command line takes as well.
fn within<T: Copy + fmt::Display + PartialOrd>(
    key: &str,
    written: Option<T>,
    standard: T,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, String> {
    let number = written.unwrap_or(standard);
    if range.contains(&number) {
        return Ok(number);
    }
    Err(format!("{key} = {number}: expected {} to {}", range.start(), range.end()))
}

impl Default for Measuring {
    fn default() -> Self {
        Self {
            threshold: Percent(2.0),
            kind_threshold: None,
            commands: 60_000,
            skip: None,
            warm_up: None,
            chunk: 500,
            instances: 15,
            rounds: 5,
            seed: 1,
            no_pin: false,
            scales: vec![1, 10, 100],
            limit: Limit(Duration::from_millis(1)),
            paced: None,
            outside: false,
            instructions: false,
        }
    }
}

/// Hundredths of what the reference takes.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Percent(f64);

impl Percent {
    /// As a part of one.
    #[expect(clippy::float_arithmetic, reason = "statistics count in parts of one")]
    pub(crate) fn fraction(self) -> f64 {
        self.0 / 100.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').map(str::trim_end);
        let is_decimal = |number: &&str| number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let percent = number.filter(is_decimal).and_then(|number| number.parse().ok());
        // Below that, no machine tells it from nothing.
        let percent = percent.filter(|percent| (0.01..=100.0).contains(percent));
        percent.map(Self).ok_or_else(|| "expected 0.01% to 100%, such as 2%".to_owned())
    }
}

/// A length of time with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Duration);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            _ => 0,
        };
        let nanos = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        let nanos = nanos.filter(|nanos| *nanos > 0);
        nanos
            .map(|nanos| Self(Duration::from_nanos(nanos)))
            .ok_or_else(|| "expected a number with ns, us, ms or s, such as 1ms".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        measuring: Measuring,
    }

    #[test]
    fn a_configuration_that_says_nothing_is_a_command_line_that_says_nothing() {
        let line = Line::try_parse_from(["shadowbook"]).expect("nothing is needed").measuring;
        assert_eq!(line, Measuring::default());
        assert_eq!(Written::default().measuring(), Ok(line));
    }

    #[test]
    fn percents_have_a_sign_and_a_range() {
        for (text, fraction) in [("2%", 0.02), ("0.5%", 0.005), ("100 %", 1.0), ("0.01%", 0.0001)] {
            let percent: Percent = text.parse().expect(text);
            assert!((percent.fraction() - fraction).abs() < 1e-12, "{text}");
        }
        for text in ["", "2", "%", "0%", "-1%", "NaN%", "inf%", "1e1%", "101%", "0.001%", "2%%"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_kind_may_be_slower_by_more_unless_somebody_says() {
        let of_kind = |arguments: &[&str]| {
            let line = [&["shadowbook"], arguments].concat();
            Line::try_parse_from(line).expect("it is well said").measuring.thresholds().slower_kind
        };
        assert!((of_kind(&[]) - 0.05).abs() < 1e-12);
        assert!((of_kind(&["--threshold", "1%"]) - 0.05).abs() < 1e-12);
        assert!((of_kind(&["--threshold", "20%"]) - 0.2).abs() < 1e-12);
        let said = ["--threshold", "20%", "--kind-threshold", "3%"];
        assert!((of_kind(&said) - 0.03).abs() < 1e-12);
        let written = Written { kind_threshold: Some("3%".to_owned()), ..Written::default() };
        let measuring = written.measuring().expect("it is well written");
        assert!((measuring.thresholds().slower_kind - 0.03).abs() < 1e-12);
    }

    #[test]
    fn limits_have_a_unit() {
        for (text, nanos) in [("1ms", 1_000_000), ("250us", 250_000), ("3s", 3_000_000_000)] {
            assert_eq!(text.parse(), Ok(Limit(Duration::from_nanos(nanos))), "{text}");
        }
        for text in ["", "1", "ms", "0ms", "-1ms", "1.5ms", "1m", "99999999999999s"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
