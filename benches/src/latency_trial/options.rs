//! What the trial is asked for.

use std::fmt;

use crate::cases::Case;

/// The options of a trial.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// So many runs of each case, and three times as many where both engines are the same.
    pub(crate) runs: usize,
    /// So many compilers run beside it.
    pub(crate) busy: usize,
    /// The seed of the first run; the next has the next.
    pub(crate) seed: u64,
    /// The readable engine instead of the fast one.
    pub(crate) is_reference: bool,
    /// The profile of the stream.
    pub(crate) profile: String,
    pub(crate) cases: Vec<Case>,
}

/// How it is used.
const USAGE: &str = "latency-trial [--runs N] [--busy COMPILERS] [--seed N] [--engine \
                     ladder|reference] [--profile NAME] [--case NAME]...";

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            runs: 100,
            busy: 0,
            seed: 1,
            is_reference: false,
            profile: "recorded-like".to_owned(),
            cases: Vec::new(),
        };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} what? {USAGE}"))?;
            let number = || value.parse().map_err(|_| format!("{word} {value}: {USAGE}"));
            match word.as_str() {
                "--runs" => options.runs = number()?,
                "--busy" => options.busy = number()?,
                "--seed" => options.seed = number()? as u64,
                "--engine" if value == "reference" => options.is_reference = true,
                "--engine" if value == "ladder" => options.is_reference = false,
                "--profile" => options.profile = value,
                "--case" => {
                    let known = Case::ALL.iter().find(|case| case.name() == value);
                    options.cases.push(*known.ok_or_else(|| format!("no case {value}; {USAGE}"))?);
                }
                _ => return Err(USAGE.to_owned()),
            }
        }
        if options.cases.is_empty() {
            options.cases = Case::ALL.to_vec();
        }
        Ok(options)
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = if self.is_reference { "reference" } else { "ladder" };
        write!(f, "engine {engine}, profile {}, seeds from {}", self.profile, self.seed)?;
        match self.busy {
            0 => write!(f, ", nothing beside it that the trial began"),
            busy => write!(f, ", beside {busy} compilers"),
        }
    }
}
