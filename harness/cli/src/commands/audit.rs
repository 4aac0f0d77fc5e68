//! `audit`: one stream of commands and events held against the rules, with no second engine.

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Batch, Source};
use shadowbook_compare::{Audit as Audited, AuditRule, Auditor, Stretch};
use shadowbook_model::Instrument;
use shadowbook_replay::{RunError, RunOptions, answers, run_on};
use shadowbook_report::{BreachEntry, CoverageEntry, OffEntry, Outcome as VerdictName, coverage};
use shadowbook_session::{Outcomes, Restored, Sent, Session, SessionError, restore_and_tell};

use crate::auditing::{Auditing, OffRules};
use crate::begin::{Begin, RestoredEntry};
use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::input::Input;
use crate::output::Output;
use crate::places::Places;
use crate::run::check;

/// Holds what one engine answers, or what production recorded, against the rules of the market
#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    #[arg(long, value_name = "ENGINE", help = engines::help(
        "Audit what this engine answers, instead of what the capture recorded"
    ))]
    engine: Option<EngineName>,
    #[command(flatten)]
    auditing: Auditing,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    verdict: VerdictName,
    exit_code: u8,
    capture: String,
    /// The engine; `null` for what was recorded.
    engine: Option<String>,
    commands: u64,
    /// Commands that could not be judged, because what came of them is not known.
    unjudged: u64,
    external: u64,
    unchecked_trades: u64,
    /// How the engine came to what the run began with, if that was anything.
    restored: Option<RestoredEntry>,
    breaches: u64,
    rules: Vec<RuleEntry>,
    off: Vec<OffEntry>,
    /// The first breaches of each rule.
    list: Vec<BreachEntry>,
    coverage: CoverageEntry,
    /// Why it is no pass.
    reasons: Vec<String>,
}

/// One rule of the auditor.
#[derive(Serialize)]
struct RuleEntry {
    rule: &'static str,
    model_rules: &'static [&'static str],
    means: &'static str,
    breaches: u64,
}

impl Audit {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let places = Places::default().reads(&self.input.capture);
        let places = places.reads_any(self.begin.path());
        output.begin(&places.reads_any(self.auditing.config.as_deref()))?;
        let off = self.auditing.off()?;
        let done = match self.engine {
            Some(engine) => self.of_engine(engine, &off, output)?,
            None => self.of_recording(&off, output)?,
        };
        let report = self.report(&done, &off);
        output.write_json(&report)?;
        let mut page = page(&report);
        if self.auditing.coverage {
            page += &format!("\n{}", coverage::matrix(&done.audit.coverage));
        }
        output.show(&page);
        Ok(Exit::of(report.exit_code))
    }

    fn of_engine(
        &self,
        engine: EngineName,
        off: &OffRules,
        output: &Output,
    ) -> Result<Done, Failure> {
        let mut survey = self.input.survey(output)?;
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        let mut source = self.begin.read(&capture, &mut survey)?.before(capture);
        check(engine, &instruments, &survey.summary, &self.input)?;
        let failed = |error| Failure::harness(error).context(engine);
        let mut session = engine.session(&instruments).map_err(failed)?;
        let (restored, sent) = restore(&*source, session.as_mut()).map_err(failed)?;
        let mut auditor = match &sent {
            None => begin(&instruments, off, &*source)?,
            Some(sent) => build(&instruments, off, sent),
        };
        let progress = output.progress(Some(survey.summary.commands));
        let mut sink = |batch: &Batch, outcomes: &Outcomes| {
            hear(&mut auditor, batch, outcomes);
            progress.inc(batch.len() as u64);
        };
        let options = RunOptions { checkpoint_every: None, ..RunOptions::default() };
        let result = run_on(&mut *source, session.as_mut(), &options, &mut sink);
        progress.finish_and_clear();
        survey.confirm_file()?;
        let ended = match result {
            Ok(result) => {
                survey.confirm(result.commands)?;
                None
            }
            Err(RunError::Input(error)) => {
                return Err(Failure::input(self.input.capture.display(), error));
            }
            // The engine is what is judged, so its end is a finding like any other.
            Err(RunError::Session(error)) => Some(error.to_string()),
        };
        Ok(Done { audit: auditor.finish(), instruments, restored, ended })
    }

    fn of_recording(&self, off: &OffRules, output: &Output) -> Result<Done, Failure> {
        let mut survey = self.input.survey(output)?;
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        let mut source = self.begin.read(&capture, &mut survey)?.before(capture);
        let recorded = &survey.summary.recorded;
        // Without a single outcome nothing is judged, not even what would follow from commands.
        let is_recorded = recorded.fills + recorded.events > recorded.external;
        let mut auditor = begin(&instruments, off, &*source)?;
        let progress = output.progress(Some(survey.summary.commands));
        let mut batch = Batch::new();
        let mut commands = 0;
        let read = |error| Failure::input(self.input.capture.display(), error);
        while source.read(&mut batch).map_err(read)? {
            if is_recorded {
                auditor.recorded(&Stretch { batch: &batch, range: 0..batch.len() });
            }
            commands += batch.len() as u64;
            progress.inc(batch.len() as u64);
        }
        progress.finish_and_clear();
        survey.confirm(commands)?;
        Ok(Done { audit: auditor.finish(), instruments, restored: None, ended: None })
    }

    fn report(&self, done: &Done, off: &OffRules) -> Report {
        let Done { audit, instruments, restored, ended } = done;
        let reasons = self.reasons(audit, ended.as_deref());
        let judged = audit.commands.saturating_sub(audit.unjudged);
        let wrong = audit.total() + u64::from(ended.is_some());
        let (verdict, exit) = match (wrong, judged) {
            (1.., _) => (VerdictName::Fail, Exit::Fail),
            (0, 0) => (VerdictName::Inconclusive, Exit::Inconclusive),
            (0, _) => (VerdictName::Pass, Exit::Pass),
        };
        let whose = if self.engine.is_some() { "engine" } else { "recording" };
        let rule = |(rule, breaches): &(AuditRule, u64)| RuleEntry {
            rule: rule.name(),
            model_rules: rule.model_rules(),
            means: rule.sentence(),
            breaches: *breaches,
        };
        Report {
            schema: "shadowbook/audit/1",
            verdict,
            exit_code: exit as u8,
            capture: self.input.capture.display().to_string(),
            engine: self.engine.map(|engine| engine.to_string()),
            commands: audit.commands,
            unjudged: audit.unjudged,
            external: audit.external,
            unchecked_trades: audit.unchecked_trades,
            restored: restored.as_ref().map(Into::into),
            breaches: audit.total(),
            rules: audit.counts.iter().map(rule).collect(),
            off: off.entries(),
            list: audit
                .breaches
                .iter()
                .map(|breach| BreachEntry::of(whose, breach, instruments))
                .collect(),
            coverage: CoverageEntry::of(&audit.coverage),
            reasons,
        }
    }

    fn reasons(&self, audit: &Audited, ended: Option<&str>) -> Vec<String> {
        let mut reasons: Vec<String> = ended.map(str::to_owned).into_iter().collect();
        let whose = self.engine.map_or_else(|| "the recording".to_owned(), |name| name.to_string());
        if audit.total() > 0 {
            reasons.push(format!("{whose} breaks the rules {} times", thousands(audit.total())));
        } else if audit.commands == audit.unjudged && ended.is_none() {
            reasons.push(match self.engine {
                None => "nothing is recorded of what came of the commands; \
                         --engine audits an engine"
                    .to_owned(),
                Some(_) => "the engine was sent no commands".to_owned(),
            });
        }
        reasons
    }
}

/// What was audited.
struct Done {
    audit: Audited,
    instruments: Vec<Instrument>,
    /// `None` where the run began with nothing, and for what was recorded.
    restored: Option<Restored>,
    /// How the engine came to its end, if it did before the capture.
    ended: Option<String>,
}

/// Brings a session to what a stream begins with.
fn restore(
    source: &dyn Source,
    session: &mut dyn Session,
) -> Result<(Option<Restored>, Option<Sent>), SessionError> {
    if source.snapshots().is_empty() {
        return Ok((None, None));
    }
    let (restored, sent) = restore_and_tell(session, source.instruments(), source.snapshots())?;
    Ok((Some(restored), sent))
}

/// An auditor that begins with the books that an engine was brought to by commands.
fn build(instruments: &[Instrument], off: &OffRules, sent: &Sent) -> Auditor {
    let mut auditor = Auditor::new(instruments, off.options());
    hear(&mut auditor, &sent.batch, &sent.outcomes);
    auditor.begin_here();
    auditor
}

fn hear(auditor: &mut Auditor, batch: &Batch, outcomes: &Outcomes) {
    let range = 0..outcomes.len().min(batch.len());
    auditor.commands(&Stretch { batch, range }, answers(outcomes));
}

/// An auditor that begins where the capture does.
fn begin(
    instruments: &[Instrument],
    off: &OffRules,
    capture: &dyn Source,
) -> Result<Auditor, Failure> {
    let mut auditor = Auditor::new(instruments, off.options());
    for snapshot in capture.snapshots() {
        let instrument = &instruments[snapshot.instrument.index()];
        let sound =
            snapshot.check(instrument).map_err(|error| Failure::unreadable(error.to_string()))?;
        auditor.restore(sound);
    }
    Ok(auditor)
}

/// So many breaches have a line.
const LISTED: usize = 20;

fn page(report: &Report) -> String {
    let whose = report.engine.as_deref().unwrap_or("what production recorded");
    let mut reasons = report.reasons.iter();
    let first = reasons.next().map_or("no rule is broken", String::as_str);
    let mut text = format!("{}: {first}\n", report.verdict);
    reasons.for_each(|reason| text += &format!("  also: {reason}\n"));
    let mut row = |name: &str, value: &str| text += &format!("  {name:<12}{value}\n");
    row("capture", &report.capture);
    row("audited", whose);
    row("commands", &format!("{} judged", thousands(report.commands - report.unjudged)));
    if report.unjudged > 0 {
        row(
            "",
            &format!("{} not judged: what came of them is not known", thousands(report.unjudged)),
        );
    }
    row(
        "coverage",
        &format!(
            "{} of {} kinds of outcome that the rules allow",
            thousands(report.coverage.touched),
            thousands(report.coverage.possible)
        ),
    );
    for off in &report.off {
        row("off", &format!("{}: {}", off.rule, off.reason));
    }
    for rule in report.rules.iter().filter(|rule| rule.breaches > 0) {
        row(&thousands(rule.breaches), &format!("{}: {}", rule.rule, rule.means));
    }
    for breach in report.list.iter().take(LISTED) {
        text += &format!("{}\n", breach.line());
    }
    if let more @ 1.. = report.list.len().saturating_sub(LISTED) {
        text += &format!("and {more} more in the machine-readable result\n");
    }
    text
}
