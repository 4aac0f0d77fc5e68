//! What is measured beside the verdict: round trips, and then, as it keeps the machine busy, the
//! instructions.

use shadowbook_report::{LatencyReport, Outcome as VerdictName, Verdict};
use shadowbook_session::SessionError;

use crate::exit::{Exit, Failure};
use crate::instructions::{self, Counting};
use crate::latency::Job;
use crate::latency::stretch::Taken;
use crate::outside::{self, Broken, Role, Rounds};

/// Whether nothing differs, though perhaps only events could be compared: an engine in a process of
/// its own may not show its book.
pub(super) fn has_no_difference(verdict: &Verdict) -> bool {
    let divergences = &verdict.divergences;
    let differences = divergences.roots + divergences.derived + verdict.allowed.total;
    verdict.exit_code != Exit::Fail as u8 && differences == 0
}

impl Job<'_> {
    /// Why engines that answer the same get no latency verdict.
    pub(super) fn apart(&self, compared: &Verdict) -> Vec<String> {
        let apart = self.engines.into_iter().filter(|engine| engine.needs_a_process());
        let names: Vec<String> = apart.map(|engine| engine.to_string()).collect();
        let runs = match names.len() {
            1 => "runs in a process of its own",
            _ => "run in processes of their own",
        };
        let told = format!(
            "the answers are the same, but {} {runs}: a round trip is no service time, and no \
             latency verdict is given from it",
            names.join(" and ")
        );
        std::iter::once(told).chain(compared.reasons.iter().cloned()).collect()
    }

    /// Measures and counts what was asked for beside the verdict.
    pub(super) fn beside(&self, report: &mut LatencyReport, taken: &Taken) -> Result<(), Failure> {
        if self.measuring.outside {
            self.outside(report, taken)?;
        }
        if self.measuring.instructions {
            let counting = Counting::default();
            match instructions::count(&taken.flow, taken.warm_up, self.engines, counting) {
                Ok(counted) => report.instructions = Some(counted),
                Err(note) => report.warnings.push(note.to_string()),
            }
        }
        Ok(())
    }

    fn outside(&self, report: &mut LatencyReport, taken: &Taken) -> Result<(), Failure> {
        let (seed, pin) = (self.measuring.seed, !self.measuring.no_pin);
        let rounds = Rounds { seed, pin, ..Rounds::default() };
        match outside::measure(&taken.flow, taken.warm_up, self.engines, rounds) {
            Ok(outside) => report.outside = Some(outside),
            Err(broken) => not_measured(report, broken)?,
        }
        Ok(())
    }
}

/// An engine that breaks on the way is told as everywhere else; one that cannot be brought to where
/// the commands begin has just no round trips.
fn not_measured(report: &mut LatencyReport, broken: Broken) -> Result<(), Failure> {
    let is_broken = matches!(
        broken.error,
        SessionError::Crashed { .. }
            | SessionError::TimedOut { .. }
            | SessionError::Protocol { .. }
    );
    match broken.role {
        Role::Candidate if is_broken => {
            (report.verdict, report.exit_code) = (VerdictName::Fail, Exit::Fail as u8);
            report.reasons.insert(0, broken.to_string());
        }
        _ if is_broken || matches!(broken.error, SessionError::NotStarted(_)) => {
            return Err(Failure::harness(broken));
        }
        _ => report.warnings.push(format!("round trips were not measured: {broken}")),
    }
    Ok(())
}
