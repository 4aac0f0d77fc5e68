//! The latency verdict, for the command of its own and for the gate.

mod beside;
pub(crate) mod files;
mod functional;
mod measure;
pub(crate) mod options;
pub(crate) mod record;
mod stretch;

use std::path::PathBuf;
use std::time::Instant;

use shadowbook_capture::Source;
use shadowbook_latency::{LatencyOutcome, TrendRecord, compare_with_baseline};
use shadowbook_report::{
    BaselineEntry, CaptureEntry, DetailsEntry, EngineEntry, FunctionalEntry, LatencyReport,
    Outcome as VerdictName, PacedEntry, Report, Verdict, terminal,
};
use shadowbook_triage::Allowlist;

use crate::begin::{Begin, Given};
use crate::engines::EngineName;
use crate::exit::{Exit, Failure};
use crate::input::{Input, Survey};
use crate::latency::measure::{Measured, Paced, measure};
use crate::latency::options::Measuring;
use crate::latency::stretch::{Taken, Wanted};
use crate::output::Output;
use crate::run::check;

/// Two engines to be measured on one capture.
pub(crate) struct Job<'a> {
    /// The capture.
    pub(crate) input: &'a Input,
    /// The snapshot that it begins with, if that is in a file of its own.
    pub(crate) begin: &'a Begin,
    /// The reference and the candidate.
    pub(crate) engines: [EngineName; 2],
    /// How much is measured, and what is too slow.
    pub(crate) measuring: &'a Measuring,
    /// Which divergences are expected.
    pub(crate) allow: Allowlist,
    /// The record of an earlier run, and where it lies.
    pub(crate) baseline: Option<(PathBuf, TrendRecord)>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Found {
    /// The verdict.
    pub(crate) report: LatencyReport,
    /// What files are written of; `None` where nothing was measured.
    pub(crate) measured: Option<Measured>,
}

/// Refuses engines whose own time cannot be told from that of the way to them.
pub(crate) fn check_engines(engines: [EngineName; 2]) -> Result<(), String> {
    let apart = engines.into_iter().find(|engine| engine.needs_a_process());
    apart.map_or(Ok(()), |engine| {
        Err(format!(
            "{engine} runs in a process of its own, and how long the way there takes cannot be taken \
             out; measure an engine of this process, or see round trips with `latency --outside`"
        ))
    })
}

impl Job<'_> {
    /// Holds the engines against each other, and then measures them.
    pub(crate) fn run(&self, output: &Output) -> Result<Found, Failure> {
        let started = Instant::now();
        let apart = check_engines(self.engines).err();
        if let Some(problem) = apart.as_ref().filter(|_| !self.measuring.outside) {
            return Err(Failure::usage(problem));
        }
        let mut survey = self.input.survey(output)?;
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        let given = self.begin.read(&capture, &mut survey)?;
        for engine in self.engines {
            check(engine, &instruments, &survey.summary, self.input)?;
        }
        let taken = self.take(&survey, &given, output)?;
        let compared = functional::compare(&taken, self.engines, self.allow.clone());
        if Exit::of(compared.verdict.exit_code).is_failure() {
            return Err(stopped(&compared.verdict));
        }
        let is_same = compared.verdict.exit_code == 0 && compared.verdict.allowed.total == 0;
        let is_apart = apart.is_some() && beside::has_no_difference(&compared.verdict);
        let measured =
            (is_same && !is_apart).then(|| measure(&taken, self.engines, self.measuring, output));
        let measured = measured.transpose()?;
        let mut report = self.report(&survey, &taken, &compared);
        match &measured {
            Some(measured) => self.judged(&mut report, measured, &taken)?,
            None if is_apart => report.reasons = self.apart(&compared.verdict),
            None => self.differ(&mut report, &compared),
        }
        if is_same || is_apart {
            self.beside(&mut report, &taken)?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(Found { report, measured })
    }

    fn take(&self, survey: &Survey, given: &Given, output: &Output) -> Result<Taken, Failure> {
        let wanted = Wanted {
            commands: self.measuring.commands,
            skip: self.measuring.skip,
            warm_up: self.measuring.warm_up,
            chunk: self.measuring.chunk,
        };
        stretch::take(self.input, (survey, given), self.engines, wanted, output)
    }

    /// What is known before anything is measured.
    fn report(&self, survey: &Survey, taken: &Taken, compared: &Report) -> LatencyReport {
        let [reference, candidate] = self.engines.map(|it| EngineEntry { engine: it.to_string() });
        let path = self.input.capture.display().to_string();
        let mut warnings: Vec<String> =
            survey.torn.iter().map(|torn| torn.describe(&path)).collect();
        warnings.extend(taken.warnings.iter().cloned());
        let verdict = &compared.verdict;
        let first = verdict.divergences.list.first();
        LatencyReport {
            record: None,
            verdict: VerdictName::Inconclusive,
            exit_code: Exit::Inconclusive as u8,
            reasons: Vec::new(),
            warnings,
            capture: CaptureEntry {
                path,
                digest: survey.summary.digest.to_string(),
                commands: survey.summary.commands,
                instruments: taken.flow.instruments.len() as u64,
                torn: survey.torn.clone(),
            },
            reference,
            candidate,
            stretch: taken.entry(),
            functional: FunctionalEntry {
                commands: verdict.capture.commands,
                divergences: verdict.divergences.roots + verdict.divergences.derived,
                allowed: verdict.allowed.total,
                first_seq: first.map(|first| first.seq),
                final_digest: verdict.state.final_digest.clone().filter(|_| first.is_none()),
            },
            details: None,
            instructions: None,
            outside: None,
            seconds: 0.0,
        }
    }

    /// Engines that do different work are not measured.
    fn differ(&self, report: &mut LatencyReport, compared: &Report) {
        let verdict = &compared.verdict;
        if verdict.exit_code == Exit::Fail as u8 {
            (report.verdict, report.exit_code) = (VerdictName::Fail, Exit::Fail as u8);
        }
        let [reference, candidate] = self.engines;
        let capture = self.input.capture.display();
        report.reasons = if verdict.exit_code == Exit::Pass as u8 {
            vec![format!(
                "the engines differ in what is allowed, {} times within the measured commands: \
                 they do not do the same work there; choose others with --skip",
                verdict.allowed.total
            )]
        } else {
            let hint = format!(
                "nothing was measured, since the answers differ; see `shadowbook diff {capture} \
                 --reference {reference} --candidate {candidate}`"
            );
            verdict.reasons.iter().cloned().chain([hint]).collect()
        };
    }

    /// What the judge said, and everything beside it.
    fn judged(
        &self,
        report: &mut LatencyReport,
        measured: &Measured,
        taken: &Taken,
    ) -> Result<(), Failure> {
        let judgement = &measured.found.judgement;
        let (verdict, exit) = match judgement.verdict {
            LatencyOutcome::Pass => (VerdictName::Pass, Exit::Pass),
            LatencyOutcome::Fail => (VerdictName::Fail, Exit::Fail),
            LatencyOutcome::Inconclusive => (VerdictName::Inconclusive, Exit::Inconclusive),
        };
        (report.verdict, report.exit_code) = (verdict, exit as u8);
        report.reasons.clone_from(&judgement.reasons);
        report.warnings.extend(measured.preflight.notes.iter().cloned());
        if cfg!(debug_assertions) {
            let told = "this shadowbook, and the engines in it, were compiled without optimisation";
            report.warnings.push(told.to_owned());
        }
        let digest = report.capture.digest.clone();
        let record = record::of(measured, taken, self.engines, digest)?;
        let baseline = self.baseline.as_ref().map(|(path, old)| BaselineEntry {
            path: path.display().to_string(),
            comparison: compare_with_baseline(old, &record),
        });
        let paced = measured.load.as_ref().and_then(|load| paced(load.paced.as_ref()?));
        report.details = Some(DetailsEntry {
            judgement: judgement.clone(),
            is_extended: measured.found.is_extended,
            single_commands: measured.found.single_commands,
            paced,
            baseline,
        });
        report.record = Some(record);
        Ok(())
    }
}

impl Found {
    /// It as people read it.
    pub(crate) fn page(&self, output: &Output) -> String {
        terminal::latency(&self.report, output.is_colored(), output.width())
    }

    /// How a run with this verdict ends.
    pub(crate) const fn exit(&self) -> Exit {
        Exit::of(self.report.exit_code)
    }
}

fn paced(paced: &Paced) -> Option<PacedEntry> {
    Some(PacedEntry {
        scale: paced.scale,
        reference: paced.reference.percentiles()?,
        candidate: paced.candidate.percentiles()?,
    })
}

/// Why the engines could not even be compared.
fn stopped(verdict: &Verdict) -> Failure {
    let told = verdict.reasons.first().cloned().unwrap_or_default();
    Failure { exit: Exit::of(verdict.exit_code), error: anyhow::Error::msg(told) }
}
