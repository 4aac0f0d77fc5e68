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
        let default = share(written.recorded_min, DecisionOptions::default().recorded_min)?;
        let captured = |capture: WrittenCapture| -> Result<Captured, String> {
            let needs_recorded = capture.recorded_min.is_some();
            let recorded_min = share(capture.recorded_min, default)?;
            Ok(Captured { path: folder.join(capture.path), recorded_min, needs_recorded })
        };
        Ok(Self {
            reference: engine("reference", &written.reference)?,
            candidate: engine("candidate", &written.candidate)?,
            captures: written.capture.into_iter().map(captured).collect::<Result<_, _>>()?,
            audit_off: OffRules::parse(
                written.audit_off.into_iter().map(|off| (off.rule, off.reason)).collect(),
            )?,
            resync: resync(written.resync)?,
            allow: allowing::parse(written.allow)?,
        })
    }
}

fn engine(key: &str, name: &str) -> Result<EngineName, String> {
    name.parse().map_err(|problem| format!("{key} = \"{name}\": {problem}"))
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
    fn a_gate_that_checks_nothing_is_refused() {
        let empty = "reference = \"reference\"\ncandidate = \"ladder\"\ncapture = []\n";
        assert!(problem(empty).contains("no captures"));
    }
}
