//! Whether, and by which rules, engines are audited.

use std::path::PathBuf;

use clap::Args;
use shadowbook_compare::{AuditOptions, AuditRule};
use shadowbook_report::OffEntry;
use shadowbook_triage::AllowEntry;

use crate::config::Config;
use crate::exit::Failure;

/// The rules that are not looked at, each with a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OffRules(Vec<(AuditRule, String)>);

impl OffRules {
    /// Reads what a configuration says: a rule, and why it is off.
    pub(crate) fn parse(written: Vec<(String, String)>) -> Result<Self, String> {
        let mut off: Vec<(AuditRule, String)> = Vec::new();
        for (name, reason) in written {
            let place = |problem: &str| format!("audit_off, rule = \"{name}\": {problem}");
            let Ok(rule) = name.parse::<AuditRule>() else {
                let names: Vec<_> = AuditRule::ALL.iter().map(|rule| rule.name()).collect();
                return Err(place(&format!("no such rule; use one of {}", names.join(", "))));
            };
            if reason.trim().is_empty() {
                return Err(place("a rule is switched off with a reason"));
            }
            if off.iter().any(|(other, _)| *other == rule) {
                return Err(place("it is off already"));
            }
            off.push((rule, reason));
        }
        Ok(Self(off))
    }

    /// As the auditor takes it.
    pub(crate) fn options(&self) -> AuditOptions {
        let off = self.0.iter().map(|(rule, _)| *rule).collect();
        AuditOptions { off, ..AuditOptions::default() }
    }

    /// As a verdict shows it.
    pub(crate) fn entries(&self) -> Vec<OffEntry> {
        let entry = |(rule, reason): &(AuditRule, String)| OffEntry {
            rule: rule.to_string(),
            reason: reason.clone(),
        };
        self.0.iter().map(entry).collect()
    }
}

/// What a command line says of the auditor.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Auditing {
    /// Take from this shadowbook.toml which audit rules are off, and for `diff` what may diverge
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Show what the capture exercised of the market model, as a table
    #[arg(long)]
    pub(crate) coverage: bool,
}

impl Auditing {
    /// The rules that are not looked at.
    pub(crate) fn off(&self) -> Result<OffRules, Failure> {
        Ok(self.off_and_allowed()?.0)
    }

    /// The same, and which divergences are expected.
    pub(crate) fn off_and_allowed(&self) -> Result<(OffRules, Vec<AllowEntry>), Failure> {
        let config = self.config.as_deref().map(Config::read).transpose()?;
        Ok(config.map(|config| (config.audit_off, config.allow)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(written: &[(&str, &str)]) -> Result<OffRules, String> {
        let owned = written.iter().map(|(rule, reason)| ((*rule).to_owned(), (*reason).to_owned()));
        OffRules::parse(owned.collect())
    }

    #[test]
    fn a_rule_is_switched_off_with_a_reason() {
        let off = parse(&[("time-priority", "market makers go first here")]).expect("it is right");
        assert!(off.options().off.contains(AuditRule::TimePriority));
        assert!(!off.options().off.contains(AuditRule::PricePriority));
        assert_eq!(off.entries()[0].reason, "market makers go first here");
        for (written, told) in [
            (&[("time-prioritty", "x")][..], "no such rule; use one of answer,"),
            (&[("expiry", " ")], "with a reason"),
            (&[("expiry", "x"), ("expiry", "y")], "off already"),
        ] {
            let problem = parse(written).expect_err("it is wrong");
            assert!(problem.contains(told), "{problem}");
        }
    }
}
