//! `shadowbook.toml`: what the gate checks.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;
use shadowbook_report::{DecisionOptions, Share};
use shadowbook_triage::AllowEntry;

use crate::allowing;
use crate::auditing::OffRules;
use crate::engines::EngineName;
use crate::exit::Failure;
use crate::input::read_text;
use crate::latency::check_engines;
use crate::latency::options::{Measuring, Which, Written as WrittenLatency};
use crate::resync::ResyncName;

/// The configuration of a gate.
#[derive(Debug)]
pub(crate) struct Config {
    /// The engine in production.
    pub(crate) reference: EngineName,
    /// The engine that is to replace it.
    pub(crate) candidate: EngineName,
    /// What both are fed with.
    pub(crate) captures: Vec<Captured>,
    /// The audit rules that are not looked at.
    pub(crate) audit_off: OffRules,
    /// What is done after a root.
    pub(crate) resync: ResyncName,
    /// Which divergences are expected.
    pub(crate) allow: Vec<AllowEntry>,
    /// What is measured once everything else passed; `None`: nothing.
    pub(crate) latency: Option<Latency>,
}

/// How a gate comes to a latency verdict.
#[derive(Debug)]
pub(crate) struct Latency {
    /// The place of its capture among those of the gate.
    pub(crate) capture: usize,
    /// How.
    pub(crate) measuring: Measuring,
}

/// One capture of a gate.
#[derive(Debug)]
pub(crate) struct Captured {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// The least share of recorded outcomes that the reference must reproduce exactly.
    pub(crate) recorded_min: Share,
    /// That share stands with this capture, so that one without recorded outcomes is not meant.
    pub(crate) needs_recorded: bool,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    reference: String,
    candidate: String,
    recorded_min: Option<String>,
    capture: Vec<WrittenCapture>,
    #[serde(default)]
    audit_off: Vec<WrittenOff>,
    resync: Option<String>,
    #[serde(default)]
    allow: Vec<toml::Table>,
    latency: Option<WrittenLatency>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOff {
    rule: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCapture {
    path: PathBuf,
    recorded_min: Option<String>,
}

impl Config {
    /// Reads a configuration; its paths are relative to where it lies.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let place = |message: String| Failure::usage(message).context(path.display());
        let text = read_text(path)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("."))).map_err(place)
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        if written.capture.is_empty() {
            return Err("no captures: a gate that checks nothing cannot pass".to_owned());
        }
        let paths: Vec<_> = written.capture.iter().map(|capture| capture.path.clone()).collect();
        let latency =
            written.latency.as_ref().map(|written| latency(written, &paths)).transpose()?;
        let default = share(written.recorded_min, DecisionOptions::default().recorded_min)?;
        let captured = |capture: WrittenCapture| -> Result<Captured, String> {
            let needs_recorded = capture.recorded_min.is_some();
            let recorded_min = share(capture.recorded_min, default)?;
            Ok(Captured { path: folder.join(capture.path), recorded_min, needs_recorded })
        };
        let reference = engine("reference", &written.reference)?;
        let candidate = engine("candidate", &written.candidate)?;
        if latency.is_some() {
            check_engines([reference, candidate])
                .map_err(|problem| format!("latency: {problem}"))?;
        }
        Ok(Self {
            reference,
            candidate,
            captures: written.capture.into_iter().map(captured).collect::<Result<_, _>>()?,
            audit_off: OffRules::parse(
                written.audit_off.into_iter().map(|off| (off.rule, off.reason)).collect(),
            )?,
            resync: resync(written.resync)?,
            allow: allowing::parse(written.allow)?,
            latency,
        })
    }
}

fn engine(key: &str, name: &str) -> Result<EngineName, String> {
    name.parse().map_err(|problem| format!("{key} = \"{name}\": {problem}"))
}

/// Which of the captures is measured, and how.
fn latency(written: &WrittenLatency, captures: &[PathBuf]) -> Result<Latency, String> {
    let capture = match &written.capture {
        None => Some(0),
        Some(Which::Number(number)) => {
            number.checked_sub(1).filter(|place| *place < captures.len())
        }
        Some(Which::Path(path)) => captures.iter().position(|capture| capture == Path::new(path)),
    };
    let problem = || "latency: capture: expected the number, from 1, or the path of a [[capture]]";
    let measuring = written.measuring().map_err(|problem| format!("latency: {problem}"))?;
    Ok(Latency { capture: capture.ok_or_else(problem)?, measuring })
}

fn resync(name: Option<String>) -> Result<ResyncName, String> {
    let Some(name) = name else { return Ok(ResyncName::default()) };
    ResyncName::from_str(&name, false)
        .map_err(|_| format!("resync = \"{name}\": expected stop, restore or continue"))
}

/// Shares are written as text so that they stay decimals.
fn share(text: Option<String>, default: Share) -> Result<Share, String> {
    let Some(text) = text else { return Ok(default) };
    text.parse().map_err(|problem| format!("recorded_min = \"{text}\": {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        reference = "reference"
        candidate = "ladder"
        [[capture]]
        path = "day.sbk"
        recorded_min = "0.996"
    "#;

    fn problem(text: &str) -> String {
        Config::parse(text, Path::new(".")).expect_err("it is wrong")
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = Config::parse(GOOD, Path::new("ci")).expect("it is right");
        assert_eq!(config.captures[0].path, Path::new("ci/day.sbk"));
        assert_eq!(config.captures[0].recorded_min.to_string(), "0.996");
        assert_eq!(config.candidate, EngineName::Ladder);
        assert_eq!((config.resync, config.allow.len()), (ResyncName::Restore, 0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (right, wrong, told) in [
            ("path", "pahts", "unknown field `pahts`"),
            ("\"ladder\"", "\"laddr\"", "candidate = \"laddr\": no such engine"),
            ("0.996", "99.6", "recorded_min = \"99.6\": not a share"),
            ("\"reference\"", "7", "expected a string"),
            ("candidate", "resync = \"restart\"\ncandidate", "resync = \"restart\": expected stop"),
            ("candidate", "allow = [{ owner = 1 }]\ncandidate", "[[allow]] table 1: reason: it is"),
        ] {
            let problem = problem(&GOOD.replacen(right, wrong, 1));
            assert!(problem.contains(told), "{wrong}: {problem}");
        }
    }

    #[test]
    fn audit_rules_are_switched_off_by_name() {
        let text = format!("{GOOD}\n[[audit_off]]\nrule = \"expiry\"\nreason = \"a house rule\"\n");
        let config = Config::parse(&text, Path::new(".")).expect("it is right");
        assert_eq!(config.audit_off.entries()[0].rule, "expiry");
        assert!(problem(&text.replace("\"expiry\"", "\"expirry\"")).contains("no such rule"));
    }

    #[test]
    fn latency_is_measured_where_it_is_asked_for_and_unknown_keys_are_refused() {
        let config = |more: &str| Config::parse(&format!("{GOOD}{more}"), Path::new("."));
        assert!(config("").expect("it is right").latency.is_none());
        let first = config("[latency]").expect("it is right").latency.expect("it is there");
        assert_eq!((first.capture, first.measuring), (0, Measuring::default()));
        let text = "[[capture]]\npath = \"b.sbk\"\n[latency]\nthreshold = \"1%\"\ncapture = ";
        for which in ["2", "\"b.sbk\""] {
            let latency = config(&format!("{text}{which}")).expect("it is right").latency;
            let latency = latency.expect("it is there");
            assert_eq!(
                (latency.capture, latency.measuring.threshold.to_string()),
                (1, "1%".into())
            );
        }
        for (wrong, told) in [
            ("capture = 0", "latency: capture: expected the number"),
            ("capture = 2", "latency: capture: expected the number"),
            ("capture = \"c.sbk\"", "latency: capture: expected the number"),
            ("threshold = \"2\"", "latency: threshold = \"2\": expected 0.01%"),
            ("instances = 1", "latency: instances = 1: expected 5 to 1000"),
            ("treshold = \"2%\"", "unknown field `treshold`"),
        ] {
            let problem = config(&format!("[latency]\n{wrong}")).expect_err(wrong);
            assert!(problem.contains(told), "{wrong}: {problem}");
        }
        let apart = GOOD.replace("\"ladder\"", "\"faulty:crash\"");
        let problem = problem(&format!("{apart}[latency]"));
        assert!(
            problem.contains("latency: faulty:crash runs in a process of its own"),
            "{problem}"
        );
    }

    #[test]
    fn a_gate_that_checks_nothing_is_refused() {
        let empty = "reference = \"reference\"\ncandidate = \"ladder\"\ncapture = []\n";
        assert!(problem(empty).contains("no captures"));
    }
}
