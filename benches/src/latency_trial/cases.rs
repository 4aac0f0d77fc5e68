//! The candidates of the trial, and how slow they really are.

use shadowbook_faulty::{Slowed, Slowness};
use shadowbook_ladder::LadderEngine;
use shadowbook_latency::{
    Arm, Effort, Engines, Judgement, MakeEngine, Preflight, Stretch, TestName, measure_events,
    measure_service,
};
use shadowbook_model::{CommandKind, Engine, Instrument};
use shadowbook_reference::ReferenceEngine;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// The same engine.
    Same,
    /// The same engine compiled a second time.
    Again,
    /// Every command slower, by so many thousandths.
    Uniform(u32),
    /// Cancels a tenth slower.
    Cancels,
    /// A hundred nanoseconds more for four commands in a thousand.
    Rare,
}

/// The engine in production.
#[derive(Clone, Copy)]
pub(crate) struct Base<'a> {
    pub(crate) instruments: &'a [Instrument],
    pub(crate) is_reference: bool,
}

/// A case whose candidate is ready.
pub(crate) struct Trial<'a> {
    case: Case,
    reference: Box<MakeEngine<'a>>,
    candidate: Box<MakeEngine<'a>>,
    told: Option<String>,
}

/// Of the longer measurement that says how slow a candidate really is.
const CALIBRATION: Effort = Effort { chunk: 500, instances: 40, rounds: 6, seed: 0x5ca1_ab1e };
/// A dose is measured, corrected and measured again so many times.
const CORRECTIONS: usize = 3;
/// One command in so many: 0.4 %.
const RARE: u32 = 250;
/// What a tenth and a hundred nanoseconds are.
const TENTH: f64 = 0.10;
const RARE_NANOS: f64 = 100.0;

impl Case {
    pub(crate) const ALL: [Self; 8] = [
        Self::Same,
        Self::Again,
        Self::Uniform(10),
        Self::Uniform(20),
        Self::Uniform(30),
        Self::Uniform(40),
        Self::Cancels,
        Self::Rare,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Same => "same".to_owned(),
            Self::Again => "compiled-again".to_owned(),
            Self::Uniform(thousandths) => format!("slower-by-{}%", thousandths / 10),
            Self::Cancels => "cancels-slower-by-10%".to_owned(),
            Self::Rare => "100ns-on-0.4%".to_owned(),
        }
    }

    fn slowness(self, steps: u32) -> Slowness {
        match self {
            Self::Same | Self::Again | Self::Uniform(_) => {
                Slowness::Uniform { steps_per_1024: steps }
            }
            Self::Cancels => Slowness::Kind { kind: CommandKind::Cancel, steps },
            Self::Rare => Slowness::Rare { one_in: RARE, steps },
        }
    }

    /// What the candidate is to be slower by: a share, or nanoseconds of the commands concerned.
    fn target(self) -> f64 {
        match self {
            Self::Same | Self::Again => 0.0,
            Self::Uniform(thousandths) => f64::from(thousandths) / 1000.0,
            Self::Cancels => TENTH,
            Self::Rare => RARE_NANOS,
        }
    }

    /// A dose to begin with.
    const fn first_dose(self) -> u32 {
        match self {
            Self::Same | Self::Again => 0,
            Self::Uniform(_) => 1024,
            Self::Cancels => 8,
            Self::Rare => 84,
        }
    }
}

impl<'a> Base<'a> {
    fn slowed(self, slowness: Slowness) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        if self.is_reference {
            return Box::new(move || {
                Box::new(Slowed::new(ReferenceEngine::new(instruments), slowness))
            });
        }
        Box::new(move || Box::new(Slowed::new(LadderEngine::new(instruments), slowness)))
    }

    fn plain(self) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        Box::new(move || Box::new(LadderEngine::new(instruments)) as Box<dyn Engine + Send>)
    }

    /// The fast engine compiled a second time.
    fn again(self) -> Box<MakeEngine<'a>> {
        let instruments = self.instruments;
        Box::new(move || Box::new(shadowbook_ladder_again::LadderEngine::new(instruments)))
    }
}

impl<'a> Trial<'a> {
    /// Finds the dose that makes the candidate as slow as the case says.
    pub(crate) fn prepare(
        case: Case,
        base: Base<'a>,
        stretch: Stretch<'_>,
        preflight: &Preflight,
    ) -> Self {
        if case == Case::Again {
            let (reference, candidate) = (base.plain(), base.again());
            return Self { case, reference, candidate, told: None };
        }
        let reference = base.slowed(case.slowness(0));
        let mut dose = case.first_dose();
        let mut told = None;
        for _ in 0..CORRECTIONS {
            if dose == 0 {
                break;
            }
            let candidate = base.slowed(case.slowness(dose));
            let engines = Engines { reference: &*reference, candidate: &*candidate };
            let found = slower_by(case, engines, stretch, preflight);
            told = Some(format!(
                "{}: {dose} steps make it {}",
                case.name(),
                match case {
                    Case::Rare => format!("{found:.1} ns on these commands"),
                    _ => format!("{:.2} %", found * 100.0),
                }
            ));
            let next = (f64::from(dose) * case.target() / found.max(case.target() / 8.0)).round();
            if (found / case.target() - 1.0).abs() < 0.02 {
                break;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most eight times a small dose"
            )]
            let next = next as u32;
            dose = next.max(1);
        }
        let candidate = base.slowed(case.slowness(dose));
        Self { case, reference, candidate, told }
    }

    pub(crate) fn name(&self) -> String {
        self.case.name()
    }

    /// What the longer measurement said of the last dose but one it was corrected from.
    pub(crate) fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    pub(crate) fn engines(&self) -> Engines<'_> {
        Engines { reference: &*self.reference, candidate: &*self.candidate }
    }

    /// Where a false alarm is looked for it takes more runs to see one in a hundred.
    pub(crate) const fn runs(&self, runs: usize) -> usize {
        match self.case {
            Case::Same | Case::Again => 3 * runs,
            _ => runs,
        }
    }

    /// Whether a verdict names what is really slow.
    pub(crate) fn is_named(&self, judgement: &Judgement) -> bool {
        let trips = |what| judgement.test(what).is_some_and(|test| test.is_tripped);
        match self.case {
            Case::Same | Case::Again => false,
            Case::Uniform(_) => trips(TestName::Overall),
            Case::Cancels => trips(TestName::Kind(CommandKind::Cancel)),
            Case::Rare => trips(TestName::Excess),
        }
    }
}

/// By how much a candidate is slower, from many more fresh engines than a run has.
fn slower_by(
    case: Case,
    engines: Engines<'_>,
    stretch: Stretch<'_>,
    preflight: &Preflight,
) -> f64 {
    let mut silent = |_| {};
    if let Case::Uniform(_) = case {
        let samples = measure_service(&engines, stretch, CALIBRATION, 0, &mut silent);
        let of = |it: &shadowbook_latency::ServiceInstance| {
            ratio(it.nanos[Arm::Candidate], it.nanos[Arm::Reference])
        };
        return median(samples.instances.iter().map(of).collect());
    }
    let pass = measure_events(&engines, stretch, CALIBRATION, preflight, 0, &mut silent);
    let samples = pass.samples();
    if case == Case::Cancels {
        let of = |it: &shadowbook_latency::EventInstance| {
            it.kinds
                .get(CommandKind::Cancel.name())
                .map_or(0.0, |nanos| ratio(nanos[Arm::Candidate], nanos[Arm::Reference]))
        };
        return median(samples.instances.iter().map(of).collect());
    }
    let slowness = case.slowness(1);
    let concerned = stretch.measured().iter().enumerate();
    let concerned = concerned.filter(|(_, command)| slowness.is_affected(command));
    let (mut all, mut count) = (0.0, 0.0_f64);
    for (at, _) in concerned {
        let nanos = |arm| samples.nanos[arm].get(at).copied().map_or(0.0, f64::from);
        all += nanos(Arm::Candidate) - nanos(Arm::Reference);
        count += 1.0;
    }
    all / count.max(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio of sums")]
fn ratio(candidate: u64, reference: u64) -> f64 {
    candidate as f64 / (reference as f64).max(1.0) - 1.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
